"""Contribution months as a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from backend.accounts.views import MonthView
from backend.kernel.spreadsheet import Cell, Number, Yuan, spreadsheet

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
    personal = sum(int(one.explain.personal.value) for one in months)
    pooled = sum(int(one.explain.pooled.value) for one in months)
    return spreadsheet(
        "社会保险缴费明细",
        holder,
        HEADINGS,
        map(_row, months),
        made_at=made_at,
        last=(f"合计 {len(months)} 条", None, None, None, None, Yuan(personal), Yuan(pooled)),
    )


def _row(month: MonthView) -> list[Cell]:
    figures = month.explain
    index = figures.contribution_index
    return [
        month.insurance_label,
        f"{month.fee_period:%Y-%m}",
        f"{month.accounting_period:%Y-%m}",
        month.employer_name or "个人缴费",
        Yuan(month.base),
        Yuan(int(figures.personal.value)),
        Yuan(int(figures.pooled.value)),
        None if index is None else Number(Decimal(index.value), "0.0000"),
        month.origin_region_name,
        "已更正" if month.revision > 1 else "",
    ]
