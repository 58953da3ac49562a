"""The exported heads: a file outside the database, one signed seal a line, only ever appended to.

Whoever may write anything in the database can cut the chain's tail without a trace in it; not without one
here.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select

from backend.audit.models import AuditSeal
from backend.audit.rules import Seal
from backend.kernel.db import Database, Work
from backend.kernel.jobs import CallingHandler

LONGEST_LINE = 2000
PAGE = 1000


class HeadsDisagree(Exception):
    """The file has what the database lacks: that was cut, replaced, or restored to an older day."""


@dataclass(frozen=True)
class Head:
    """A seal with its signature, as it is exported."""

    seal: Seal
    signature: bytes

    def line(self) -> str:
        """One line of JSON."""
        fields = {**vars(self.seal), "signature": self.signature}
        return json.dumps({name: _plain(value) for name, value in fields.items()}) + "\n"

    @classmethod
    def parse(cls, line: str) -> Head:
        """The head of a line; raises ValueError for a line that is not whole."""
        try:
            raw: dict[str, Any] = json.loads(line)
            return cls(
                Seal(
                    raw["number"],
                    datetime.fromisoformat(raw["sealed_at"]),
                    raw["first_position"],
                    raw["count"],
                    bytes.fromhex(raw["previous"]),
                    bytes.fromhex(raw["head"]),
                ),
                bytes.fromhex(raw["signature"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError("not a head") from error


def export_to(path: Path) -> CallingHandler:
    """The job that exports what is new to a file."""

    def run(database: Database, _payload: Mapping[str, Any]) -> None:
        export(database, path)

    return run


def export(database: Database, path: Path) -> int:
    """Appends the heads that the file does not hold yet and forces them to disk; the number appended.

    May be repeated at any time. Raises HeadsDisagree when the database no longer knows the file's last head.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    appended = 0
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        last = _last(file)
        with database.reading() as work:
            if last and last not in _after(work, last.seal.number - 1, 1):
                raise HeadsDisagree(f"seal {last.seal.number} of {path} is not in the database")
            while page := _after(work, last.seal.number if last else 0, PAGE):
                file.write("".join(head.line() for head in page).encode())
                last = page[-1]
                appended += len(page)
        file.flush()
        os.fsync(file.fileno())
    return appended


def read(path: Path) -> Iterator[Head]:
    """The heads that a file holds now, one by one: none that is appended while they are read.

    A line that a crash tore is left out; the next export repeated it.
    """
    return _whole(_lines(path, path.stat().st_size))


def stored(work: Work) -> Iterator[Head]:
    """The heads of all seals in the database, in order."""
    last = 0
    while page := _after(work, last, PAGE):
        yield from page
        last = page[-1].seal.number


def head_of(row: Any) -> Head:
    """The head of a row of the table of seals."""
    return Head(
        Seal(row.number, row.sealed_at, row.first_position, row.count, row.previous, row.head), row.signature
    )


def _after(work: Work, number: int, most: int) -> list[Head]:
    rows = work.session.scalars(
        select(AuditSeal).where(AuditSeal.number > number).order_by(AuditSeal.number).limit(most)
    )
    return [head_of(row) for row in rows]


def _last(file: IO[bytes]) -> Head | None:
    """The last whole head; leaves the file at its end, at the beginning of a line."""
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return None
    file.seek(max(0, size - LONGEST_LINE))
    tail = file.read()
    if not tail.endswith(b"\n"):
        file.write(b"\n")
    heads = list(_whole(tail.decode(errors="replace").splitlines()))
    if not heads and size > LONGEST_LINE:
        raise HeadsDisagree("the file does not end in heads")
    return heads[-1] if heads else None


def _lines(path: Path, end: int) -> Iterator[str]:
    with path.open("rb") as file:
        while file.tell() < end:
            yield file.readline().decode(errors="replace")


def _whole(lines: Iterable[str]) -> Iterator[Head]:
    for line in lines:
        try:
            yield Head.parse(line)
        except ValueError:
            continue


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, datetime) else value
