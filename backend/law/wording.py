"""Figures in Chinese sentences: the formula in words, then in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

from backend.law.book import Parameter
from backend.law.figures import Figure
from backend.law.units import text


def lines(figure: Figure) -> list[str]:
    """What a figure is, how it comes about in words and in numbers, and which law it is by."""
    mark = "（暂定）" if figure.provisional else ""
    found = [
        f"{figure.label}：{text(figure.value, figure.unit)}{mark}",
        f"  = {figure.in_words}",
        f"  = {figure.in_numbers}",
    ]
    if figure.source:
        found.append(f"  依据：{figure.source}")
    return found + [f"  {law_line(one)}" for one in figure.inputs.values() if isinstance(one, Parameter)]


def law_line(parameter: Parameter) -> str:
    """A parameter with value, period, source and marks, on one line."""
    told = f"{parameter.label} {value_text(parameter)}，{period(parameter)}：{parameter.source}"
    return told + "".join(f"【{mark}】" for mark in marks(parameter))


def value_text(parameter: Parameter, entries: Mapping[str, str] = MappingProxyType({})) -> str:
    """A value for people; a table as a list, its entries by their names in `entries`."""
    if isinstance(parameter.value, Mapping):
        shown = ((entries.get(entry, entry), one) for entry, one in parameter.value.items())
        return "、".join(f"{entry} {text(one, parameter.unit)}" for entry, one in shown)
    return text(parameter.value, parameter.unit)


def period(parameter: Parameter) -> str:
    """Since when, and until which day it held, that day included."""
    last = parameter.until and parameter.until - timedelta(days=1)
    return f"{parameter.since}起" if last is None else f"{parameter.since}至{last}"


def month_text(month: date) -> str:
    """A month for people: `2025年2月`."""
    return f"{month.year}年{month.month}月"


def marks(parameter: Parameter) -> list[str]:
    """What to be careful about."""
    return ["暂定"] * parameter.provisional + ["待核对"] * (not parameter.confirmed)
