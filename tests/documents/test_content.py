"""What a document may say is checked before it gets a number."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.documents import kinds
from backend.documents.content import Statement
from backend.documents.envelope import Envelope
from backend.kernel.crypto import sm3
from tests.support.documents import envelope, part, statement, year

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a whole id number": (statement(id_number="46010619660314002X"), "holder.id_number"),
    "an amount in yuan": (statement(parts=[part("账户", 1, 2, 3, 0) | {"opening": 1.5}]), "opening"),
    "an amount as text": (statement(parts=[part("账户", 1, 2, 3, 0) | {"opening": "1"}]), "opening"),
    "sums that do not add up": (
        statement(parts=[part("账户", 1, 2, 3, 0) | {"closing": 7}]),
        "is not closing",
    ),
    "years out of order": (statement(years=[year(2025), year(2024)]), "out of order"),
    "thirteen months": (statement(years=[year(2025) | {"months": 13}]), "months"),
    "a period that ends first": (statement(from_month="2026-01"), "before it begins"),
    "a field that nobody prints": (statement(phone="13800138000"), "phone"),
    "a line break in a name": (statement(name="王\n秀英"), "holder.name"),
    "a letterhead too long to read": (statement(issuer="海" * 31), "issuer"),
    "no account": (statement(parts=[]), "parts"),
}


def test_a_statement_is_read_into_its_dataclass() -> None:
    read = kinds.read("statement", 1, statement())
    assert isinstance(read, Statement)
    assert (read.holder.name, read.parts[0].closing, read.as_of.isoformat()) == (
        "王秀英",
        8_834_844,
        "2025-12-31",
    )


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_drawn_is_refused_with_its_place_and_without_its_value(name: str) -> None:
    content, place = WRONG[name]
    with pytest.raises(kinds.BadContent) as refused:
        kinds.read("statement", 1, content)
    assert place in str(refused.value)
    assert "王" not in str(refused.value) and "46010619660314002X" not in str(refused.value)


def test_what_is_signed_has_one_spelling() -> None:
    about = envelope()
    shuffled = Envelope(**vars(about) | {"content": dict(reversed(about.content.items()))})
    assert shuffled.canonical() == about.canonical()
    assert about.hash() == sm3(about.canonical())
    assert Envelope.parse(about.canonical()) == about


@pytest.mark.parametrize("raw", [b"", b"{}", b"[1]", b"\xff", b"[" * 100_000, b'{"kind": "statement"}'])
def test_what_is_no_envelope_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="not"):
        Envelope.parse(raw)


def test_another_spelling_of_the_same_is_no_envelope() -> None:
    with pytest.raises(ValueError, match="canonical"):
        Envelope.parse(envelope().canonical() + b" ")


@given(st.integers(0, 400), st.integers(1, 255))
def test_every_byte_counts(position: int, change: int) -> None:
    raw = bytearray(envelope().canonical())
    raw[position] ^= change
    with suppress(ValueError):
        assert Envelope.parse(bytes(raw)).hash() != envelope().hash()
