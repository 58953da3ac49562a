"""Spreadsheets: what people typed stays text, amounts are numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from backend.kernel.spreadsheet import Cell, Number, Yuan, spreadsheet

NOW = datetime(2026, 11, 22, 20, 5, tzinfo=UTC)


def written(*row: Cell) -> list[tuple[object, str]]:
    file = spreadsheet("表", "备注", {f"列{n}": 10 for n in range(len(row))}, [row], made_at=NOW)
    sheet = load_workbook(BytesIO(file)).active
    assert sheet
    return [(cell.value, cell.data_type) for cell in sheet[4]]


@pytest.mark.parametrize("text", ["=1+1", "+8613800138000", "-1", "@SUM(A1)", '=HYPERLINK("http://x")'])
def test_text_never_becomes_a_formula(text: str) -> None:
    assert written(text) == [(text, "s")]


def test_amounts_are_numbers_and_moments_the_bureaus() -> None:
    assert written(Yuan(123456), Number(Decimal("0.6"), "0.0000"), 7, None, NOW) == [
        (1234.56, "n"),
        (0.6, "n"),
        (7, "n"),
        (None, "n"),
        ("2026-11-23 04:05", "s"),
    ]
