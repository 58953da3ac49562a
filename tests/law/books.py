"""Books of law for tests, out of YAML texts."""

from __future__ import annotations

from textwrap import dedent, indent

from backend.law.book import Book
from backend.law.loading import read
from backend.law.sources import LawMistake


def record(since: str, until: str = "null", value: str = '"0.5"', **other: str) -> str:
    """A record of a series as YAML; `other` replaces or adds lines, an empty one leaves a line out."""
    lines = {
        "from": since,
        "until": until,
        "value": value,
        "source": "某文件",
        "confirmed": "true",
        "provisional": "false",
        **other,
    }
    first, *rest = [f"{key}: {text}" for key, text in lines.items() if text]
    return indent("\n".join([f"- {first}", *(f"  {line}" for line in rest)]), "    ") + "\n"


def series(*records: str, name: str = "some_rate", unit: str = "rate", more: str = "") -> str:
    """A parameter as YAML; `more` is put before its records."""
    middle = indent(dedent(more), "  ")
    return f"{name}:\n  label: 某比例\n  unit: {unit}\n{middle}  records:\n{''.join(records)}"


def book(*texts: str) -> Book:
    """The book of one file with these parameters."""
    return read({"some.yaml": "".join(texts)})


def mistakes(*texts: str) -> list[str]:
    """What is wrong with a file; nothing when it can be read."""
    try:
        book(*texts)
    except LawMistake as mistake:
        return mistake.mistakes
    return []
