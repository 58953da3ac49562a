"""Explanations of numbers in answers: how each came about, out of what, by which law."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from backend.law.units import Unit
from backend.web.parsing import Schema

UNITS = [unit.value for unit in Unit]


class ExplanationAnswer(Schema):
    """A number and where it comes from.

    A `figure` is its formula over its inputs, which are explanations themselves; a `parameter` is a value of
    the law with the days for which it holds; `given` is a number that was recorded or assessed. Numbers are
    decimal strings, money in fen. A provisional number is settled again once the law's value is published.
    """

    kind = ma.fields.String(
        required=True, metadata={"enum": ["figure", "parameter", "given"], "example": "figure"}
    )
    label = ma.fields.String(required=True, metadata={"example": "2025年利息"})
    value = ma.fields.String(required=True, metadata={"example": "25978"})
    text = ma.fields.String(
        required=True, metadata={"description": "The number for people", "example": "259.78 元"}
    )
    unit = ma.fields.String(required=True, metadata={"enum": UNITS, "example": "fen"})
    provisional = ma.fields.Boolean(required=True, metadata={"example": False})
    key = ma.fields.String(metadata={"description": "Of a figure", "example": "interest_2025"})
    formula = ma.fields.String(
        metadata={"description": "Of a figure", "example": "round_fen_half_up(opening * rate)"}
    )
    in_words = ma.fields.String(
        metadata={"description": "The formula of a figure for people", "example": "年初储存额 × 记账利率"}
    )
    in_numbers = ma.fields.String(
        metadata={"description": "The same with numbers, money in yuan", "example": "9915.27 × 2.62%"}
    )
    rounding = ma.fields.String(metadata={"description": "Of a figure", "example": "四舍五入到分"})
    inputs = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Nested(lambda: ExplanationAnswer()),
        metadata={"description": "Of a figure, by the names that its formula uses"},
    )
    source = ma.fields.String(
        metadata={
            "description": "Where the formula or the parameter is written",
            "example": "劳办发〔1997〕116号",
        }
    )
    origin = ma.fields.String(
        metadata={"description": "Of a given number: from where", "example": "个人账户记账"}
    )
    name = ma.fields.String(metadata={"description": "Of a parameter", "example": "account_interest"})
    since = ma.fields.Date(data_key="from", metadata={"description": "Of a parameter"})
    until = ma.fields.Date(
        allow_none=True,
        metadata={"description": "Of a parameter: the first day on which it no longer holds"},
    )
    confirmed = ma.fields.Boolean(
        metadata={"description": "Of a parameter: compared with the document", "example": True}
    )
    note = ma.fields.String(metadata={"description": "Of a parameter", "example": ""})


class Explained(ma.fields.Nested):
    """The explanation of a figure, or of a number that was given."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(ExplanationAnswer, **kwargs)

    def _serialize(  # type: ignore[override]
        self, value: Any, attr: str | None, obj: Any, **kwargs: Any
    ) -> Any:
        return None if value is None else value.as_dict()
