"""What the staff's API on people reads and answers."""

from __future__ import annotations

import marshmallow as ma

from backend.people.commands import PURPOSES
from backend.people.rules.insured import Category, Insurance
from backend.web.parsing import Choice, Day, Month, Number, Schema, Text

CATEGORY = Choice(*Category, metadata={"description": "; ".join(f"{one}: {one.label}" for one in Category)})
INSURANCE = {
    "description": "AAE140. " + "; ".join(f"{one}: {one.label}" for one in Insurance),
    "example": Insurance.MEDICAL.value,
}
VERSION = {"description": "As last read; a stale one is refused with 409", "example": 1}
MOST_FEN = 100_000_000
MOST_VERSION = 2_147_483_647


class SearchBody(Schema):
    """Exactly one of the four."""

    shown = ("id_number",)
    id_number = Text(most=40, metadata={"example": "460106196603140026"})
    phone = Text(most=30, metadata={"example": "13800138000"})
    name = Text(most=100, metadata={"example": "王秀英"})
    card = Text(most=40, metadata={"example": "6228480402564890018"})


class RegisterBody(Schema):
    """A person to be registered; birth date and sex come from the number."""

    name = Text(most=100, required=True, metadata={"description": "AAC003", "example": "王秀英"})
    id_number = Text(
        most=40, required=True, metadata={"description": "AAC002", "example": "460106196603140026"}
    )
    agency_id = ma.fields.UUID(required=True)
    category = Choice(*Category, required=True, metadata=CATEGORY.metadata)
    phone = Text(most=30, metadata={"example": "13800138000"})
    address = Text(most=200, metadata={"example": "海口市龙华区国贸路1号"})
    sex = Choice(
        "male", "female", metadata={"description": "Only for a 15-character permanent residence card"}
    )


class OpenBody(Schema):
    """Why the record is looked at; the person can read it."""

    purpose = Text(
        least=2,
        most=100,
        required=True,
        metadata={"description": f"One of {'、'.join(PURPOSES)}, or free text", "example": PURPOSES[0]},
    )


class CorrectBody(Schema):
    """What is wrong; everything left out stays. An empty address removes it."""

    shown = ("address",)
    version = Number(least=1, most=MOST_VERSION, required=True, metadata=VERSION)
    name = Text(most=100, metadata={"example": "王秀英"})
    id_number = Text(most=40, metadata={"example": "460106196603140026"})
    sex = Choice("male", "female")
    category = Choice(*Category, metadata=CATEGORY.metadata)
    address = Text(least=0, most=200, metadata={"example": "海口市龙华区国贸路1号"})


class PhoneBody(Schema):
    """The phone number to be registered; null when there is none any more."""

    version = Number(least=1, most=MOST_VERSION, required=True, metadata=VERSION)
    phone = Text(most=30, required=True, allow_none=True, metadata={"example": "13800138000"})


class CardChangeBody(Schema):
    """The card that benefits shall go to."""

    bank = Text(least=2, most=50, required=True, metadata={"example": "中国农业银行"})
    number = Text(most=40, required=True, metadata={"example": "6228480402564890018"})
    note = Text(least=0, most=200, load_default="", metadata={"example": "旧卡已注销"})


class MergeBody(Schema):
    """The record that stays."""

    into_id = ma.fields.UUID(required=True)
    note = Text(least=0, most=200, load_default="", metadata={"example": "同一人两次登记"})


class MoveBody(Schema):
    """The agency that takes over."""

    agency_id = ma.fields.UUID(required=True)


class DeceaseBody(Schema):
    """The day of death."""

    died_on = Day(required=True, metadata={"example": "2026-10-31"})


class EnrolBody(Schema):
    """A span to be insured; without an employer, by oneself. `base` is declared from its first month on."""

    insurance = Choice(*Insurance, required=True, metadata=INSURANCE)
    from_month = Month(required=True)
    until_month = Month(metadata={"description": "The first month no longer covered"})
    employer_id = ma.fields.UUID()
    base = Number(
        least=1, most=MOST_FEN, metadata={"description": "AAE180, in fen a month", "example": 468200}
    )


class EndEnrolmentBody(Schema):
    """When the insurance ends."""

    until_month = Month(required=True, metadata={"description": "The first month no longer covered"})


class PersonAnswer(Schema):
    """What every answer on a person holds."""

    person_id = ma.fields.UUID(required=True, metadata={"description": "AAC001"})
    name = ma.fields.String(required=True, metadata={"example": "**英"})
    id_number = ma.fields.String(required=True, metadata={"example": "4601**********0026"})
    phone = ma.fields.String(required=True, allow_none=True, metadata={"example": "138****8000"})
    agency_id = ma.fields.UUID(required=True)
    agency_name = ma.fields.String(required=True, metadata={"example": "海口市社会保险服务中心"})
    category = ma.fields.String(required=True, metadata={"example": "flexible"})
    category_name = ma.fields.String(
        attribute="category.label", required=True, metadata={"example": "灵活就业人员"}
    )
    state = ma.fields.String(required=True, metadata={"example": "active"})
    state_name = ma.fields.String(attribute="state.label", required=True, metadata={"example": "正常"})
    version = ma.fields.Integer(required=True, metadata=VERSION)


class SummaryAnswer(PersonAnswer):
    """A person; name, numbers and card are masked."""

    bank_card = ma.fields.String(required=True, allow_none=True, metadata={"example": "**** 0018"})


class FoundAnswer(Schema):
    """Whom a search found, masked; `complete` is false when there may be more."""

    items = ma.fields.List(ma.fields.Nested(SummaryAnswer), required=True)
    complete = ma.fields.Boolean(required=True)


class BankCardAnswer(Schema):
    """A card, whole."""

    bank = ma.fields.String(required=True, metadata={"example": "中国农业银行"})
    number = ma.fields.String(required=True, metadata={"example": "6228480402564890018"})
    since = ma.fields.DateTime(required=True)


class BaseAnswer(Schema):
    """A declared contribution base."""

    from_month = Month(required=True)
    base = ma.fields.Integer(required=True, metadata={"description": "AAE180, in fen a month"})


class EnrolmentAnswer(Schema):
    """A span in which a person is insured."""

    enrolment_id = ma.fields.UUID(required=True)
    insurance = ma.fields.String(required=True, metadata=INSURANCE)
    insurance_name = ma.fields.String(
        attribute="insurance.label", required=True, metadata={"example": "基本医疗保险"}
    )
    employer_id = ma.fields.UUID(required=True, allow_none=True)
    employer_name = ma.fields.String(required=True, allow_none=True, metadata={"example": None})
    agency_id = ma.fields.UUID(required=True)
    agency_name = ma.fields.String(required=True, metadata={"example": "海口市社会保险服务中心"})
    from_month = Month(required=True)
    until_month = Month(
        required=True, allow_none=True, metadata={"description": "The first month no longer covered"}
    )
    bases = ma.fields.List(ma.fields.Nested(BaseAnswer), required=True)


class RecordAnswer(PersonAnswer):
    """A whole record, nothing masked."""

    bank_card = ma.fields.Nested(BankCardAnswer, required=True, allow_none=True)
    id_kind = ma.fields.String(required=True, metadata={"example": "resident_id"})
    birth_date = ma.fields.Date(required=True)
    sex = ma.fields.String(required=True, metadata={"example": "female"})
    address = ma.fields.String(required=True, allow_none=True, metadata={"example": "海口市龙华区国贸路1号"})
    died_on = ma.fields.Date(required=True, allow_none=True)
    registered_at = ma.fields.DateTime(required=True)
    merged_into = ma.fields.UUID(required=True, allow_none=True)
    enrolments = ma.fields.List(ma.fields.Nested(EnrolmentAnswer), required=True)


class ApprovalRefAnswer(Schema):
    """The approval that the change waits for."""

    approval_id = ma.fields.UUID(required=True)


class EnrolmentRefAnswer(Schema):
    """The enrolment that was made."""

    enrolment_id = ma.fields.UUID(required=True)
