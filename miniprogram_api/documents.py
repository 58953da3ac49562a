"""Official documents: one's own to keep, anybody's to verify."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Response

from backend.documents import commands, queries
from backend.documents.kinds import KINDS
from backend.documents.queries import DocumentView, Verified
from backend.people import queries as people
from backend.web.access import BOUND, PUBLIC
from backend.web.edge import Blueprint, Call
from backend.web.paging import PageQuery, page, page_of
from backend.web.parsing import Schema, Text
from miniprogram_api.reach import look_at

blp = Blueprint(
    "documents",
    __name__,
    url_prefix="/api/v1",
    description="Official documents as PDF, and their verification",
)
PDF = "application/pdf"


class DocumentAnswer(Schema):
    """A document; the file comes from its own address once the state is `ready`."""

    document_id = ma.fields.UUID(required=True)
    serial = ma.fields.String(required=True, metadata={"example": "QY20261122-000123"})
    kind = ma.fields.String(required=True, metadata={"enum": list(KINDS)})
    kind_label = ma.fields.String(required=True, metadata={"example": "个人权益记录单"})
    state = ma.fields.String(required=True, metadata={"enum": list(queries.STATES), "example": "ready"})
    state_label = ma.fields.String(required=True, metadata={"example": "可下载"})
    requested_at = ma.fields.AwareDateTime(required=True, metadata={"example": "2026-11-22T02:00:00+00:00"})
    made_at = ma.fields.AwareDateTime(
        required=True, allow_none=True, metadata={"example": "2026-11-22T02:00:02+00:00"}
    )
    revoked_at = ma.fields.AwareDateTime(required=True, allow_none=True, metadata={"example": None})


class QrBody(Schema):
    """What the camera read."""

    qr = Text(
        most=1200,
        required=True,
        metadata={
            "description": "The whole text of the QR code, or what follows its #",
            "example": "https://shebao.example.gov.cn/verify#lwHEBG2tRqux",
        },
    )


class VerifiedAnswer(Schema):
    """What a genuine code says, and whether the document still holds."""

    serial = ma.fields.String(required=True, metadata={"example": "QY20261122-000123"})
    kind = ma.fields.String(required=True, metadata={"enum": list(KINDS)})
    kind_label = ma.fields.String(required=True, metadata={"example": "个人权益记录单"})
    holder = ma.fields.String(required=True, metadata={"description": "Masked", "example": "**英"})
    issued_on = ma.fields.Date(required=True)
    state = ma.fields.String(required=True, metadata={"enum": list(queries.VERDICTS)})
    state_label = ma.fields.String(required=True, metadata={"example": "有效"})


@blp.read(
    "/people/<uuid:person_id>/documents",
    access=BOUND,
    query=PageQuery,
    answer=page_of(DocumentAnswer),
)
def listing(call: Call, query: dict[str, Any], person_id: UUID) -> dict[str, Any]:
    """A person's documents, newest first"""
    look_at(call, person_id, "查看电子文件")
    records = people.with_merged(call.work, person_id)
    found = page(call.work, queries.of_person(records), query, *queries.PAGE_BY)
    return {**found, "items": [queries.view(one) for one in found["items"]]}


@blp.read("/documents/<uuid:document_id>", access=BOUND, answer=DocumentAnswer, audited=True)
def document(call: Call, document_id: UUID) -> DocumentView:
    """One document: whether it is ready, and whether it still holds"""
    return _looked_at(call, document_id, "查看电子文件")


@blp.read("/documents/<uuid:document_id>.pdf", access=BOUND, media_type=PDF, audited=True, errors=(409,))
def pdf(call: Call, document_id: UUID) -> Response:
    """The file; the same bytes every time"""
    found = _looked_at(call, document_id, "下载电子文件")
    headers = {"Content-Disposition": f'attachment; filename="{found.serial}.pdf"'}
    return Response(queries.pdf_bytes(call.work, document_id), content_type=PDF, headers=headers)


@blp.write(
    "POST",
    "/documents/verifications",
    access=PUBLIC,
    body=QrBody,
    answer=VerifiedAnswer,
    key="none",
    errors=(429,),
)
def verify(call: Call, body: dict[str, Any]) -> Verified:
    """Whether the document with this QR code is genuine and still holds"""
    return commands.verify(call.work, by=call.actor, qr=body["qr"])


def _looked_at(call: Call, document_id: UUID, what: str) -> DocumentView:
    found = queries.get(call.work, document_id)
    look_at(call, people.resolve(call.work, found.person_id), what)
    return found
