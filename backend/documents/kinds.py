"""The kinds of documents there are, and in which editions."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import TypeAdapter, ValidationError

from backend.documents.content import Content, Statement
from backend.documents.envelope import Envelope, canonical

TEMPLATES = "backend.documents.templates"


class BadContent(Exception):
    """A caller handed over what cannot be drawn; names the places, never the values."""


@dataclass(frozen=True)
class Edition:
    """What a document of this edition says, and the module that draws it."""

    content: type[Content]
    template: str


@dataclass(frozen=True)
class Kind:
    """A kind of document; serial numbers begin with `prefix`."""

    label: str
    prefix: str
    editions: Mapping[int, Edition]

    @property
    def newest(self) -> int:
        """The edition of new documents."""
        return max(self.editions)


KINDS: Mapping[str, Kind] = {
    "statement": Kind("个人权益记录单", "QY", {1: Edition(Statement, f"{TEMPLATES}.statement")}),
}


def label(kind: str) -> str:
    """What people call a kind."""
    return KINDS[kind].label


def read(kind: str, edition: int, content: Mapping[str, Any]) -> Content:
    """The content as the edition's dataclass; raises BadContent, and KeyError for no such kind or edition."""
    try:
        return _schema(kind, edition).validate_json(canonical(content))
    except ValidationError as error:
        places = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise BadContent("; ".join(places)) from None


def draw(envelope: Envelope, qr: str) -> bytes:
    """The PDF of an envelope with the two files that verify it inside; the same bytes every time.

    Fonts and drawing are loaded when the first document is drawn: most processes never draw one.
    """
    template = import_module(KINDS[envelope.kind].editions[envelope.edition].template)
    sheet = template.draw(envelope, read(envelope.kind, envelope.edition, envelope.content), qr)
    sheet.attach("content.json", envelope.canonical())
    sheet.attach("qr.txt", qr.encode())
    drawn: bytes = sheet.finished()
    del sheet
    gc.collect()  # opened typefaces refer to themselves: without this a worker grows to twice its size
    return drawn


@cache
def _schema(kind: str, edition: int) -> TypeAdapter[Content]:
    return TypeAdapter(KINDS[kind].editions[edition].content)
