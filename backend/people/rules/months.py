"""Spans of whole months. A month is its first day; a span's end is the first month no longer in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, order=True)
class Span:
    """Months from `start` up to, and without, `end`; without an end it is still running."""

    start: date
    end: date | None = None

    def minus(self, other: Span) -> list[Span]:
        """What is left of this span outside another one: nothing, one piece, or one on each side."""
        if (other.end is not None and other.end <= self.start) or (
            self.end is not None and self.end <= other.start
        ):
            return [self]
        pieces = []
        if self.start < other.start:
            pieces.append(Span(self.start, other.start))
        if other.end is not None and (self.end is None or other.end < self.end):
            pieces.append(Span(other.end, self.end))
        return pieces


def outside(span: Span, others: Iterable[Span]) -> list[Span]:
    """The pieces of a span that no other span covers, in order."""
    pieces = [span]
    for other in others:
        pieces = [rest for piece in pieces for rest in piece.minus(other)]
    return pieces


def is_month(day: date) -> bool:
    """Whether a date is the first of a month, which is how months are written."""
    return day.day == 1


def month_after(day: date) -> date:
    """The month after the one that a date lies in."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
