"""Examples for the OpenAPI document: what a field says of itself, or else what suits its kind."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

UUID_EXAMPLE = "01a2025f-f9b3-745f-82b6-1d07b5f7837f"
KINDS: tuple[tuple[type[fields.Field[Any]], Any], ...] = (
    (fields.UUID, UUID_EXAMPLE),
    (fields.DateTime, "2026-11-22T02:00:00+00:00"),
    (fields.Date, "2026-11-22"),
    (fields.Boolean, True),
    (fields.Integer, 1),
)


def of_field(field: fields.Field[Any]) -> Any:
    """An example of one field; None where there is none."""
    if "example" in field.metadata:
        return field.metadata["example"]
    if isinstance(field, fields.List):
        return [of_field(field.inner)]
    if isinstance(field, fields.Nested):
        return of_schema(field.schema)
    words = next((list(one.choices) for one in field.validators if isinstance(one, validate.OneOf)), None)
    words = words or field.metadata.get("enum")
    return words[0] if words else next((one for kind, one in KINDS if isinstance(field, kind)), None)


def of_schema(schema: ma.Schema) -> dict[str, Any]:
    """An example with all required fields, and the optional ones that `shown` of the schema names."""
    shown = getattr(schema, "shown", ())
    return {
        field.data_key or name: of_field(field)
        for name, field in schema.fields.items()
        if field.required or name in shown
    }


def of_property(_converter: object, field: fields.Field[Any], ret: dict[str, Any]) -> dict[str, Any]:
    """For apispec: gives every plain property an example."""
    if "example" in ret or isinstance(field, fields.List | fields.Nested | fields.Raw):
        return {}
    example = of_field(field)
    return {} if example is None else {"example": example}
