"""The arithmetic of the chain: which bytes an event is, how one event follows another, what a seal signs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
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
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = b"\xff\xff\xff\xff"


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
    return b"".join(map(_measured, values))


def digest_input(event: object, plain: bytes) -> bytes:
    """What an event's keyed digest is taken of: its columns, and the plaintext of its values."""
    return canonical((*_fixed_values(event), plain))


def link(previous: bytes, event: object, digest: bytes | None) -> bytes:
    """The head of the chain after one more event."""
    return sm3(previous + canonical((*_fixed_values(event), digest)))


def _measured(value: Value) -> bytes:
    if value is None:
        return _NOTHING
    raw = _raw(value)
    return len(raw).to_bytes(4, "big") + raw


def _raw(value: str | bytes | int | UUID | datetime) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, UUID):
        return value.bytes
    if isinstance(value, datetime):
        value = (value - _EPOCH) // timedelta(microseconds=1)
    if isinstance(value, int):
        return str(value).encode()
    return bytes(value)
