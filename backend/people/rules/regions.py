"""Administrative divisions and countries, by the codes that id numbers carry.

The tables live beside this file; see docs/adr/0005-id-numbers.md for where they come from.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

EDITION = 2025
"""The year up to which the table of divisions is complete."""

_HERE = Path(__file__).parent


def _rows(file_name: str) -> list[list[str]]:
    lines = (_HERE / file_name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


@cache
def _divisions() -> dict[str, str]:
    return {row[0]: row[1] for row in _rows("regions.tsv")}


@cache
def _prefectures() -> frozenset[str]:
    return frozenset(code[:4] for code in _divisions())


@cache
def _countries() -> dict[str, str]:
    rows = _rows("countries.tsv")
    return {code: name for digits, letters, name in rows for code in (digits, letters)}


def province_name(code: str) -> str | None:
    """The province of a division code, or None: `460105` gives `海南省`."""
    return _divisions().get(code[:2] + "0000")


def prefecture_name(code: str) -> str | None:
    """Province and prefecture of a division code, or None when the prefecture never existed.

    Divisions that answer to the province directly have no prefecture: `469005` gives `海南省`.
    """
    if code[:4] not in _prefectures():
        return None
    names = (_divisions().get(part) for part in (code[:2] + "0000", code[:4] + "00"))
    return "".join(dict.fromkeys(name for name in names if name))


def division_name(code: str) -> str | None:
    """The full name of a division that people can be registered in, or None.

    Counties count, and so do cities without districts (`460200`, Sanya until 2014); whole provinces do not. A
    code that passed from one place to another bears the name of the later one.
    """
    own = _divisions().get(code)
    if own is None or code.endswith("0000"):
        return None
    above = prefecture_name(code) or ""
    return above if code.endswith("00") else above + own


def country_name(code: str) -> str | None:
    """The Chinese name of a country other than China, by three digits or letters (ISO 3166-1), or None."""
    return _countries().get(code)
