"""What the published document says of every operation, and that it is true of the application."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import validate

from backend.web.access import SAFE_METHODS, Access
from backend.web.problems import PROBLEM_JSON
from tests.contract.document import JSON, METHODS, Json, Operation, operations, resolved
from tests.contract.problems import flaws
from tests.system.world import World

PREFIXES = ("/api/v1/", "/api/admin/v1/")
VARIABLE, PARAMETER = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>"), r"{\1}"
PLAIN = {"string", "integer", "number", "boolean"}
BOUNDS = {"maxLength", "format", "enum", "pattern"}
WITHOUT_CONTENT = "204"
FILE = {"schema": {"type": "string", "format": "binary"}}


@pytest.fixture
def every(document: Json) -> list[Operation]:
    """All operations."""
    return operations(document)


def complete(complaints: Iterator[str]) -> None:
    found = list(complaints)
    assert not found, "\n".join(found)


def accesses(app: Flask) -> dict[str, Access]:
    """Who may call each operation, as the application decides it."""
    return {
        f"{method} {VARIABLE.sub(PARAMETER, rule.rule)}": vars(app.view_functions[rule.endpoint])["access"]
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PREFIXES)
        for method in (rule.methods or set()) & {name.upper() for name in METHODS}
    }


def expected_security(access: Access, method: str) -> list[Json]:
    if access.who == "public":
        return []
    kind = "staff" if access.who == "staff" else "citizen"
    csrf = {} if method in SAFE_METHODS else {"csrf": []}
    return [{f"{kind}_token": []}, {f"{kind}_cookie": [], **csrf}]


def expected_statuses(operation: Operation, access: Access) -> set[str]:
    found = {"503"}
    if access.who != "public":
        found |= {"401", "403"}
    if "{" in operation.label:
        found |= {"404"}
    if operation.body:
        found |= {"400", "413", "415", "422"}
    if operation.query:
        found |= {"400", "422"}
    return found


def example_of(schema: Json, document: Json) -> Iterator[str]:
    """Complaints about the examples of a schema's properties."""
    for name, one in schema.get("properties", {}).items():
        if one.get("type") not in PLAIN:
            continue
        if "example" not in one:
            yield f"{name} has no example"
        elif not fits(one["example"], one, document):
            yield f"{name}: {one['example']!r} does not fit"


def fits(value: object, schema: Json, document: Json) -> bool:
    return OAS30Validator({**schema, "components": document["components"]}).is_valid(value)


def test_the_document_is_valid_openapi(document: Json) -> None:
    validate(document)


def test_every_route_is_in_the_document(every: list[Operation], world: World) -> None:
    assert {operation.label for operation in every} == set(accesses(world.app))


def test_operations_have_names_words_and_a_known_tag(every: list[Operation], document: Json) -> None:
    tags = {tag["name"]: tag.get("description") for tag in document["tags"]}
    names = Counter(operation.said.get("operationId") for operation in every)
    assert all(tags.values()), "every tag says what it is"
    complete(
        f"{operation.label}: {what}"
        for operation in every
        for what, right in {
            "name": re.fullmatch("[a-z][a-z0-9_]{1,50}", operation.said.get("operationId", "")),
            "unique name": names[operation.said.get("operationId")] == 1,
            "summary": re.fullmatch("[A-Z].{5,150}", operation.said.get("summary", "")),
            "one tag with words": len(operation.said["tags"]) == 1 and tags.get(operation.said["tags"][0]),
        }.items()
        if not right
    )


def test_security_is_what_the_route_asks_for(every: list[Operation], world: World) -> None:
    known = accesses(world.app)
    for operation in every:
        access, method = known[operation.label], operation.label.split()[0]
        assert operation.said["security"] == expected_security(access, method), operation.label
        assert operation.said.get("x-permission") == access.function, operation.label


def test_all_parameters_are_described(every: list[Operation], document: Json) -> None:
    def complaints() -> Iterator[str]:
        for operation in every:
            path = operation.label.split()[1]
            shared = document["paths"][path].get("parameters", ())
            for one in [*operation.said.get("parameters", ()), *shared]:
                text = one["schema"]["type"] == "string" and one["in"] != "path"
                if text and not BOUNDS & set(one["schema"]):
                    yield f"{operation.label}: {one['name']} may be anything"
            named = {one["name"] for one in shared if one["in"] == "path" and one["required"]}
            if named != set(re.findall(r"\{(\w+)\}", path)):
                yield f"{operation.label}: {named}"

    complete(complaints())


def test_bodies_are_closed_bounded_and_shown(every: list[Operation], document: Json) -> None:
    def complaints() -> Iterator[str]:
        for operation in every:
            if operation.body is None:
                continue
            if operation.body.get("additionalProperties") is not False:
                yield f"{operation.label}: takes unknown fields"
            if operation.said["requestBody"]["required"] != bool(operation.body.get("required")):
                yield f"{operation.label}: whether the body may be left out"
            example = operation.said["requestBody"]["content"][JSON].get("example")
            if not example and operation.body.get("required"):
                yield f"{operation.label}: no example"
            elif not fits(example, operation.body, document):
                yield f"{operation.label}: its example does not fit"
            for name, one in operation.body["properties"].items():
                one = one["items"] if one.get("type") == "array" else resolved(document, one)
                if one["type"] == "string" and not BOUNDS & set(one):
                    yield f"{operation.label}: {name} may be of any length"
                if one["type"] == "integer" and not {"minimum", "maximum"} <= set(one):
                    yield f"{operation.label}: {name} has no bounds"

    complete(complaints())


def test_every_property_shows_a_fitting_example(document: Json) -> None:
    complete(
        f"{name}: {complaint}"
        for name, schema in document["components"]["schemas"].items()
        for complaint in example_of(schema, document)
    )


def test_every_answer_has_its_schema(every: list[Operation], document: Json) -> None:
    def complaints() -> Iterator[str]:
        for operation in every:
            for status, answer in operation.said["responses"].items():
                content = resolved(document, answer).get("content", {})
                kind = JSON if status < "400" else PROBLEM_JSON
                if status == WITHOUT_CONTENT or (status == "202" and not content):
                    if content:
                        yield f"{operation.label} {status}: has content"
                elif status < "400" and list(content.values()) == [FILE]:
                    continue
                elif set(content) != {kind} or "$ref" not in content[kind]["schema"]:
                    yield f"{operation.label} {status}: {content}"

    complete(complaints())


def test_every_operation_names_its_problems(every: list[Operation], world: World) -> None:
    known = accesses(world.app)
    complete(
        f"{operation.label}: does not say {missing}"
        for operation in every
        if (
            missing := expected_statuses(operation, known[operation.label]) - set(operation.said["responses"])
        )
    )
    assert all("default" not in operation.said["responses"] for operation in every)


def test_other_methods_are_refused_with_those_that_there_are(world: World, document: Json) -> None:
    def complaints() -> Iterator[str]:
        for path, item in document["paths"].items():
            there = {method.upper() for method in METHODS if method in item}
            for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - there:
                answer = world.client.open(re.sub(r"\{\w+\}", str(UUID(int=0)), path), method=method)
                allowed = set(answer.headers.get("Allow", "").split(", ")) - {"HEAD", "OPTIONS"}
                wrong = flaws(answer.status_code, answer.headers, answer.data)
                if answer.status_code != 405 or allowed != there or wrong:
                    yield f"{method} {path}: {answer.status}, allows {allowed}, {wrong}"

    complete(complaints())
