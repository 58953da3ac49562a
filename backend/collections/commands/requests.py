"""Asking for money, changing one's mind about how much, and taking it back."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from backend.agencies import queries as agencies
from backend.audit.commands import record
from backend.collections.commands._held import held
from backend.collections.errors import AmountRefused, CollectionState, SourceDiffers
from backend.collections.kinds import COUNTER_BILL, collection_kind
from backend.collections.models import Collection
from backend.collections.settling import close_orders
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import NotFound
from backend.kernel.ids import new_id
from backend.kernel.money import Fen, yuan_text
from backend.kernel.remarks import remark
from backend.people import queries as people

LONGEST_DESCRIPTION = 40
COUNTER_BILL_LASTS = timedelta(days=15)


def request(
    work: Work,
    *,
    by: Actor,
    kind: str,
    source: str,
    agency_id: UUID,
    person_id: UUID,
    amount: Fen,
    description: str,
    payable_until: datetime,
) -> UUID:
    """Asks for money in the transaction of the business that wants it; the same `(kind, source)` is the same.

    For the rooms that collect; they have checked who may. `amount` is fen, `description` what the payer reads
    in WeChat. Raises AmountRefused, SourceDiffers, LookupError for an unknown kind.
    """
    _check(kind, amount)
    bill_id = new_id()
    columns = {
        "id": bill_id,
        "kind": kind,
        "source": source,
        "agency_id": agency_id,
        "person_id": person_id,
        "amount": amount,
        "description": description,
        "state": "open",
        "created_at": work.clock.now(),
        "payable_until": payable_until,
        "version": 1,
    }
    statement = insert(Collection).values(columns).on_conflict_do_nothing().returning(Collection.id)
    if work.session.execute(statement).scalar_one_or_none() is None:
        return _same(work, kind, source, person_id, amount)
    record(
        work,
        "collection.requested",
        by=by,
        subject=person_id,
        object_kind="collection",
        object_id=bill_id,
        after={"kind": kind, "source": source, "amount": amount},
    )
    return bill_id


def request_for_person(
    work: Work, *, by: Actor, person_id: UUID, amount: Fen, description: str, reference: str
) -> UUID:
    """What a clerk enters at the counter; `reference` names the paper that it rests on.

    Needs `collections.request` over the person's agency. Raises NotFound, also when out of reach, Invalid,
    and as `request` does.
    """
    known = people.record(work, person_id)
    if not by.allows("collections.request", agencies.path(work, known.agency_id)):
        raise NotFound
    return request(
        work,
        by=by,
        kind=COUNTER_BILL.name,
        source=remark("reference", reference, most=40),
        agency_id=known.agency_id,
        person_id=person_id,
        amount=amount,
        description=remark("description", description, most=LONGEST_DESCRIPTION),
        payable_until=work.clock.now() + COUNTER_BILL_LASTS,
    )


def change_amount(work: Work, *, by: Actor, collection_id: UUID, amount: Fen) -> None:
    """Asks for another amount (fen) while nothing is paid; an order of the old amount is closed.

    Whoever pays that one all the same gets it back. For the rooms that collect. Raises NotFound,
    CollectionState, AmountRefused.
    """
    bill = _open(work, collection_id)
    _check(bill.kind, amount)
    before, bill.amount = bill.amount, amount
    bill.version += 1
    close_orders(work, bill)
    record(
        work,
        "collection.changed",
        by=by,
        subject=bill.person_id,
        object_kind="collection",
        object_id=bill.id,
        before={"amount": before},
        after={"amount": amount},
    )


def withdraw(work: Work, *, by: Actor, collection_id: UUID, reason: str, version: int | None = None) -> None:
    """Takes a collection back that nobody has paid; whoever pays it all the same gets it back.

    For the rooms that collect; staff give the `version` that they saw, and need `collections.request`. Raises
    NotFound, CollectionState, CollectionChanged.
    """
    if version is None:
        bill = _open(work, collection_id)
    else:
        bill = held(work, collection_id, by=by, function="collections.request", version=version)
    if bill.state != "open":
        raise CollectionState
    bill.state = "withdrawn"
    bill.version += 1
    close_orders(work, bill)
    record(
        work,
        "collection.withdrawn",
        by=by,
        subject=bill.person_id,
        object_kind="collection",
        object_id=bill.id,
        after={"reason": remark("reason", reason, most=200)},
    )


def _open(work: Work, collection_id: UUID) -> Collection:
    bill = work.session.get(Collection, collection_id, with_for_update=True, populate_existing=True)
    if bill is None:
        raise NotFound
    if bill.state != "open":
        raise CollectionState
    return bill


def _check(kind: str, amount: Fen) -> None:
    limit = collection_kind(kind).single_limit
    if not 0 < amount <= limit:
        raise AmountRefused(f"单笔限额为{yuan_text(limit)}元")


def _same(work: Work, kind: str, source: str, person_id: UUID, amount: Fen) -> UUID:
    found = work.session.scalars(
        select(Collection).where(Collection.kind == kind, Collection.source == source)
    ).one()
    if (found.person_id, found.amount) != (person_id, amount):
        raise SourceDiffers
    return found.id
