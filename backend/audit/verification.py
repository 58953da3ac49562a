"""Recomputes the whole trail from its rows and says exactly what is wrong with it.

What is trusted: the keyring, and the exported heads. What is not: anything in the database.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Generic, TypeVar
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from sqlalchemy import Connection, Select, case, or_, select

from backend.audit.heads import Head, head_of
from backend.audit.models import AuditEvent, AuditSeal, AuditSealItem, AuditUnsealed
from backend.audit.rules import FIXED, GENESIS, Seal, digest_input, fixed_bytes, link
from backend.kernel.crypto import CannotOpen, keyring
from backend.kernel.sealed import place_of

T = TypeVar("T")
ROWS_AT_ONCE = 2000
LONGEST_WAIT = timedelta(hours=1)
"""How long an event may wait for its seal, and a seal for its export."""
LONGEST_TRANSACTION = timedelta(minutes=5)
"""How much older than the newest seal an event may be that waits: it was recorded in a long transaction."""
READABLE = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where, and what. Names ids and positions, never what is in a row."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class Verification:
    """One pass over the trail as one snapshot shows it; memory does not grow with the trail.

    `connection` must be in a transaction of REPEATABLE READ when others write meanwhile, begun after `heads`
    were read. `events` and `seals` count what was looked at.
    """

    def __init__(self, connection: Connection, heads: Iterable[Head], *, now: datetime) -> None:
        self._connection = connection
        self._heads = heads
        self._now = now
        self._newest: datetime | None = None
        self._public_key = keyring().signing_key().public_key()
        self.events = 0
        self.seals = 0

    def findings(self) -> Iterator[Finding]:
        """Everything that is wrong."""
        yield from self._sealed()
        yield from self._waiting()
        yield from self._forgotten()

    def _sealed(self) -> Iterator[Finding]:
        items = _Ahead(self._rows(_sealed_events()), lambda row: row.position)
        before: Seal | None = None
        expected = 1
        unbroken = True
        for number, rows, exported in self._by_number():
            if number != expected:
                yield _missing_seals(expected, number)
            unbroken = unbroken and number == expected
            expected = max(expected, number + 1)
            seal = yield from self._authentic(number, rows, exported)
            if seal is None:
                unbroken = False
                continue
            if unbroken and not _follows(seal, before):
                yield Finding(f"seal {number}", "does not continue the seal before it")
            yield from self._batch(seal, items)
            before, unbroken = seal, True
            self._newest = max(self._newest or seal.sealed_at, seal.sealed_at)
        for row in items.below(None):
            yield Finding(f"position {row.position}", "belongs to no seal")

    def _by_number(self) -> Iterator[tuple[int, list[Head], list[Head]]]:
        """Each seal number with what the database and the exported heads say of it."""
        rows = _Ahead(map(head_of, self._rows(_seals())), _number)
        exported = _Ahead(iter(self._heads), _number)
        while (number := min(chain(rows.next_key(), exported.next_key()), default=None)) is not None:
            yield number, list(rows.below(number + 1)), list(exported.below(number + 1))

    def _authentic(
        self, number: int, rows: list[Head], exported: list[Head]
    ) -> Generator[Finding, None, Seal | None]:
        """What is known for certain of a seal, or None: what was exported, or else what is signed."""
        where = f"seal {number}"
        self.seals += 1
        known = [head for head in dict.fromkeys(exported) if self._is_signed(head)]
        if len(known) > 1 or len(set(exported)) > len(known):
            yield Finding(where, "the exported heads contradict each other, or are not this house's")
        if not rows:
            yield Finding(where, "is missing: it was exported, and the database no longer has it")
        if len(rows) > 1:
            yield Finding(where, "is there more than once")
        signed = [row for row in rows if row in known or self._is_signed(row)]
        if len(signed) < len(rows):
            yield Finding(where, "was changed: its signature is not this house's")
        for row in signed:
            if known and row not in known:
                yield Finding(where, "differs from the exported head")
            elif not known and row.seal.sealed_at < self._now - LONGEST_WAIT:
                yield Finding(where, "is not among the exported heads")
        return next((head.seal for head in (*known, *signed)), None)

    def _batch(self, seal: Seal, items: _Ahead[Any]) -> Iterator[Finding]:
        head = seal.previous
        position = seal.first_position
        whole = True
        for row in items.below(seal.end):
            fixed = fixed_bytes(row)
            problem = self._problem(row, fixed, seal, position)
            whole = whole and problem is None
            if problem:
                yield problem
            if row.position > position:
                whole = False
                yield _missing_positions(position, row.position)
            position = max(position, row.position + 1)
            head = link(head, fixed, row.digest)
        if position < seal.end:
            whole = False
            yield _missing_positions(position, seal.end)
        if whole and head != seal.head:
            yield Finding(f"seal {seal.number}", "its events were replaced or stand in another order")

    def _problem(self, row: Any, fixed: bytes, seal: Seal, least: int) -> Finding | None:
        self.events += 1
        where = f"position {row.position}"
        if row.position < least:
            return Finding(where, "is taken twice, or belongs to no seal")
        if row.id is None:
            return Finding(where, f"event {row.event_id} is missing")
        if row.seal_number != seal.number:
            return Finding(where, f"was moved from seal {seal.number} to {row.seal_number}")
        return _changed(row, fixed)

    def _waiting(self) -> Iterator[Finding]:
        oldest = self._now - LONGEST_WAIT
        if self._newest:
            oldest = max(oldest, self._newest - LONGEST_TRANSACTION)
        for row in self._rows(_unsealed_events()):
            self.events += 1
            where = f"event {row.event_id}"
            if row.id is None:
                yield Finding(where, "waits for a seal, but is missing")
            elif row.position is not None:
                yield Finding(where, "is sealed, and waits for a seal again")
            elif problem := _changed(row, fixed_bytes(row)):
                yield problem
            elif row.at < oldest:
                yield Finding(where, "still waits for a seal: the sealer does not run, or passed it over")

    def _forgotten(self) -> Iterator[Finding]:
        for row in self._rows(_orphans()):
            yield Finding(
                f"event {row.id}", "is neither sealed nor waiting: slipped in, or its place removed"
            )

    def _is_signed(self, head: Head) -> bool:
        try:
            self._public_key.verify(head.signature or b"", head.seal.message())
        except InvalidSignature:
            return False
        return True

    def _rows(self, statement: Select[Any]) -> Iterator[Any]:
        options = {"stream_results": True, "yield_per": ROWS_AT_ONCE}
        with self._connection.execute(statement, execution_options=options) as rows:
            yield from rows


class _Ahead(Generic[T]):
    """A sorted stream that can be looked at before it is taken."""

    def __init__(self, rows: Iterator[T], key: Any) -> None:
        self._rows = rows
        self._key = key
        self._next = next(rows, None)

    def next_key(self) -> tuple[int, ...]:
        """The key of the next row; nothing at the end."""
        return () if self._next is None else (self._key(self._next),)

    def below(self, end: int | None) -> Iterator[T]:
        """Takes all rows whose key is below `end`."""
        while self._next is not None and (end is None or self._key(self._next) < end):
            yield self._next
            self._next = next(self._rows, None)


def _number(head: Head) -> int:
    return head.seal.number


def _follows(seal: Seal, before: Seal | None) -> bool:
    if before is None:
        return (seal.previous, seal.first_position) == (GENESIS, 1)
    return (seal.previous, seal.first_position) == (before.head, before.end)


def _changed(row: Any, fixed: bytes) -> Finding | None:
    """What is wrong with an event by itself; its digest fixes every column and its plaintext values."""
    where = f"event {row.id}"
    try:
        plain = keyring().open(
            row.values_sealed or b"", place=place_of("audit_event", "values_sealed", row.id)
        )
    except CannotOpen:
        return Finding(where, "its values do not open: they were changed, or come from another row")
    if keyring().digest("audit", digest_input(fixed, plain)) != row.digest:
        return Finding(where, "was changed: its digest does not match")
    return None


def _missing_seals(first: int, end: int) -> Finding:
    if end < first:
        return Finding(f"seal {end}", "has a number that no seal can have")
    return Finding(f"seals {first} to {end - 1}", "are missing")


def _missing_positions(first: int, end: int) -> Finding:
    return Finding(f"positions {first} to {end - 1}", "are missing")


def _within_reach(at: Any) -> Any:
    """An instant that Python cannot hold reads as none, which no digest and no signature fits."""
    return case((at.between(*READABLE), at)).label(at.key)


def _event_columns() -> list[Any]:
    plain = (getattr(AuditEvent, name) for name in (*FIXED, "digest", "values_sealed") if name != "at")
    return [*plain, _within_reach(AuditEvent.at)]


def _sealed_events() -> Select[Any]:
    item = AuditSealItem
    return (
        select(item.position, item.seal_number, item.event_id, *_event_columns())
        .join_from(item, AuditEvent, AuditEvent.id == item.event_id, isouter=True)
        .where(item.position.is_not(None))
        .order_by(item.position)
    )


def _seals() -> Select[Any]:
    columns = [column for column in AuditSeal.__table__.columns if column.key != "sealed_at"]
    number = AuditSeal.number
    return select(*columns, _within_reach(AuditSeal.sealed_at)).where(number.is_not(None)).order_by(number)


def _unsealed_events() -> Select[Any]:
    waiting = AuditUnsealed
    return (
        select(waiting.event_id, AuditSealItem.position, *_event_columns())
        .join_from(waiting, AuditEvent, AuditEvent.id == waiting.event_id, isouter=True)
        .outerjoin(AuditSealItem, AuditSealItem.event_id == waiting.event_id)
        .order_by(waiting.event_id)
    )


def _orphans() -> Select[UUID]:
    known = or_(
        select(AuditSealItem.event_id).where(AuditSealItem.event_id == AuditEvent.id).exists(),
        select(AuditUnsealed.event_id).where(AuditUnsealed.event_id == AuditEvent.id).exists(),
    )
    return select(AuditEvent.id).where(~known).order_by(AuditEvent.id)
