"""The staff's API on people: find, open, register, correct, and ask for what needs a second person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from backend.admin import people_schemas as schemas
from backend.admin.exporting import exported
from backend.kernel.spreadsheet import XLSX
from backend.people import commands, queries
from backend.people.views import PersonSummary
from backend.web.access import permission
from backend.web.edge import Blueprint, Call

blp = Blueprint("people", __name__, url_prefix="/api/admin/v1", description="The staff on people")


COLUMNS = {"姓名": 12, "证件号码": 22, "手机号": 16, "参保类别": 22, "经办机构": 36, "状态": 10}


@blp.write(
    "POST",
    "/people/search",
    access=permission("people.search"),
    body=schemas.SearchBody,
    answer=schemas.FoundAnswer,
    key="none",
)
def search(call: Call, body: dict[str, str]) -> dict[str, Any]:
    """Find people by one of number, phone, name or card; masked, and only in one's own agencies"""
    found = commands.search(call.work, by=call.actor, **body)
    return {"items": found, "complete": len(found) < queries.MOST_FOUND}


@blp.write(
    "POST",
    "/people/search.xlsx",
    access=permission("people.export"),
    body=schemas.SearchBody,
    media_type=XLSX,
    key="none",
)
def search_file(call: Call, body: dict[str, str]) -> Response:
    """The same as a spreadsheet, as masked as on the screen"""
    found = commands.search(call.work, by=call.actor, **body)
    return exported(
        call,
        name="people",
        title="参保人查找结果",
        headings=COLUMNS,
        rows=[
            (one.name, one.id_number, one.phone, one.category.label, one.agency_name, one.state.label)
            for one in found
        ],
        said={"by": next(iter(body))},
    )


@blp.write(
    "POST",
    "/people",
    access=permission("people.register"),
    body=schemas.RegisterBody,
    answer=schemas.SummaryAnswer,
    status=201,
    errors=(404,),
)
def register(call: Call, body: dict[str, Any]) -> PersonSummary:
    """Register a person"""
    return queries.summary(call.work, commands.register(call.work, by=call.actor, **body))


@blp.write(
    "POST",
    "/people/<uuid:person_id>/open",
    access=permission("people.open"),
    body=schemas.OpenBody,
    answer=schemas.RecordAnswer,
    key="none",
)
def open_record(call: Call, body: dict[str, str], person_id: UUID) -> dict[str, Any]:
    """Open a whole record for a purpose, which the person can read later"""
    record = commands.open_record(call.work, by=call.actor, person_id=person_id, **body)
    return {**vars(record), "enrolments": queries.enrolments(call.work, person_id)}


@blp.write(
    "PATCH",
    "/people/<uuid:person_id>",
    access=permission("people.correct"),
    body=schemas.CorrectBody,
    answer=schemas.SummaryAnswer,
)
def correct(call: Call, body: dict[str, Any], person_id: UUID) -> PersonSummary:
    """Correct a record; 409 when somebody else changed it since it was read"""
    commands.correct(call.work, by=call.actor, person_id=person_id, **body)
    return queries.summary(call.work, person_id)


@blp.write(
    "PUT",
    "/people/<uuid:person_id>/phone",
    access=permission("people.correct"),
    body=schemas.PhoneBody,
    answer=schemas.SummaryAnswer,
)
def change_phone(call: Call, body: dict[str, Any], person_id: UUID) -> PersonSummary:
    """Register another phone number, after the person was seen; 409 when the record changed meanwhile"""
    commands.change_phone(call.work, by=call.actor, person_id=person_id, **body)
    return queries.summary(call.work, person_id)


@blp.write(
    "POST",
    "/people/<uuid:person_id>/card-changes",
    access=permission("cards.change"),
    body=schemas.CardChangeBody,
    answer=schemas.ApprovalRefAnswer,
    status=201,
)
def propose_bank_card(call: Call, body: dict[str, str], person_id: UUID) -> dict[str, UUID]:
    """Ask that benefits go to another card; a second person decides"""
    approval_id = commands.propose_bank_card(call.work, by=call.actor, person_id=person_id, **body)
    return {"approval_id": approval_id}


@blp.write(
    "POST",
    "/people/<uuid:person_id>/merge",
    access=permission("people.merge"),
    body=schemas.MergeBody,
    answer=schemas.ApprovalRefAnswer,
    status=201,
)
def propose_merge(call: Call, body: dict[str, Any], person_id: UUID) -> dict[str, UUID]:
    """Ask that this record, a duplicate, becomes another one; a second person decides"""
    approval_id = commands.propose_merge(call.work, by=call.actor, person_id=person_id, **body)
    return {"approval_id": approval_id}


@blp.write(
    "POST",
    "/people/<uuid:person_id>/move",
    access=permission("people.correct"),
    body=schemas.MoveBody,
    status=204,
)
def move(call: Call, body: dict[str, UUID], person_id: UUID) -> None:
    """Hand a person over to another agency; afterwards the record may be out of one's reach"""
    commands.move(call.work, by=call.actor, person_id=person_id, **body)


@blp.write(
    "POST",
    "/people/<uuid:person_id>/decease",
    access=permission("people.correct"),
    body=schemas.DeceaseBody,
    answer=schemas.SummaryAnswer,
)
def decease(call: Call, body: dict[str, Any], person_id: UUID) -> PersonSummary:
    """Register a death; enrolments end with its month"""
    commands.decease(call.work, by=call.actor, person_id=person_id, **body)
    return queries.summary(call.work, person_id)


@blp.write(
    "POST",
    "/people/<uuid:person_id>/enrolments",
    access=permission("enrolments.keep"),
    body=schemas.EnrolBody,
    answer=schemas.EnrolmentRefAnswer,
    status=201,
)
def enrol(call: Call, body: dict[str, Any], person_id: UUID) -> dict[str, UUID]:
    """Insure a person from a month on"""
    return {"enrolment_id": commands.enrol(call.work, by=call.actor, person_id=person_id, **body)}


@blp.write(
    "POST",
    "/people/<uuid:person_id>/enrolments/<uuid:enrolment_id>/end",
    access=permission("enrolments.keep"),
    body=schemas.EndEnrolmentBody,
    status=204,
)
def end_enrolment(call: Call, body: dict[str, Any], person_id: UUID, enrolment_id: UUID) -> None:
    """End a running enrolment"""
    commands.end_enrolment(call.work, by=call.actor, person_id=person_id, enrolment_id=enrolment_id, **body)
