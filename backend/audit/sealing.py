"""Closes what was recorded into the chain, batch by batch, outside the requests that recorded it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ARRAY, Row, Uuid, any_, delete, func, insert, literal, select

from backend.audit.models import AuditEvent, AuditSeal, AuditSealItem, AuditUnsealed
from backend.audit.rules import FIXED, GENESIS, Seal, fixed_bytes, link
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.jobs import enqueue

SEAL = "audit.seal"
EXPORT = "audit.export_heads"
BATCH = 5000
ONE_SEALER = 727275


def seal_due(work: Work, _payload: Mapping[str, Any]) -> None:
    """The job: seals one batch, and asks to be run again when there may be more."""
    seal = seal_waiting(work, most=BATCH)
    if seal and seal.count == BATCH:
        enqueue(work, SEAL, {})


def seal_waiting(work: Work, *, most: int = BATCH) -> Seal | None:
    """Seals the oldest waiting events; None when none wait, or another process is sealing.

    The chain has one end, so only one process adds to it at a time.
    """
    if not work.session.scalar(select(func.pg_try_advisory_xact_lock(ONE_SEALER))):
        return None
    events = _waiting(work, most)
    if not events:
        return None
    last = work.session.scalars(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1)).one_or_none()
    previous = head = last.head if last else GENESIS
    for event in events:
        head = link(head, fixed_bytes(event), event.digest)
    seal = Seal(
        number=last.number + 1 if last else 1,
        sealed_at=work.clock.now(),
        first_position=last.first_position + last.count if last else 1,
        count=len(events),
        previous=previous,
        head=head,
    )
    _write(work, seal, events)
    enqueue(work, EXPORT, {})
    return seal


def _waiting(work: Work, most: int) -> list[Row[Any]]:
    """UUIDv7s, so the order of ids is the order of recording, as well as many processes can tell it."""
    return list(
        work.session.execute(
            select(*(getattr(AuditEvent, name) for name in (*FIXED, "digest")))
            .join(AuditUnsealed, AuditUnsealed.event_id == AuditEvent.id)
            .order_by(AuditEvent.id)
            .limit(most)
            .with_for_update(of=AuditUnsealed, skip_locked=True)
        )
    )


def _write(work: Work, seal: Seal, events: list[Row[Any]]) -> None:
    work.session.add(AuditSeal(**vars(seal), signature=keyring().signing_key().sign(seal.message())))
    work.session.flush()
    ids = literal([event.id for event in events], ARRAY(Uuid()))
    place = func.unnest(ids).table_valued("event_id", with_ordinality="nth", name="place").render_derived()
    work.session.execute(
        insert(AuditSealItem).from_select(
            ["position", "seal_number", "event_id"],
            select(place.c.nth + (seal.first_position - 1), literal(seal.number), place.c.event_id),
        )
    )
    work.session.execute(delete(AuditUnsealed).where(AuditUnsealed.event_id == any_(ids)))
