"""The parameters of the law: what holds today, what held before, where it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from backend.law import wording
from backend.law.book import Parameter, ParameterMissing, Series
from backend.law.queries import law
from backend.law.units import Unit, decimal_of, plain, text
from backend.web.access import permission
from backend.web.edge import Blueprint, Call
from backend.web.parsing import Schema

blp = Blueprint("law", __name__, url_prefix="/api/admin/v1", description="Parameters of the law")
LAW = permission("law.read")
UNITS = [unit.value for unit in Unit]


class EntryAnswer(Schema):
    """One entry of a table."""

    entry = ma.fields.String(required=True, metadata={"example": "floor"})
    label = ma.fields.String(required=True, metadata={"example": "下限"})
    value = ma.fields.String(required=True, metadata={"example": "0.6"})
    text = ma.fields.String(required=True, metadata={"example": "0.6 倍"})


class ParameterAnswer(Schema):
    """A value with its period. Numbers are decimal strings, money in fen; a table has entries instead."""

    value = ma.fields.String(required=True, allow_none=True, metadata={"example": "818800"})
    entries = ma.fields.List(ma.fields.Nested(EntryAnswer), required=True)
    text = ma.fields.String(required=True, metadata={"example": "8188.00 元"})
    since = ma.fields.Date(required=True, data_key="from", metadata={"example": "2025-01-01"})
    until = ma.fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "The first day on which it no longer holds", "example": "2026-01-01"},
    )
    source = ma.fields.String(required=True, metadata={"example": "《中华人民共和国社会保险法》第十六条"})
    confirmed = ma.fields.Boolean(required=True, metadata={"description": "Compared with the document"})
    provisional = ma.fields.Boolean(required=True, metadata={"description": "Settled again once published"})
    note = ma.fields.String(required=True, metadata={"example": ""})


class NamedAnswer(Schema):
    """A parameter's name and what it counts."""

    name = ma.fields.String(required=True, metadata={"example": "average_wage"})
    label = ma.fields.String(required=True, metadata={"example": "全省月平均工资"})
    unit = ma.fields.String(required=True, metadata={"enum": UNITS, "example": "fen"})


class CurrentAnswer(NamedAnswer):
    """A parameter with the value of today, null where there is none."""

    current = ma.fields.Nested(ParameterAnswer, required=True, allow_none=True)


class LawAnswer(Schema):
    """All parameters."""

    items = ma.fields.List(ma.fields.Nested(CurrentAnswer), required=True)


class GapAnswer(Schema):
    """Days for which no value is loaded, on purpose."""

    since = ma.fields.Date(required=True, data_key="from", metadata={"example": "2020-01-01"})
    until = ma.fields.Date(required=True, metadata={"example": "2023-01-01"})
    note = ma.fields.String(required=True, metadata={"example": "公开资料互相矛盾，未核实前不录入"})


class HistoryAnswer(NamedAnswer):
    """All values of a parameter, oldest first."""

    items = ma.fields.List(ma.fields.Nested(ParameterAnswer), required=True)
    gaps = ma.fields.List(ma.fields.Nested(GapAnswer), required=True)


@blp.read("/law", access=LAW, answer=LawAnswer)
def all_parameters(call: Call) -> dict[str, Any]:
    """All parameters of the law with what holds today"""
    book, today = law(), call.work.clock.today()
    items = []
    for series in map(book.series, book.names()):
        try:
            current = _told(book.value(series.name, today), series)
        except ParameterMissing:
            current = None
        items.append({**_named(series), "current": current})
    return {"items": items}


@blp.read("/law/<string:name>", access=LAW, answer=HistoryAnswer)
def history(call: Call, name: str) -> dict[str, Any]:
    """All values of a parameter, oldest first, and the gaps between them"""
    series = law().series(name)
    return {**_named(series), "items": [_told(one, series) for one in series.records], "gaps": series.gaps}


def _named(series: Series) -> dict[str, Any]:
    return {"name": series.name, "label": series.label, "unit": series.records[0].unit.value}


def _told(one: Parameter, series: Series) -> dict[str, Any]:
    table = one.value if isinstance(one.value, Mapping) else {}
    entries = [
        {
            "entry": entry,
            "label": series.entries.get(entry, entry),
            "value": plain(decimal_of(value)),
            "text": text(value, one.unit),
        }
        for entry, value in table.items()
    ]
    value = None if table else plain(one.number())
    return {**vars(one), "value": value, "entries": entries, "text": wording.value_text(one, series.entries)}
