"""Spans of months against sets of months."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from backend.people.rules.months import Span, is_month, month_after, outside

FIRST, LAST = 2019 * 12, 2022 * 12
"""Months are counted from year 0; nothing below ends later than LAST, where spans without an end are cut."""


def month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def months(span: Span) -> set[date]:
    return {
        month(number)
        for number in range(FIRST, LAST + 1)
        if span.start <= month(number) and (span.end is None or month(number) < span.end)
    }


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start = draw(st.integers(FIRST, LAST - 1))
    end = draw(st.none() | st.integers(start + 1, LAST))
    return Span(month(start), None if end is None else month(end))


@given(spans(), st.lists(spans(), max_size=5))
def test_what_is_outside_is_what_no_other_covers(span: Span, others: list[Span]) -> None:
    pieces = outside(span, others)
    left = months(span).difference(*map(months, others))
    assert set().union(*map(months, pieces)) == left
    assert sum(len(months(piece)) for piece in pieces) == len(left)
    assert pieces == sorted(pieces, key=lambda piece: piece.start)
    assert all(piece.end is None or piece.start < piece.end for piece in pieces)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_the_month_after_is_the_next_first(day: date) -> None:
    after = month_after(day)
    assert is_month(after)
    assert 1 <= (after - day).days <= 31
    assert (after.year * 12 + after.month) - (day.year * 12 + day.month) == 1
