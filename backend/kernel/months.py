"""Whole months. A month is its first day."""

from __future__ import annotations

from datetime import date


def month_of(day: date) -> date:
    """The month that a date lies in."""
    return day.replace(day=1)


def plus_months(month: date, count: int) -> date:
    """The month `count` months later, or earlier when negative."""
    years, index = divmod(month.month - 1 + count, 12)
    return date(month.year + years, index + 1, 1)


def months_between(start: date, end: date) -> int:
    """How many months later `end` is than `start`; negative when it is earlier."""
    return (end.year - start.year) * 12 + end.month - start.month
