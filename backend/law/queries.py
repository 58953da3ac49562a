"""The public door to the law.

law().value("average_wage", date(2024, 7, 1))      the parameter that holds on that day
law().value("payout_months", day, entry="60")      one entry of a table
law().history("average_wage")                      all values, oldest first
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from backend.law.book import Book
from backend.law.loading import load


@cache
def law() -> Book:
    """The law of this program, read once; raises LawMistake when its files are wrong."""
    return load(Path(__file__).parent)
