"""A day with a thousand mistakes in it, each made by hand, with what must be found of it.

What is expected stands here as words; nothing of it comes out of the code that is to find it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select, update

from backend.kernel.clock import SHANGHAI, FixedClock
from backend.kernel.db import Database, Work
from backend.kernel.money import Fen
from backend.payouts import carrying
from backend.payouts.models import PayoutAttempt
from backend.payouts.ports import Answer, Outcome, Provider, Reason
from backend.payouts.settling import settle
from backend.reconciliation.ports import Line
from tests.support.payouts import ask
from tests.support.people import make_agency
from tests.support.reconciliation import KINDS, line


@dataclass(frozen=True)
class Plant:
    """One way in which a number may stand: what its provider answered, what its file has, what is found.

    `out` and `back` are the amounts of its lines beside the right one (0 is right); `settled` how many days
    before the file's day it was settled, `sent` how many days before it was sent. `found` names the kind and
    the state of the difference in `found_in`; None where there is none.
    """

    fate: str
    out: tuple[int, ...] = ()
    back: tuple[int, ...] = ()
    settled: int = 0
    sent: int = 0
    found: tuple[str, str] | None = None
    found_in: str = "out"
    becomes: str | None = None


RIGHT: Mapping[str, Plant] = {
    "paid": Plant("paid", out=(0,), becomes="paid"),
    "failed": Plant("failed", becomes="failed"),
    "unanswered": Plant("unknown", becomes="unknown"),
    "not_sent": Plant("unsent", becomes="waiting"),
    "returned": Plant("returned", out=(0,), back=(0,), becomes="returned"),
    "taken_on": Plant("accepted", becomes="accepted"),
    "returned_later": Plant("paid", settled=3, becomes="paid"),
}
WRONG: Mapping[str, Plant] = {
    "no_line": Plant("paid", found=("missing", "open"), becomes="paid"),
    "no_line_back": Plant("returned", out=(0,), found=("missing", "open"), found_in="in"),
    "never_heard_of": Plant("none", out=(0,), found=("extra", "open")),
    "never_heard_of_back": Plant("none", back=(0,), found=("extra", "open"), found_in="in"),
    "a_fen_more": Plant("paid", out=(1,), found=("amount", "open"), becomes="paid"),
    "a_fen_less_of_unanswered": Plant("unknown", out=(-1,), found=("amount", "open"), becomes="manual"),
    "line_of_unanswered": Plant("unknown", out=(0,), found=("state", "mended")),
    "line_of_doubtful": Plant("conflict", out=(0,), found=("state", "mended"), becomes="paid"),
    "line_of_failed": Plant("failed", out=(0,), found=("state", "open"), becomes="failed"),
    "line_of_not_sent": Plant("unsent", out=(0,), found=("state", "open"), becomes="waiting"),
    "came_back": Plant(
        "paid", out=(0,), back=(0,), found=("state", "mended"), found_in="in", becomes="returned"
    ),
    "failed_came_back": Plant("failed", back=(0,), found=("state", "open"), found_in="in"),
    "ours_a_day_before": Plant("paid", out=(0,), settled=1, found=("late", "mended"), becomes="paid"),
    "ours_a_week_before": Plant("paid", out=(0,), settled=7, found=("late", "open"), becomes="paid"),
    "two_lines": Plant("paid", out=(0, 0), found=("duplicate", "open"), becomes="paid"),
    "two_lines_of_unanswered": Plant("unknown", out=(0, 5), found=("duplicate", "open"), becomes="unknown"),
    "two_lines_of_nobody": Plant("none", out=(0, 0), found=("duplicate", "open")),
    "line_after_a_month": Plant("unknown", out=(0,), sent=31, found=("too_old", "open"), becomes="unknown"),
    "silent_for_a_month": Plant("unknown", sent=30, found=("too_old", "open"), becomes="unknown"),
}
ONLY: Mapping[Provider, Mapping[str, Plant]] = {
    Provider.BANK: {
        "line_of_taken_on": Plant("accepted", out=(0,), found=("state", "mended"), becomes="paid"),
    },
    # A packet is charged when it is sent, and nobody has it before it is opened.
    Provider.RED_PACKET: {
        "line_of_taken_on": Plant("accepted", out=(0,), becomes="accepted"),
        "line_of_unanswered": Plant("unknown", out=(0,), found=("state", "mended"), becomes="accepted"),
        "line_of_doubtful": Plant("conflict", out=(0,), found=("state", "open"), becomes="manual"),
    },
}
OUTCOMES = {
    "paid": Outcome.PAID,
    "failed": Outcome.FAILED,
    "unknown": Outcome.UNKNOWN,
    "accepted": Outcome.ACCEPTED,
    "conflict": Outcome.CONFLICT,
}


@dataclass
class Planted:
    """The file of the day, what must be found by number and direction, and what becomes of each number."""

    lines: list[Line] = field(default_factory=list)
    found: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    becomes: dict[str, str] = field(default_factory=dict)


def plants(provider: Provider, *, wrong: bool) -> Mapping[str, Plant]:
    every = {**RIGHT, **(WRONG if wrong else {}), **ONLY[provider]}
    return every if wrong else {name: one for name, one in every.items() if one.found is None}


def plant(
    database: Database, clock: FixedClock, provider: Provider, day: date, *, times: int, wrong: bool = True
) -> Planted:
    """Every way so many times, in the order of a seed; the clock stands within the day."""
    assert clock.today() == day
    made = Planted()
    chosen = [one for one in plants(provider, wrong=wrong).values() for _ in range(times)]
    Random(provider.value).shuffle(chosen)
    sent = [one for one in chosen if one.fate not in ("none", "unsent")]
    numbers = _payouts(database, provider, sent)
    with database.work() as work:
        while carrying.claim(work, provider):
            pass
        _answer(work, day, sent, numbers)
    rest = [one for one in chosen if one.fate == "unsent"]
    numbers += _payouts(database, provider, rest)
    nobodys = [one for one in chosen if one.fate == "none"]
    numbers += [(f"NOBODY{place:06d}", 100) for place in range(len(nobodys))]
    for one, (number, amount) in zip((*sent, *rest, *nobodys), numbers, strict=True):
        _write(made, one, number, amount, day)
    Random(1).shuffle(made.lines)
    return made


def _payouts(database: Database, provider: Provider, some: list[Plant]) -> list[tuple[str, int]]:
    """A payout for each, with its number and amount."""
    asked: list[tuple[UUID, int]] = []
    for start in range(0, len(some), 200):
        with database.work() as work:
            agency_id = make_agency(work, "460100", under="46")
            for place in range(start, min(start + 200, len(some))):
                amount = 100 + place
                asked.append((ask(work, amount=amount, kind=KINDS[provider], agency_id=agency_id), amount))
    with database.work() as work:
        rows = work.session.execute(select(PayoutAttempt.payout_id, PayoutAttempt.number))
        numbers = {row.payout_id: row.number for row in rows}
    return [(numbers[payout_id], amount) for payout_id, amount in asked]


def _answer(work: Work, day: date, some: list[Plant], numbers: list[tuple[str, int]]) -> None:
    ids = {
        number: id_ for id_, number in work.session.execute(select(PayoutAttempt.id, PayoutAttempt.number))
    }
    said = {}
    back = {}
    for one, (number, amount) in zip(some, numbers, strict=True):
        on = day - timedelta(days=one.settled)
        outcome = OUTCOMES.get(one.fate, Outcome.PAID)
        reason = Reason.PAYEE if outcome is Outcome.FAILED else None
        dated = on if outcome is Outcome.PAID else None
        said[ids[number]] = Answer(
            outcome, reference=f"B{number}", reason=reason, amount=Fen(amount), settled_on=dated
        )
        if one.fate == "returned":
            back[ids[number]] = Answer(Outcome.RETURNED, settled_on=on)
        if one.sent:
            at = work.clock.now().astimezone(SHANGHAI) - timedelta(days=one.sent)
            work.session.execute(
                update(PayoutAttempt).where(PayoutAttempt.id == ids[number]).values(sent_at=at)
            )
    settle(work, said)
    settle(work, back)


def _write(made: Planted, one: Plant, number: str, amount: int, day: date) -> None:
    made.lines += [line(number, amount + more, day) for more in one.out]
    made.lines += [line(number, amount + more, day, direction="in") for more in one.back]
    if one.found:
        made.found[number, one.found_in] = one.found
    if one.becomes:
        made.becomes[number] = one.becomes
