"""What a line and a record mean together: by example, and for everything there can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.money import Fen
from backend.reconciliation.comparing import by_key, compare, digest
from backend.reconciliation.ports import Line, Record, Standing
from backend.reconciliation.rules import APART, ASKABLE, KINDS, Told, Verdict, classify
from tests.support.reconciliation import line

DAY = date(2026, 11, 21)
BEFORE = DAY - timedelta(days=1)
NOBODY = UUID(int=0)
PAID = Record("N1", "out", Fen(100), Standing.SETTLED, DAY, DAY, NOBODY, None, NOBODY)
OPEN = replace(PAID, state=Standing.OPEN, settled_on=None)
ONE = Told(Fen(100), 1)


@pytest.mark.parametrize(
    ("told", "record", "expected"),
    [
        (ONE, PAID, None),
        (ONE, replace(PAID, settled_on=None), None),
        (ONE, replace(OPEN, state=Standing.UNDER_WAY), None),
        (None, None, None),
        (None, OPEN, None),
        (None, replace(PAID, state=Standing.NOT_MOVED), None),
        (None, replace(PAID, settled_on=BEFORE), None),
        (None, PAID, Verdict("missing")),
        (ONE, None, Verdict("extra")),
        (Told(Fen(200), 2), None, Verdict("duplicate")),
        (Told(Fen(200), 2), PAID, Verdict("duplicate")),
        (Told(Fen(100), 2), OPEN, Verdict("duplicate")),
        (Told(Fen(101), 1), PAID, Verdict("amount", told=True)),
        (Told(Fen(99), 1), OPEN, Verdict("amount", told=True)),
        (ONE, OPEN, Verdict("state", told=True)),
        (ONE, replace(OPEN, state=Standing.NOT_MOVED), Verdict("state", told=True)),
        (ONE, replace(OPEN, sent_on=DAY - ASKABLE), Verdict("too_old")),
        (ONE, replace(OPEN, sent_on=DAY - ASKABLE + timedelta(days=1)), Verdict("state", told=True)),
        (None, replace(OPEN, sent_on=DAY - ASKABLE), Verdict("too_old")),
        (ONE, replace(PAID, settled_on=BEFORE), Verdict("late", matched=True)),
        (ONE, replace(PAID, settled_on=DAY + APART), Verdict("late", matched=True)),
        (ONE, replace(PAID, settled_on=DAY - APART - timedelta(days=1)), Verdict("late")),
    ],
)
def test_examples(told: Told | None, record: Record | None, expected: Verdict | None) -> None:
    assert classify(DAY, told, record) == expected


amounts = st.integers(1, 3).map(Fen)
near = st.integers(-40, 40).map(lambda days: DAY + timedelta(days=days))
tolds = st.none() | st.builds(Told, amounts, st.integers(1, 3))
records = st.none() | st.builds(
    Record,
    number=st.just("N1"),
    direction=st.just("out"),
    amount=amounts,
    state=st.sampled_from(Standing),
    settled_on=st.none() | near,
    sent_on=st.none() | near,
    agency_id=st.just(NOBODY),
    subject_id=st.none(),
    object_id=st.just(NOBODY),
)


@given(tolds, records)
def test_money_that_the_file_has_is_never_passed_over(told: Told | None, record: Record | None) -> None:
    """Silence about a line means one movement, of the same amount, that we know to have moved then."""
    verdict = classify(DAY, told, record)
    assert verdict is None or verdict.kind in KINDS
    if told and verdict is None:
        assert record is not None
        assert (told.lines, told.amount) == (1, record.amount)
        assert record.state in (Standing.SETTLED, Standing.UNDER_WAY)
        assert record.state is Standing.UNDER_WAY or record.settled_on in (None, DAY)


@given(tolds, records)
def test_money_that_we_believe_in_is_never_passed_over(told: Told | None, record: Record | None) -> None:
    settled = record is not None and record.state is Standing.SETTLED and record.settled_on == DAY
    if settled and told != Told(record.amount, 1):
        assert classify(DAY, told, record) is not None


@given(tolds, records)
def test_nothing_ends_by_itself_unless_number_and_amount_fit(
    told: Told | None, record: Record | None
) -> None:
    verdict = classify(DAY, told, record)
    if verdict and verdict.matched:
        assert told and record
        assert (told.lines, told.amount, record.state) == (1, record.amount, Standing.SETTLED)
        assert record.settled_on and abs(record.settled_on - DAY) <= APART
    if verdict and verdict.told:
        assert told and record


LINES = st.lists(
    st.builds(
        Line,
        number=st.sampled_from(("N1", "N2", "N3", "")),
        reference=st.uuids().map(str),
        direction=st.sampled_from(("out", "in", "fee")),
        amount=amounts,
        booked_at=st.just(line("x", 1, DAY).booked_at),
    ),
    max_size=8,
)


@given(LINES, st.randoms())
def test_the_order_of_lines_means_nothing(lines: list[Line], chance: object) -> None:
    known = by_key([PAID, replace(OPEN, number="N2")])
    shuffled = list(lines)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (compare(DAY, some, known, known) for some in (lines, shuffled))
    assert {(found.key, found.verdict) for found in one.findings} == {
        (found.key, found.verdict) for found in other.findings
    }
    assert (one.theirs, one.ours, one.fees) == (other.theirs, other.ours, other.fees)
    assert digest(lines) == digest(shuffled)


@given(LINES)
def test_every_fen_of_a_file_is_counted_once(lines: list[Line]) -> None:
    found = compare(DAY, lines, {}, ())
    counted = found.theirs.out_amount + found.theirs.in_amount + found.fees
    assert counted == sum(one.amount for one in lines)


def test_a_fee_is_no_difference() -> None:
    found = compare(DAY, [line("N1", 100, DAY), line("N1", 3, DAY, direction="fee")], by_key([PAID]), ())
    assert (found.findings, found.fees) == ([], 3)


def test_what_was_not_awaited_is_not_missed() -> None:
    """That something paid a month ago has not come back is no news."""
    back = replace(OPEN, direction="in", sent_on=DAY - ASKABLE)
    assert compare(DAY, [line("N1", 100, DAY)], by_key([PAID, back]), by_key([PAID])).findings == []
