"""What a pension may come to: for oneself, or for somebody who agreed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma

from backend.kernel.money import Fen
from backend.law.wording import lines
from backend.pensions import queries
from backend.pensions.queries import Outlook, Wish
from backend.pensions.rules.estimate import ASSUMPTIONS
from backend.pensions.rules.retirement import Category
from backend.web.access import BOUND
from backend.web.account_schemas import Ratio, fen
from backend.web.edge import Blueprint, Call
from backend.web.figures import Explained
from backend.web.parsing import Choice, Month, Number, Schema
from miniprogram_api.reach import look_at

blp = Blueprint(
    "pensions",
    __name__,
    url_prefix="/api/v1",
    description="When one may retire and what the pension may come to",
)
WOMEN = (Category.FEMALE_50, Category.FEMALE_55)
GUESSES = {one.key: one for one in ASSUMPTIONS}
LARGEST_BASE = 10_000_000_00


class EstimateQuery(Schema):
    """What to reckon with; what is left out is taken from the record."""

    category = Choice(
        *WOMEN,
        metadata={
            "description": "Of women only: the age at which they retired before 2025. Left out: 55 for the "
            "flexibly employed, 50 for others",
            "example": "female-55",
        },
    )
    retire_months_earlier_later = Number(
        least=-36,
        most=36,
        metadata={
            "description": "Months after the statutory one; negative: before it. Left out: the statutory "
            "month, or the first one that is still to come",
            "example": 0,
        },
    )
    future_base = Number(
        least=1,
        most=LARGEST_BASE,
        metadata=fen("Contribution base of the months to come; left out: the last one paid on", 600000),
    )
    assumption = Choice(
        *GUESSES, metadata={"description": "How wages and interest may grow; left out: all three"}
    )


class RetirementAnswer(Schema):
    """When the person may retire, by the reform of 2025."""

    category = ma.fields.String(required=True, metadata={"enum": list(Category), "example": "female-55"})
    category_label = ma.fields.String(
        required=True, attribute="category.label", metadata={"example": "原55周岁退休的女职工"}
    )
    original = Month(required=True, metadata={"description": "By the age that held before 2025"})
    statutory = Month(required=True)
    earliest = Month(required=True)
    latest = Month(required=True, metadata={"description": "Where an employer is, it has to agree"})
    delay = Explained(required=True)
    age = Explained(required=True)


class PlanAnswer(Schema):
    """The contributions to come that the estimate counts on."""

    first = Month(required=True)
    retiring = Month(required=True, metadata={"description": "The last month paid; drawing begins after it"})
    months = ma.fields.Integer(required=True, metadata={"example": 98})
    base = ma.fields.Integer(required=True, metadata=fen("A month, in today's wages", 600000))


class RowAnswer(Schema):
    """A number of the estimate and, in sentences, how it comes about."""

    key = ma.fields.String(required=True, metadata={"example": "basic"})
    label = ma.fields.String(required=True, metadata={"example": "基础养老金"})
    value = Ratio(required=True, metadata={"description": "Money in fen", "example": "142803"})
    unit = ma.fields.String(required=True, metadata={"example": "fen"})
    provisional = ma.fields.Boolean(required=True)
    lines = ma.fields.Function(
        lines,
        required=True,
        metadata={"type": "array", "items": {"type": "string"}, "example": ["基础养老金：1428.03 元"]},
    )


class EstimateAnswer(Schema):
    """The pension under one assumption, in fen a month."""

    assumption = ma.fields.String(
        required=True, attribute="assumption.key", metadata={"enum": list(GUESSES), "example": "middle"}
    )
    label = ma.fields.String(required=True, attribute="assumption.label", metadata={"example": "中等"})
    wage_growth = Ratio(required=True, attribute="assumption.wage_growth", metadata={"example": "0.03"})
    account_interest = Ratio(
        required=True, attribute="assumption.account_interest", metadata={"example": "0.0262"}
    )
    basic = ma.fields.Integer(required=True, attribute="pension.basic.value", metadata=fen("Basic", 142803))
    personal = ma.fields.Integer(
        required=True, attribute="pension.personal.value", metadata=fen("From the account", 61234)
    )
    transitional = ma.fields.Integer(
        required=True,
        attribute="pension.transitional.value",
        metadata=fen("For years before 1998", 0),
    )
    total = ma.fields.Integer(required=True, attribute="pension.total.value", metadata=fen("Sum", 204037))
    in_todays_wages = ma.fields.Integer(
        required=True,
        attribute="in_todays_wages.value",
        metadata=fen("The sum as if wages did not grow", 160000),
    )
    provisional = ma.fields.Boolean(required=True)
    rows = ma.fields.List(ma.fields.Nested(RowAnswer), required=True, attribute="figures")
    explain = Explained(required=True, attribute="pension.total", metadata={"description": "Of the sum"})


class OutlookAnswer(Schema):
    """An estimate, which binds nobody: `notes` say so."""

    retirement = ma.fields.Nested(RetirementAnswer, required=True)
    plan = ma.fields.Nested(PlanAnswer, required=True)
    shift = ma.fields.Integer(
        required=True, metadata={"description": "Months after the statutory one", "example": 0}
    )
    base_floor = ma.fields.Integer(
        required=True, attribute="limits.floor.value", metadata=fen("Lowest base", 491280)
    )
    base_ceiling = ma.fields.Integer(
        required=True, attribute="limits.ceiling.value", metadata=fen("Highest base", 2456400)
    )
    months_paid = ma.fields.Integer(required=True, metadata={"example": 131})
    required_years = Ratio(
        required=True,
        attribute="required.value",
        metadata={"description": "That must be paid", "example": "15.5"},
    )
    missing_today = Explained(required=True, metadata={"description": "Months toward them, as of now"})
    missing = Explained(required=True, metadata={"description": "Months toward them, after the plan"})
    provisional = ma.fields.Boolean(required=True)
    estimates = ma.fields.List(ma.fields.Nested(EstimateAnswer), required=True)
    notes = ma.fields.List(ma.fields.String(), required=True, metadata={"example": ["测算结果仅供参考。"]})


@blp.read(
    "/people/<uuid:person_id>/pension-estimate",
    access=BOUND,
    query=EstimateQuery,
    answer=OutlookAnswer,
    errors=(409,),
)
def pension_estimate(call: Call, query: dict[str, Any], person_id: UUID) -> Outlook:
    """When the person may retire and what the pension may come to, every number explained"""
    look_at(call, person_id, "测算养老金")
    return queries.outlook(call.work, person_id, _wish(query))


def _wish(query: dict[str, Any]) -> Wish:
    category, base, guess = query.get("category"), query.get("future_base"), query.get("assumption")
    return Wish(
        category=Category(category) if category else None,
        shift=query.get("retire_months_earlier_later"),
        base=Fen(base) if base else None,
        assumptions=(GUESSES[guess],) if guess else ASSUMPTIONS,
    )
