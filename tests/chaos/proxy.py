"""A bad line: each request that goes over it may be dropped, delayed, carried twice, or lose its answer."""

from __future__ import annotations

import asyncio
import random
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

FATES = {"dropped": 0.10, "answer lost": 0.05, "delayed": 0.10, "repeated": 0.05, "repeat answered": 0.05}
"""How large a share of all requests meets what; the rest goes through."""
LONGEST_DELAY_SECONDS = 0.3
LOCAL = "127.0.0.1"
HEAD_END = b"\r\n\r\n"


class BadLine:
    """Carries HTTP from its own `port` to the `target`, a connection for each request; `met` counts fates."""

    def __init__(self, target: int, seed: int) -> None:
        self.port = 0
        self.met: Counter[str] = Counter()
        self._target = target
        self._chance = random.Random(seed)
        self._open: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it begins."""
        return f"http://{LOCAL}:{self.port}"

    async def start(self) -> None:
        """Begins to listen."""
        self._server = await asyncio.start_server(self._serve, LOCAL, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Cuts whatever is still under way."""
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            writer.write(await self._carried(await _request(reader)))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):  # either end is gone: the other sees a closed line
            self.met["cut"] += 1
        finally:
            self._open.discard(task)
            writer.close()

    async def _carried(self, request: bytes) -> bytes:
        """What the caller gets to see; nothing at all is a closed line."""
        fate = self._draw()
        self.met[fate] += 1
        if fate == "dropped":
            return b""
        if fate == "delayed":
            await asyncio.sleep(self._chance.uniform(0, LONGEST_DELAY_SECONDS))
        answer = await self._forward(request)
        if fate in ("repeated", "repeat answered"):
            second = await self._forward(request)
            return second if fate == "repeat answered" else answer
        return b"" if fate == "answer lost" else answer

    async def _forward(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(LOCAL, self._target)
        try:
            writer.write(request)
            return await reader.read()
        finally:
            writer.close()

    def _draw(self) -> str:
        left = self._chance.random()
        for fate, share in FATES.items():
            left -= share
            if left < 0:
                return fate
        return "carried"


async def _request(reader: asyncio.StreamReader) -> bytes:
    """One request, which asks for its connection to be closed, so that the end of its answer can be seen."""
    head = await reader.readuntil(HEAD_END)
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    body = await reader.readexactly(int(length[1])) if length else b""
    lines = re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", head.removesuffix(HEAD_END))
    return lines + b"\r\nConnection: close" + HEAD_END + body


@contextmanager
def bad_line(target: int, *, seed: int) -> Iterator[BadLine]:
    """A line to a local port, served beside whoever asks for it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    line = BadLine(target, seed)
    try:
        asyncio.run_coroutine_threadsafe(line.start(), loop).result()
        yield line
        asyncio.run_coroutine_threadsafe(line.stop(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
