"""What the bureau knows of a person, for the person and for those who may look for them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma

from backend.kernel.masking import mask_card, mask_id_number, mask_phone
from backend.people import queries
from backend.people.views import EnrolmentView, PersonRecord
from backend.web.access import BOUND
from backend.web.edge import Blueprint, Call
from backend.web.paging import PageQuery, page_of
from backend.web.parsing import Month, Schema
from miniprogram_api.access_log import AccessAnswer, access_log
from miniprogram_api.fields import Masked
from miniprogram_api.reach import look_at

blp = Blueprint(
    "own-records",
    __name__,
    url_prefix="/api/v1",
    description="A person's own records, and who looked at them",
)


class MaskedCardAnswer(Schema):
    """The card that benefits are paid to."""

    bank = ma.fields.String(required=True, metadata={"example": "海南农商银行"})
    number = Masked(mask_card, required=True, metadata={"example": "**** 0007"})


class ProfileAnswer(Schema):
    """A person's record; the name whole, the numbers masked. No birth date: it is the id number's middle."""

    person_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True, metadata={"example": "王秀英"})
    id_number = Masked(mask_id_number, required=True, metadata={"example": "4601**********002X"})
    phone = Masked(mask_phone, required=True, allow_none=True, metadata={"example": "138****8000"})
    bank_card = ma.fields.Nested(MaskedCardAnswer, required=True, allow_none=True)
    agency_name = ma.fields.String(required=True, metadata={"example": "海口市社会保险服务中心"})
    category = ma.fields.String(required=True, metadata={"example": "flexible"})
    category_label = ma.fields.String(
        required=True, attribute="category.label", metadata={"example": "灵活就业人员"}
    )
    state = ma.fields.String(required=True, metadata={"example": "active"})
    state_label = ma.fields.String(required=True, attribute="state.label", metadata={"example": "正常"})


class OwnBaseAnswer(Schema):
    """A declared contribution base."""

    from_month = Month(required=True)
    base = ma.fields.Integer(required=True, metadata={"description": "Fen a month"})


class OwnEnrolmentAnswer(Schema):
    """A span in which the person is insured."""

    enrolment_id = ma.fields.UUID(required=True)
    insurance = ma.fields.String(required=True, metadata={"description": "AAE140", "example": "110"})
    insurance_label = ma.fields.String(
        required=True, attribute="insurance.label", metadata={"example": "企业职工基本养老保险"}
    )
    employer_name = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "null: insured by oneself", "example": None},
    )
    agency_name = ma.fields.String(required=True, metadata={"example": "海口市社会保险服务中心"})
    from_month = Month(required=True)
    until_month = Month(
        required=True, allow_none=True, metadata={"description": "The first month no longer covered"}
    )
    bases = ma.fields.List(ma.fields.Nested(OwnBaseAnswer), required=True)


class OwnEnrolmentsAnswer(Schema):
    """All enrolments, latest first."""

    items = ma.fields.List(ma.fields.Nested(OwnEnrolmentAnswer), required=True)


@blp.read("/people/<uuid:person_id>", access=BOUND, answer=ProfileAnswer)
def profile(call: Call, person_id: UUID) -> PersonRecord:
    """A person's record, masked; one's own, or that of somebody who agreed"""
    look_at(call, person_id, "查看基本信息")
    return queries.record(call.work, person_id)


@blp.read("/people/<uuid:person_id>/enrolments", access=BOUND, answer=OwnEnrolmentsAnswer)
def enrolments(call: Call, person_id: UUID) -> dict[str, list[EnrolmentView]]:
    """In which insurances the person is and was insured"""
    look_at(call, person_id, "查看参保情况")
    return {"items": list(queries.enrolments(call.work, person_id))}


@blp.read(
    "/people/<uuid:person_id>/access-log",
    access=BOUND,
    query=PageQuery,
    answer=page_of(AccessAnswer),
)
def log(call: Call, query: dict[str, Any], person_id: UUID) -> dict[str, Any]:
    """Who looked at the person's data, and why"""
    look_at(call, person_id, "查看访问记录")
    return access_log(call.work, person_id, query)
