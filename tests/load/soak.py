"""`make soak MINUTES=60`: a steady load on a demo of its own; ends with 1 when it fails or grows."""

from __future__ import annotations

import asyncio
import os
import sys

import psutil

from tests.load.arrivals import offer, percentile
from tests.load.demo import OwnDemo, running_demo

PATHS = ("/api/v1/me", "/readyz")
RATE = 20
WINDOW_SECONDS = 30
MOST_GROWTH = 1.2
WARM_UP_WINDOWS = 2


def memory(demo: OwnDemo) -> float:
    """Megabytes of the supervisor and all its children; pages that they share count for each."""
    everyone = [psutil.Process(demo.supervisor.pid)]
    everyone += everyone[0].children(recursive=True)
    return float(sum(one.memory_info().rss for one in everyone) / 2**20)


def main() -> None:
    """Prints a line for every half minute."""
    windows = max(WARM_UP_WINDOWS + 1, int(float(os.environ.get("MINUTES", "10")) * 60 / WINDOW_SECONDS))
    failures, sizes = 0, []
    with running_demo() as demo:
        headers = demo.sign_in()
        for number in range(windows):
            answers = asyncio.run(offer(demo.port, PATHS, rate=RATE, seconds=WINDOW_SECONDS, headers=headers))
            bad = sum(answer.status != 200 for answer in answers)
            failures += bad
            sizes.append(memory(demo))
            p50, p99 = (f"{1000 * percentile(answers, share):.0f} ms" for share in (0.5, 0.99))
            passed = (number + 1) * WINDOW_SECONDS
            sys.stdout.write(f"{passed:6} s  {len(answers)} requests, {bad} not served,")
            sys.stdout.write(f"  p50 {p50}  p99 {p99},  {sizes[-1]:.0f} MB\n")
            sys.stdout.flush()
    growth = sizes[-1] / sizes[WARM_UP_WINDOWS - 1]
    sys.stdout.write(f"{failures} requests not served, memory x {growth:.2f} since the warm-up\n")
    sys.exit(1 if failures or growth > MOST_GROWTH else 0)


if __name__ == "__main__":
    main()
