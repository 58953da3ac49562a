"""Lists as spreadsheets: text that never becomes a formula, amounts as numbers, one plain layout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from backend.kernel.clock import SHANGHAI

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Yuan:
    """An amount in fen, to be shown in yuan."""

    fen: int


@dataclass(frozen=True)
class Number:
    """A number and how it is to be shown."""

    value: Decimal
    shape: str


Cell = str | int | datetime | Yuan | Number | None


def spreadsheet(
    title: str,
    remark: str,
    headings: Mapping[str, int],
    rows: Iterable[Sequence[Cell]],
    *,
    made_at: datetime,
    last: Sequence[Cell] = (),
) -> bytes:
    """An .xlsx of a title, a remark with the time of making, headings with widths, rows, and a last line.

    Widths are characters; moments are shown in the bureau's time.
    """
    book = Workbook(write_only=True)
    book.properties.creator = ""
    book.properties.created = book.properties.modified = made_at.replace(tzinfo=None)
    sheet = book.create_sheet(title)
    for number, width in enumerate(headings.values(), 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A4"
    sheet.append([_text(sheet, title, bold=True)])
    sheet.append([_text(sheet, f"{remark}　导出时间：{_moment(made_at)}")])
    sheet.append([_text(sheet, heading, bold=True) for heading in headings])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    if last:
        sheet.append([_cell(sheet, value, bold=True) for value in last])
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _moment(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _cell(sheet: WriteOnlyWorksheet, value: Cell, *, bold: bool = False) -> Any:
    match value:
        case None:
            return None
        case Yuan(fen):
            return _number(sheet, Decimal(fen).scaleb(-2), "#,##0.00")
        case Number(number, shape):
            return _number(sheet, number, shape)
        case int():
            return _number(sheet, Decimal(value), "0")
        case datetime():
            return _text(sheet, _moment(value), bold=bold)
        case str():
            return _text(sheet, value, bold=bold)


def _text(sheet: WriteOnlyWorksheet, text: str, *, bold: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # whatever somebody is called, it is no formula
    cell.font = Font(bold=bold)
    return cell


def _number(sheet: WriteOnlyWorksheet, number: Decimal, shape: str) -> Any:
    cell = WriteOnlyCell(sheet)
    cell.value = number
    cell.number_format = shape
    return cell
