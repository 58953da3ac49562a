"""`make bench`: what a demo of its own can serve on this machine, and what happens at twice that."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping, Sequence

from tests.load.arrivals import Answer, offer, percentile
from tests.load.demo import running_demo

PATHS = ("/api/openapi.json", "/api/v1/me")  # no database; a session in Redis and a look at PostgreSQL
SECONDS = 5.0
CONNECTIONS = 16


async def _one_after_another(port: int, path: str, headers: Mapping[str, str], until: float) -> int:
    done = 0
    while time.monotonic() < until:
        [answer] = await offer(port, [path], rate=1000, seconds=0.001, headers=headers)
        done += answer.status == 200
    return done


async def capacity(port: int, path: str, headers: Mapping[str, str]) -> float:
    """Successful requests a second when each of a few clients asks again as soon as it was answered."""
    until = time.monotonic() + SECONDS
    clients = [_one_after_another(port, path, headers, until) for _ in range(CONNECTIONS)]
    return sum(await asyncio.gather(*clients)) / SECONDS


def row(name: str, rate: float, answers: Sequence[Answer]) -> str:
    """One line of the table; latencies of the served in milliseconds."""
    served = [answer for answer in answers if answer.status == 200]
    shares = [f"{1000 * percentile(served, share):8.1f}" for share in (0.5, 0.99)] if served else ["-", "-"]
    refused = sum(answer.status == 503 for answer in answers)
    failed = len(answers) - len(served) - refused
    return f"{name:<28}{rate:8.0f}{len(served):8}{refused:9}{failed:8}{shares[0]:>10}{shares[1]:>10}\n"


def main() -> None:
    """Prints a table for every path: at half, at full and at twice the capacity."""
    write = sys.stdout.write
    with running_demo() as demo:
        write(f"{os.cpu_count()} cores, {SECONDS:g} s each; the clients run on the same cores\n")
        write(f"{'':<28}{'req/s':>8}{'served':>8}{'refused':>9}{'failed':>8}{'p50 ms':>10}{'p99 ms':>10}\n")
        headers = demo.sign_in()
        for path in PATHS:
            most = asyncio.run(capacity(demo.port, path, headers))
            for share in (0.5, 1.0, 2.0):
                flood = offer(demo.port, [path], rate=most * share, seconds=SECONDS, headers=headers)
                answers = asyncio.run(flood)
                write(row(f"{path} at {share:.0%}", most * share, answers))


if __name__ == "__main__":
    main()
