"""Strict reading of requests: unknown fields, NaN, NUL and lone surrogates are refused, in Chinese."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any, ClassVar
from urllib.parse import unquote_to_bytes

import marshmallow as ma
from flask import Request
from marshmallow import validate
from webargs import missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from backend.kernel.text import all_clean, is_clean

EARLIEST = date(1900, 1, 1)
LATEST = date(2100, 12, 31)
ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
"""No control characters: what the document says of texts."""
MONTH = "^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$"

ma.fields.Field.default_error_messages |= {
    "required": "此项必填",
    "null": "此项不能为空",
    "validator_failed": "此项内容不正确",
}
ma.fields.String.default_error_messages |= {"invalid": "应为文字", "invalid_utf8": "文字编码有误"}
ma.fields.Integer.default_error_messages |= {"invalid": "应为整数", "too_large": "数值过大"}
ma.fields.Boolean.default_error_messages |= {"invalid": "应为“是”或“否”"}
ma.fields.List.default_error_messages |= {"invalid": "应为列表"}
ma.fields.Nested.default_error_messages |= {"type": "应为一组内容"}
ma.fields.UUID.default_error_messages |= {"invalid_uuid": "编号格式不正确"}
ma.fields.Date.default_error_messages |= {"invalid": "日期格式应为 2026-01-31"}


class Schema(ma.Schema):
    """Base of all request and answer schemas: fields that are not declared are refused.

    `shown` names the optional fields that the document's example shows.
    """

    shown: ClassVar[tuple[str, ...]] = ()

    error_messages = {"unknown": "不支持的内容", "type": "应为一组内容", "invalid": "应为一组内容"}

    class Meta:
        unknown = ma.RAISE


class StrictParser(FlaskParser):
    """Reads JSON strictly and refuses unknown query parameters too."""

    DEFAULT_UNKNOWN_BY_LOCATION = {
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": ma.RAISE,
        "json": ma.RAISE,
    }

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        try:
            unquote_to_bytes(req.query_string).decode("utf-8")
        except ValueError as error:
            raise BadRequest from error
        repeated = [name for name, values in req.args.lists() if len(values) > 1]
        if repeated:
            raise ma.ValidationError({name: ["只能填写一次"] for name in repeated})
        return super().load_querystring(req, schema)

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        raw = req.get_data(cache=True)
        if not raw:
            return missing
        if not req.is_json:
            raise UnsupportedMediaType
        return strict_json(raw)


def strict_json(raw: bytes) -> Any:
    """Parses JSON; raises BadRequest for anything that is not clean, finite, well-formed and shallow."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_no_repeats)
    except (ValueError, RecursionError) as error:
        raise BadRequest from error
    if not all_clean(value):
        raise BadRequest
    return value


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("repeated key")
    return found


def one_line(text: str) -> None:
    """For validation: neither control characters nor line breaks."""
    if not is_clean(text) or any(char in text for char in "\r\n\t"):
        raise ma.ValidationError("含有不支持的字符")


class Text(ma.fields.String):
    """A single-line text of bounded length, trimmed, without control characters."""

    def __init__(self, *, most: int, least: int = 1, pattern: str | None = None, **kwargs: Any) -> None:
        checks: list[Any] = [validate.Length(least, most, error=_length_message(least, most))]
        if pattern:
            checks.append(validate.Regexp(re.compile(rf"\A(?:{pattern})\Z"), error="格式不正确"))
        told = {"pattern": f"^(?:{pattern})$" if pattern else ONE_LINE, **kwargs.pop("metadata", {})}
        super().__init__(validate=[*checks, *kwargs.pop("validate", [])], metadata=told, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        one_line(text)
        return text.strip()


class Choice(ma.fields.String):
    """One of a few words."""

    def __init__(self, *words: str, **kwargs: Any) -> None:
        super().__init__(validate=validate.OneOf(words, error="不在可选范围内"), **kwargs)


class Number(ma.fields.Integer):
    """A whole number within bounds; never a boolean, never a decimal."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        message = f"应在 {least} 到 {most} 之间"
        super().__init__(strict=True, validate=validate.Range(least, most, error=message), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        typed = isinstance(data, dict)  # JSON has numbers; a query has only texts
        if isinstance(value, bool) or (
            isinstance(value, str) and (typed or not re.fullmatch("-?[0-9]{1,18}", value))
        ):
            raise self.make_error("invalid", input=value)
        number = int(value) if isinstance(value, str) else value
        return super()._deserialize(number, attr, data, **kwargs)


class Flag(ma.fields.Boolean):
    """True or false, and nothing that merely looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Day(ma.fields.Date):
    """A date between 1900 and 2100."""

    def __init__(self, **kwargs: Any) -> None:
        message = "日期应在 1900 年到 2100 年之间"
        super().__init__(format="iso", validate=validate.Range(EARLIEST, LATEST, error=message), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise self.make_error("invalid", input=value, obj_type="date")  # ISO 8601 has week dates too
        return super()._deserialize(value, attr, data, **kwargs)


class Month(ma.fields.String):
    """A month, `2026-01`; in Python the first day of it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {"pattern": MONTH, "example": "2026-01", **self.metadata}

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else value.strftime("%Y-%m")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not re.fullmatch(MONTH, text) or not EARLIEST.year <= int(text[:4]) <= LATEST.year:
            raise ma.ValidationError("月份格式应为 2026-01，且在 1900 年到 2100 年之间")
        return date(int(text[:4]), int(text[5:]), 1)


def _length_message(least: int, most: int) -> str:
    return f"应为 {least} 个字符" if least == most else f"应为 {least} 到 {most} 个字符"
