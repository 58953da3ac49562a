"""The arithmetic of the chain: which bytes an event is, how one event follows another, what a seal signs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

from backend.kernel.crypto import sm3

Value = str | bytes | int | UUID | datetime | None

GENESIS = bytes(32)
"""The head before the first event."""

FIXED = (
    "id",
    "at",
    "action",
    "actor_kind",
    "actor_id",
    "actor_role",
    "agency_path",
    "subject_id",
    "object_kind",
    "object_id",
    "purpose",
    "request_id",
    "address",
    "device",
)
"""The columns of an event that its digest and the chain fix as they are; its values come in by the digest."""

_fixed_values = attrgetter(*FIXED)
_NOTHING = b"\xff\xff\xff\xff"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RAW: dict[type, Callable[[Any], bytes]] = {
    str: str.encode,
    bytes: bytes,
    int: lambda value: str(value).encode(),
    UUID: lambda value: value.bytes,
    datetime: lambda value: str((value - _EPOCH) // timedelta(microseconds=1)).encode(),
}


@dataclass(frozen=True)
class Seal:
    """A closed batch: `count` events from `first_position` on took the chain from `previous` to `head`."""

    number: int
    sealed_at: datetime
    first_position: int
    count: int
    previous: bytes
    head: bytes

    @property
    def end(self) -> int:
        """The first position after the batch."""
        return self.first_position + self.count

    def message(self) -> bytes:
        """What is signed."""
        return canonical(
            ("seal", self.number, self.sealed_at, self.first_position, self.count, self.previous, self.head)
        )


def canonical(values: Iterable[Value]) -> bytes:
    """One unambiguous string of bytes for a list of values: each with its length before it, none marked."""
    parts: list[bytes] = []
    for value in values:
        raw = None if value is None else _RAW[type(value)](value)
        parts += (_NOTHING,) if raw is None else (len(raw).to_bytes(4, "big"), raw)
    return b"".join(parts)


def fixed_bytes(event: object) -> bytes:
    """The columns of an event that are fixed as they are."""
    return canonical(_fixed_values(event))


def digest_input(fixed: bytes, plain: bytes) -> bytes:
    """What an event's keyed digest is taken of: its columns, and the plaintext of its values."""
    return fixed + canonical([plain])


def link(previous: bytes, fixed: bytes, digest: bytes | None) -> bytes:
    """The head of the chain after one more event."""
    return sm3(previous + fixed + canonical([digest]))
