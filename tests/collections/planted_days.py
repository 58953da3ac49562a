"""Days of WeChat Pay and of the tax authority with a thousand mistakes in them, each made by hand.

What is expected stands here as words; nothing of it comes out of the code that is to find it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import update

from backend.collections import cashier, receipts
from backend.collections.models import PaymentOrder
from backend.collections.ports import Receipt, Trade, TradeAnswer
from backend.collections.settling import settle
from backend.kernel.clock import SHANGHAI
from backend.kernel.db import Database, Work
from backend.kernel.money import Fen
from backend.reconciliation.ports import Line
from tests.support.collections import ANNA, wanted
from tests.support.people import make_agency, make_person


@dataclass(frozen=True)
class Plant:
    """One way in which a bill may stand: what we know of it, what the file has, what is found.

    `lines` are the amounts of its lines beside the right one (0 is right). `ago`: how many days before the
    file's day it happened by our books; `begun` how many days before it the order was made.
    """

    fate: str
    lines: tuple[int, ...] = ()
    ago: int = 0
    begun: int = 0
    found: tuple[str, str] | None = None
    becomes: str | None = None


WECHAT: Mapping[str, Plant] = {
    "paid": Plant("paid", (0,), becomes="paid"),
    "nobody_paid": Plant("open", becomes="open"),
    "closed": Plant("closed", becomes="open"),
    "no_line": Plant("paid", found=("missing", "open"), becomes="paid"),
    "never_heard_of": Plant("none", (0,), found=("extra", "open")),
    "a_fen_more": Plant("paid", (1,), found=("amount", "open"), becomes="paid"),
    "a_fen_less_of_open": Plant("open", (-1,), found=("amount", "mended"), becomes="open"),
    "notice_lost": Plant("open", (0,), found=("state", "mended"), becomes="paid"),
    "closed_and_paid": Plant("closed", (0,), found=("state", "mended"), becomes="paid"),
    "paid_a_day_before": Plant("paid", (0,), ago=1, found=("late", "mended"), becomes="paid"),
    "paid_a_week_before": Plant("paid", (0,), ago=7, found=("late", "open"), becomes="paid"),
    "two_lines": Plant("paid", (0, 0), found=("duplicate", "open"), becomes="paid"),
    "two_lines_of_open": Plant("open", (0, 3), found=("duplicate", "open"), becomes="open"),
    "paid_after_a_month": Plant("open", (0,), begun=31, found=("too_old", "open"), becomes="open"),
    "open_for_a_month": Plant("open", begun=30, found=("too_old", "open"), becomes="open"),
}
TAX: Mapping[str, Plant] = {
    "receipted": Plant("receipted", (0,), becomes="booked"),
    "not_in_the_treasury": Plant("paid", becomes="paid"),
    "never_paid": Plant("open", becomes="open"),
    "no_line": Plant("receipted", found=("missing", "open"), becomes="booked"),
    "never_heard_of": Plant("none", (0,), found=("extra", "open")),
    "not_paid_but_receipted": Plant("open", (0,), found=("extra", "open"), becomes="open"),
    "a_fen_more": Plant("receipted", (1,), found=("amount", "open"), becomes="booked"),
    "receipt_lost": Plant("paid", (0,), found=("state", "mended"), becomes="booked"),
    "receipted_a_day_before": Plant("receipted", (0,), ago=1, found=("late", "mended"), becomes="booked"),
    "receipted_a_week_before": Plant("receipted", (0,), ago=7, found=("late", "open"), becomes="booked"),
    "two_lines": Plant("receipted", (0, 0), found=("duplicate", "open"), becomes="booked"),
    "receipt_after_a_month": Plant("paid", (0,), ago=31, found=("too_old", "open"), becomes="paid"),
    "no_receipt_for_a_month": Plant("paid", ago=30, found=("too_old", "open"), becomes="paid"),
}
DAYS: Mapping[str, Mapping[str, Plant]] = {"wechat_pay": WECHAT, "tax": TAX}


@dataclass
class PlantedDay:
    """The file of the day, what must be found by number, and what becomes of each bill."""

    lines: list[Line] = field(default_factory=list)
    found: dict[str, tuple[str, str]] = field(default_factory=dict)
    becomes: dict[UUID, str] = field(default_factory=dict)


def plant_day(database: Database, plants: Sequence[Plant], day: date) -> PlantedDay:
    """A day with these bills in it, in the order of a seed."""
    made = PlantedDay()
    with database.work() as work:
        agency_id = make_agency(work, "460100", under="46")
        person_id = make_person(work, agency_id=agency_id)
        for place, one in enumerate(plants):
            amount = 1000 + place
            number = f"NOBODY{place:06d}"
            if one.fate != "none":
                bill_id = wanted(work, amount=amount, agency_id=agency_id, person_id=person_id)
                number = _stand(work, one, bill_id, amount, day)
                made.becomes[bill_id] = one.becomes or ""
            made.lines += [_line(one, number, amount + more, day) for more in one.lines]
            if one.found:
                made.found[number] = one.found
    Random(1).shuffle(made.lines)
    return made


def _stand(work: Work, one: Plant, bill_id: UUID, amount: int, day: date) -> str:
    """Brings a bill to where it stands by our books; the number of its order."""
    todo = cashier.prepare(work, collection_id=bill_id, payer=ANNA)
    assert isinstance(todo, cashier.ToOpen)
    number, order_id = todo.instruction.number, todo.order_id
    settle(work, order_id, TradeAnswer(Trade.WAITING, prepay_id="wx1"))
    if one.fate == "closed":
        settle(work, order_id, TradeAnswer(Trade.CLOSED))
    if one.fate in ("paid", "receipted"):
        paid_at = _at(day, one.ago)
        settle(work, order_id, _paid(number, amount, paid_at))
    if one.fate == "receipted":
        receipts.take(work, bill_id, Receipt(f"E{number}", _at(day, one.ago)))
    if one.begun:
        at = work.clock.now() - timedelta(days=one.begun)
        work.session.execute(update(PaymentOrder).where(PaymentOrder.id == order_id).values(created_at=at))
    return number


def _paid(number: str, amount: int, at: datetime) -> TradeAnswer:
    return TradeAnswer(Trade.PAID, reference=f"42{number}", amount=Fen(amount), paid_at=at)


def _line(one: Plant, number: str, amount: int, day: date) -> Line:
    reference = f"E{number}" if one.fate == "receipted" else f"42{number}"
    return Line(number, reference, "in", Fen(amount), _at(day, 0))


def _at(day: date, ago: int) -> datetime:
    return datetime.combine(day - timedelta(days=ago), time(10), SHANGHAI)
