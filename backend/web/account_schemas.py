"""Personal accounts in answers, the same for citizens and staff. All amounts are integers in fen."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from backend.accounts.rules.kinds import ACCOUNT_LABELS, ACCOUNT_OF
from backend.law.units import plain
from backend.people.rules.insured import Insurance
from backend.web.figures import Explained
from backend.web.paging import PageQuery, page_of
from backend.web.parsing import EARLIEST, LATEST, Choice, Month, Number, Schema

INSURANCES = {
    "description": "AAE140. " + "; ".join(f"{one}: {Insurance(one).label}" for one in ACCOUNT_OF),
    "example": "110",
}
KINDS = {"enum": list(ACCOUNT_LABELS), "example": next(iter(ACCOUNT_LABELS))}


def fen(what: str, example: int) -> dict[str, Any]:
    """What a field of an amount says of itself."""
    return {"description": f"{what}, in fen", "example": example}


class Ratio(ma.fields.String):
    """A decimal number as text: `0.6000` is `0.6`."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else plain(value)


class PartAnswer(Schema):
    """What one kind of entry brought into an account, or, negative, took out of it."""

    entry = ma.fields.String(required=True, metadata={"example": "contribution"})
    label = ma.fields.String(required=True, metadata={"example": "缴费划入"})
    amount = ma.fields.Integer(required=True, metadata=fen("Amount", 3904800))


class PaymentGapAnswer(Schema):
    """Months in which nothing was paid, between months in which something was."""

    from_month = Month(required=True)
    to_month = Month(required=True, metadata={"description": "The last one"})
    months = ma.fields.Integer(required=True, metadata={"example": 2})


class AccountAnswer(Schema):
    """A personal account; `parts` make up its balance."""

    kind = ma.fields.String(required=True, metadata=KINDS)
    label = ma.fields.String(required=True, metadata={"example": "基本养老保险个人账户"})
    insurance = ma.fields.String(required=True, metadata=INSURANCES)
    balance = ma.fields.Integer(required=True, metadata=fen("Balance", 4361277))
    parts = ma.fields.List(ma.fields.Nested(PartAnswer), required=True)
    months_paid = ma.fields.Integer(required=True, metadata={"example": 130})
    gaps = ma.fields.List(ma.fields.Nested(PaymentGapAnswer), required=True)
    explain = Explained(required=True)


class AccountsAnswer(Schema):
    """All personal accounts, also empty ones."""

    items = ma.fields.List(ma.fields.Nested(AccountAnswer), required=True)


class MonthFilter(Schema):
    """Which months are wanted; all without filters."""

    insurance = Choice(*ACCOUNT_OF, metadata=INSURANCES)
    year = Number(
        least=EARLIEST.year,
        most=LATEST.year,
        metadata={"description": "Of the months paid for", "example": 2025},
    )


class MonthQuery(MonthFilter, PageQuery):
    """A page of months."""


class MonthExplanationAnswer(Schema):
    """How the amounts of a month come about."""

    personal = Explained(required=True)
    pooled = Explained(required=True)
    contribution_index = Explained(required=True, allow_none=True)


class ContributionMonthAnswer(Schema):
    """A month of contributions as assessed and booked; a corrected one shows its newest revision."""

    month_id = ma.fields.UUID(required=True)
    insurance = ma.fields.String(required=True, metadata=INSURANCES)
    insurance_label = ma.fields.String(required=True, metadata={"example": "企业职工基本养老保险"})
    fee_period = Month(required=True, metadata={"description": "AAE003, the month paid for"})
    accounting_period = Month(required=True, metadata={"description": "AAE002, the month it was booked in"})
    employer_name = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "null: paid by oneself", "example": None}
    )
    origin_region = ma.fields.String(required=True, metadata={"example": "46"})
    origin_region_name = ma.fields.String(required=True, metadata={"example": "海南省"})
    base = ma.fields.Integer(required=True, metadata=fen("AAE180, the contribution base", 487860))
    personal = ma.fields.Integer(
        required=True, attribute="explain.personal.value", metadata=fen("Into the personal account", 39029)
    )
    pooled = ma.fields.Integer(
        required=True, attribute="explain.pooled.value", metadata=fen("Into the fund", 58543)
    )
    contribution_index = Ratio(
        required=True,
        allow_none=True,
        attribute="explain.contribution_index.value",
        metadata={"description": "Base over the average wage, as assessed then", "example": "0.6"},
    )
    revision = ma.fields.Integer(
        required=True, metadata={"description": "Above 1: the month was corrected", "example": 1}
    )
    explain = ma.fields.Nested(MonthExplanationAnswer, required=True)


ContributionMonthsPage = page_of(ContributionMonthAnswer)


class YearExplanationAnswer(Schema):
    """How the sums of a year come about."""

    personal = Explained(required=True)
    pooled = Explained(required=True)
    average_index = Explained(required=True, allow_none=True)


class ContributionYearAnswer(Schema):
    """A year of one insurance."""

    year = ma.fields.Integer(required=True, metadata={"example": 2025})
    insurance = ma.fields.String(required=True, metadata=INSURANCES)
    insurance_label = ma.fields.String(required=True, metadata={"example": "企业职工基本养老保险"})
    months = ma.fields.Integer(required=True, metadata={"description": "Months paid", "example": 12})
    lowest_base = ma.fields.Integer(required=True, metadata=fen("Lowest contribution base", 487860))
    highest_base = ma.fields.Integer(required=True, metadata=fen("Highest contribution base", 491280))
    personal = ma.fields.Integer(
        required=True, attribute="explain.personal.value", metadata=fen("Into the personal account", 468348)
    )
    pooled = ma.fields.Integer(
        required=True, attribute="explain.pooled.value", metadata=fen("Into the fund", 702516)
    )
    average_index = Ratio(
        required=True, allow_none=True, attribute="explain.average_index.value", metadata={"example": "0.6"}
    )
    explain = ma.fields.Nested(YearExplanationAnswer, required=True)


class ContributionYearsAnswer(Schema):
    """All years, newest first."""

    items = ma.fields.List(ma.fields.Nested(ContributionYearAnswer), required=True)


class InterestYearAnswer(Schema):
    """A year's interest of one account."""

    year = ma.fields.Integer(required=True, metadata={"example": 2025})
    kind = ma.fields.String(required=True, metadata=KINDS)
    label = ma.fields.String(required=True, metadata={"example": "基本养老保险个人账户"})
    posted = ma.fields.Integer(required=True, metadata=fen("What was posted", 25978))
    same = ma.fields.Boolean(
        required=True, metadata={"description": "Whether computing it again now gives what was posted"}
    )
    explain = Explained(required=True, attribute="figure", metadata={"description": "As computed now"})


class InterestAnswer(Schema):
    """All years for which interest was posted, newest first."""

    items = ma.fields.List(ma.fields.Nested(InterestYearAnswer), required=True)
