"""Cursor pages: newest first or sorted as asked, opaque signed cursors, one query a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import marshmallow as ma
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import ColumnElement, Select, UnaryExpression, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.errors import FieldError, Invalid
from backend.web.parsing import Choice, Number, Schema, Text

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


def sorted_by(*names: str) -> ma.fields.String:
    """Part of a query: by which of these fields to sort, with a minus for descending."""
    return Choice(
        *names,
        *(f"-{name}" for name in names),
        metadata={
            "description": "With a minus descending; without it newest first",
            "example": f"-{names[0]}",
        },
    )


@dataclass(frozen=True)
class Leading:
    """What comes before everything else: as the database tells it, never null, and as one row tells it."""

    holds: ColumnElement[bool]
    of: Callable[[Any], bool]


def page(
    work: Work,
    statement: Select[T],
    query: dict[str, Any],
    at: InstrumentedAttribute[datetime] | InstrumentedAttribute[date],
    id_: InstrumentedAttribute[UUID],
    sorts: Mapping[str, InstrumentedAttribute[Any]] | None = None,
    *,
    first: Leading | None = None,
) -> dict[str, Any]:
    """Runs one page of a statement, newest first by (at, id), or as `query["sort"]` says by one of `sorts`.

    Sorted columns hold no nulls. Lists that cannot be sorted may have some rows `first`, the newest of them
    leading. Raises Invalid for a cursor that is forged or of another order.
    """
    order = _Order.wanted(query.get("sort"), at, sorts or {}, first)
    if "cursor" in query:
        statement = statement.where(order.beyond(id_, _read_cursor(query["cursor"], order)))
    rows = list(work.session.scalars(statement.order_by(*order.by(id_)).limit(query["limit"] + 1)))
    items, more = rows[: query["limit"]], len(rows) > query["limit"]
    last = items[-1] if more else None
    return {
        "items": items,
        "next_cursor": _cursor(order, last, id_) if last else None,
    }


@dataclass(frozen=True)
class _Order:
    """One column, one direction, and ids in the same direction where values are equal."""

    said: str
    column: InstrumentedAttribute[Any]
    ascending: bool
    first: Leading | None = None

    @classmethod
    def wanted(
        cls,
        sort: str | None,
        at: InstrumentedAttribute[Any],
        sorts: Mapping[str, InstrumentedAttribute[Any]],
        first: Leading | None,
    ) -> _Order:
        if sort is None:
            return cls("", at, ascending=False, first=first)
        return cls(sort, sorts[sort.removeprefix("-")], ascending=not sort.startswith("-"))

    def keys(self, id_: InstrumentedAttribute[UUID]) -> tuple[ColumnElement[Any], ...]:
        leading = (self.first.holds,) if self.first else ()
        return (*leading, self.column, id_)

    def by(self, id_: InstrumentedAttribute[UUID]) -> list[UnaryExpression[Any]]:
        return [key.asc() if self.ascending else key.desc() for key in self.keys(id_)]

    def beyond(self, id_: InstrumentedAttribute[UUID], place: tuple[Any, ...]) -> ColumnElement[bool]:
        here = tuple_(*self.keys(id_))
        return here > tuple_(*place) if self.ascending else here < tuple_(*place)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(keyring().derive("cursor"))


def _cursor(order: _Order, last: Any, id_: InstrumentedAttribute[UUID]) -> str:
    value = getattr(last, order.column.key)
    told = value.isoformat() if isinstance(value, date) else value
    leading = [order.first.of(last)] if order.first else []
    written = _serializer().dumps([order.said, told, str(getattr(last, id_.key)), *leading])
    return written if isinstance(written, str) else written.decode()


def _read_cursor(cursor: str, order: _Order) -> tuple[Any, ...]:
    try:
        said, told, id_, *leading = _serializer().loads(cursor)
        if said != order.said or len(leading) != (order.first is not None):
            raise ValueError(said)
        kind = order.column.type.python_type
        return *leading, (kind.fromisoformat(told) if issubclass(kind, date) else kind(told)), UUID(id_)
    except (BadSignature, ValueError, TypeError) as error:
        raise Invalid(fields=(FieldError("cursor", "翻页标记无效，请从第一页重新查看"),)) from error
