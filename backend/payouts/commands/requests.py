"""Asking for a payout in the transaction of the business that owes it, and taking it back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from backend.agencies import queries as agencies
from backend.audit.commands import record
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import NotFound
from backend.kernel.ids import new_id
from backend.kernel.jobs import emit
from backend.kernel.money import Fen, yuan_text
from backend.kernel.remarks import remark
from backend.payouts import books
from backend.payouts.attempts import add_attempt
from backend.payouts.books import Move
from backend.payouts.commands._held import closed_case, held, latest_attempt
from backend.payouts.errors import AmountRefused, PayoutState, SourceDiffers
from backend.payouts.events import PayoutSettled
from backend.payouts.kinds import ONE_OFF, payout_kind
from backend.payouts.models import Payout
from backend.payouts.payees import bank_account
from backend.payouts.ports import Payee
from backend.people import queries as people

LONGEST_PURPOSE = 30


def request(
    work: Work,
    *,
    by: Actor,
    kind: str,
    source: str,
    agency_id: UUID,
    payee_id: UUID | None,
    payee: Payee,
    amount: Fen,
    purpose: str,
) -> UUID:
    """Asks for a payout; its number is fixed now. The same `(kind, source)` again gives the same payout.

    For the rooms that owe money; they have checked who may. `amount` is fen. Raises AmountRefused,
    SourceDiffers, LookupError for an unknown kind.
    """
    known = payout_kind(kind)
    if not 0 < amount <= known.single_limit:
        raise AmountRefused(f"单笔限额为{yuan_text(known.single_limit)}元")
    payout_id = new_id()
    columns = {
        "id": payout_id,
        "kind": kind,
        "source": source,
        "agency_id": agency_id,
        "payee_id": payee_id,
        "amount": amount,
        "purpose": purpose,
        "state": "awaiting_approval" if known.approval else "in_progress",
        "requested_at": work.clock.now(),
        "version": 1,
    }
    statement = insert(Payout).values(columns).on_conflict_do_nothing().returning(Payout.id)
    if work.session.execute(statement).scalar_one_or_none() is None:
        return _same(work, kind, source, payee_id, amount)
    payout = work.session.get_one(Payout, payout_id)
    add_attempt(work, payout, payee, known.provider, ordinal=1)
    books.book(work, f"requested:{payout_id}", [Move(agency_id, amount, "fund", "payable", known.fund)])
    record(
        work,
        "payout.requested",
        by=by,
        subject=payee_id,
        object_kind="payout",
        object_id=payout_id,
        after={"kind": kind, "source": source, "amount": amount},
    )
    return payout_id


def request_for_person(
    work: Work, *, by: Actor, person_id: UUID, amount: Fen, purpose: str, reference: str
) -> UUID:
    """What a clerk enters by hand; to the card in the registry, and only after two others agreed.

    Needs `payouts.request` over the person's agency. `reference` names the paper that it rests on, and keeps
    it from being entered twice. Raises NotFound, also when out of reach, Invalid, and as
    `request` does.
    """
    known = people.record(work, person_id)
    if not by.allows("payouts.request", agencies.path(work, known.agency_id)):
        raise NotFound
    return request(
        work,
        by=by,
        kind=ONE_OFF.name,
        source=remark("reference", reference, most=40),
        agency_id=known.agency_id,
        payee_id=person_id,
        payee=bank_account(work, person_id),
        amount=amount,
        purpose=remark("purpose", purpose, most=LONGEST_PURPOSE),
    )


def cancel(work: Work, *, by: Actor, payout_id: UUID, version: int, reason: str) -> None:
    """Takes a payout back that was never handed to a provider, or came back for good.

    Needs `payouts.handle`. Raises NotFound, Forbidden, PayoutChanged, PayoutState when it may be on its way.
    """
    payout = held(work, payout_id, by=by, function="payouts.handle", version=version)
    attempt = latest_attempt(work, payout_id)
    unsent = attempt.state == "waiting" and attempt.sent_at is None
    if not unsent and payout.state not in ("failed", "returned"):
        raise PayoutState
    why = remark("reason", reason, most=200)
    if unsent:
        attempt.state, attempt.due_at, attempt.settled_at = "cancelled", None, work.clock.now()
    before = payout.state
    payout.state, payout.case, payout.settled_at = "cancelled", None, work.clock.now()
    payout.version += 1
    fund = payout_kind(payout.kind).fund
    back = Move(payout.agency_id, Fen(payout.amount), "payable", "fund", fund)
    books.book(work, f"cancelled:{payout_id}", [back])
    closed_case(work, by, payout_id, "cancelled")
    emit(work, PayoutSettled(payout_id, payout.kind, payout.source, "cancelled"))
    record(
        work,
        "payout.cancelled",
        by=by,
        subject=payout.payee_id,
        object_kind="payout",
        object_id=payout_id,
        before={"state": before},
        after={"state": "cancelled", "reason": why},
    )


def _same(work: Work, kind: str, source: str, payee_id: UUID | None, amount: Fen) -> UUID:
    """The payout that this business event asked for before; its account may have changed since."""
    found = work.session.scalars(select(Payout).where(Payout.kind == kind, Payout.source == source)).one()
    if (found.payee_id, found.amount) != (payee_id, amount):
        raise SourceDiffers
    return found.id
