"""Contribution months as a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from backend.accounts.views import MonthView
from backend.kernel.clock import SHANGHAI

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADINGS = {
    "险种": 26,
    "费款所属期": 12,
    "入账年月": 12,
    "缴费单位": 32,
    "缴费基数（元）": 16,
    "个人账户划入（元）": 20,
    "统筹基金划入（元）": 20,
    "缴费指数": 10,
    "参保地": 12,
    "备注": 16,
}
"""The columns and their widths in characters."""


def months_sheet(holder: str, months: Sequence[MonthView], *, made_at: datetime) -> bytes:
    """An .xlsx of months in the order given, under a line about whom they belong to; amounts in yuan."""
    book = Workbook(write_only=True)
    book.properties.creator = ""
    book.properties.created = book.properties.modified = made_at.replace(tzinfo=None)
    sheet = book.create_sheet("缴费明细")
    for letter, width in zip("ABCDEFGHIJ", HEADINGS.values(), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A4"
    sheet.append([_text(sheet, "社会保险缴费明细", bold=True)])
    sheet.append([_text(sheet, f"{holder}　导出时间：{made_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")])
    sheet.append([_text(sheet, heading, bold=True) for heading in HEADINGS])
    for month in months:
        sheet.append(_row(sheet, month))
    label = _text(sheet, f"合计 {len(months)} 条", bold=True)
    personal = sum(int(one.explain.personal.value) for one in months)
    pooled = sum(int(one.explain.pooled.value) for one in months)
    sheet.append([label, None, None, None, None, _yuan(sheet, personal), _yuan(sheet, pooled)])
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _row(sheet: WriteOnlyWorksheet, month: MonthView) -> list[Any]:
    figures = month.explain
    index = figures.contribution_index
    return [
        _text(sheet, month.insurance_label),
        _text(sheet, f"{month.fee_period:%Y-%m}"),
        _text(sheet, f"{month.accounting_period:%Y-%m}"),
        _text(sheet, month.employer_name or "个人缴费"),
        _yuan(sheet, month.base),
        _yuan(sheet, int(figures.personal.value)),
        _yuan(sheet, int(figures.pooled.value)),
        None if index is None else _number(sheet, Decimal(index.value), "0.0000"),
        _text(sheet, month.origin_region_name),
        _text(sheet, "已更正" if month.revision > 1 else ""),
    ]


def _text(sheet: WriteOnlyWorksheet, text: str, *, bold: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # whatever a company is called, it is no formula
    cell.font = Font(bold=bold)
    return cell


def _yuan(sheet: WriteOnlyWorksheet, fen: int) -> Any:
    return _number(sheet, Decimal(fen).scaleb(-2), "#,##0.00")


def _number(sheet: WriteOnlyWorksheet, number: Decimal, shape: str) -> Any:
    cell = WriteOnlyCell(sheet)
    cell.value = number
    cell.number_format = shape
    return cell
