"""The published OpenAPI document, operation by operation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Flask

METHODS = ("get", "post", "put", "patch", "delete")
JSON = "application/json"
Json = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One operation; `label` is `METHOD /path/{parameter}`."""

    label: str
    said: Json
    document: Json

    @cached_property
    def body(self) -> Json | None:
        """The schema of what it reads, or None."""
        content = self.said.get("requestBody", {}).get("content", {})
        return resolved(self.document, content[JSON]["schema"]) if JSON in content else None

    @property
    def query(self) -> list[str]:
        """The names of its query parameters."""
        return [one["name"] for one in self.said.get("parameters", ()) if one["in"] == "query"]


def read(app: Flask) -> Json:
    """The document as the application publishes it."""
    answer = app.test_client().get("/api/openapi.json")
    assert answer.status_code == 200
    found: Json = answer.json
    return found


def operations(document: Json) -> list[Operation]:
    """All operations of a document."""
    return [
        Operation(f"{method.upper()} {path}", item[method], document)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def resolved(document: Json, schema: Json) -> Json:
    """A schema, or the component that it refers to."""
    if "$ref" not in schema:
        return schema
    found = document
    for name in schema["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found
