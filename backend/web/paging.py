"""Cursor pages: newest first, opaque signed cursors, one query a page."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import marshmallow as ma
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.errors import FieldError, Invalid
from backend.web.parsing import Number, Schema, Text

T = TypeVar("T")


class PageQuery(Schema):
    """Which page is wanted."""

    cursor = Text(most=300, metadata={"description": "`next_cursor` of the page before"})
    limit = Number(least=1, most=100, load_default=20)


def next_cursor() -> ma.fields.String:
    """Part of every page: what to ask for the next one."""
    return ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "null on the last page", "example": "WyIyMDI2LTExLTIyIl0.h2x1Zc0"},
    )


def page_of(item: type[ma.Schema]) -> type[ma.Schema]:
    """The schema of a page of items."""
    return Schema.from_dict(
        {
            "items": ma.fields.List(ma.fields.Nested(item), required=True),
            "next_cursor": next_cursor(),
        },
        name=f"{item.__name__}Page",
    )


def page(
    work: Work,
    statement: Select[T],
    query: dict[str, Any],
    at: InstrumentedAttribute[datetime] | InstrumentedAttribute[date],
    id_: InstrumentedAttribute[UUID],
) -> dict[str, Any]:
    """Runs one page of a statement ordered by (at, id), newest first; raises Invalid for a forged cursor."""
    if "cursor" in query:
        place = _read_cursor(query["cursor"], at.type.python_type)
        statement = statement.where(tuple_(at, id_) < tuple_(*place))
    rows = list(work.session.scalars(statement.order_by(at.desc(), id_.desc()).limit(query["limit"] + 1)))
    items, more = rows[: query["limit"]], len(rows) > query["limit"]
    last = items[-1] if more else None
    return {
        "items": items,
        "next_cursor": _cursor(getattr(last, at.key), getattr(last, id_.key)) if last else None,
    }


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(keyring().derive("cursor"))


def _cursor(at: date, id_: UUID) -> str:
    written = _serializer().dumps([at.isoformat(), str(id_)])
    return written if isinstance(written, str) else written.decode()


def _read_cursor(cursor: str, kind: type[date]) -> tuple[date, UUID]:
    try:
        at, id_ = _serializer().loads(cursor)
        return kind.fromisoformat(at), UUID(id_)
    except (BadSignature, ValueError, TypeError) as error:
        raise Invalid(fields=(FieldError("cursor", "翻页标记无效，请从第一页重新查看"),)) from error
