"""Requests that arrive at a steady rate, whether or not the earlier ones were answered: as citizens do."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What one request got: `status` 0 when the connection failed; `seconds` since it was due."""

    status: int
    seconds: float
    headers: Mapping[str, str]
    body: bytes = b""


async def offer(
    port: int,
    paths: Sequence[str],
    *,
    rate: float,
    seconds: float,
    headers: Mapping[str, str] | None = None,
    patience: float = 30,
) -> list[Answer]:
    """Sends `rate` GETs a second for `seconds` to 127.0.0.1, each on a connection of its own."""
    begin = time.monotonic()
    tasks = []
    for number in range(int(rate * seconds)):
        due = begin + number / rate
        await asyncio.sleep(due - time.monotonic())
        one = _get(port, paths[number % len(paths)], due, headers or {}, patience)
        tasks.append(asyncio.create_task(one))
    return await asyncio.gather(*tasks)


def percentile(answers: Sequence[Answer], share: float) -> float:
    """The seconds within which this share (0..1) of the answers came."""
    ordered = sorted(answer.seconds for answer in answers)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


async def _get(port: int, path: str, due: float, headers: Mapping[str, str], patience: float) -> Answer:
    try:
        async with asyncio.timeout(patience):
            status, found, body = await _exchange(port, path, headers)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        status, found, body = 0, {}, b""
    return Answer(status, time.monotonic() - due, found, body)


async def _exchange(port: int, path: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{lines}\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        body = await reader.read()
    finally:
        writer.close()
    found = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
    return int(head[0].split()[1]), found, body
