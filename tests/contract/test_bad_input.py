"""What nobody should send, to every operation: refused in Chinese, without a trace of what was sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from tests.contract.document import JSON, Json, Operation, operations, resolved
from tests.contract.problems import flaws
from tests.contract.valid import Valid, valid
from tests.system.world import World

ID_NUMBER = "460105194308150027"  # of nobody, and of the right form
NOT_JSON = {
    "cut": b'{"a": ',
    "words": b"name=x",
    "single quotes": b"{'a': 1}",
    "trailing comma": b'{"a": 1,}',
    "two values": b"{} {}",
    "comment": b"{} // x",
    "byte order mark": b"\xef\xbb\xbf{}",
    "utf-16": '{"a": "甲"}'.encode("utf-16"),
    "gbk": '{"a": "身份证"}'.encode("gbk"),
    "deep list": b"[" * 100_000,
    "deep closed list": b"[" * 100_000 + b"]" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "null": b"null",
    "number": b"1",
    "long number": b"9" * 5000,
    "text": b'"text"',
    "true": b"true",
    "nan": b"NaN",
    "list": b"[]",
    "list of objects": b"[{}]",
}
TYPES = (
    *("text/plain", "application/x-www-form-urlencoded", "application/xml"),
    *("multipart/form-data; boundary=x", "application/jsonp", "json"),
)
WRONG: dict[str, str] = {
    "true": "true",
    "zero": "0",
    "fraction": "1.5",
    "huge fraction": "1e999",
    "nan": "NaN",
    "infinity": "Infinity",
    "minus infinity": "-Infinity",
    "long number": "9" * 5000,
    "64 bit": str(2**63),
    "list": "[]",
    "nested list": "[[[]]]",
    "object": "{}",
    "object with value": '{"value": 1}',
    "nul": '"a\\u0000b"',
    "only nul": '"\\u0000"',
    "control": '"a\\u0007b"',
    "line break": '"a\\nb"',
    "high surrogate": '"\\ud800"',
    "low surrogate": '"a\\udc00"',
    "swapped surrogates": '"\\udc00\\ud800"',
    "very long": '"' + "长" * 20_000 + '"',
    "blanks": '"   "',
}
DATES = (
    *("0001-01-01", "9999-12-31", "1899-12-31", "2101-01-01", "2026-02-30", "2026-13-01", "0000-00-00"),
    *("2026-W01-1", "20260101", "2026-1-1", "2026-01-01T00:00:00", "٢٠٢٦-٠١-٠١", "-2026-01-01"),
)
QUERIES = {
    "nul": "%00",
    "nul inside": "a%00b",
    "control": "%07",
    "lone surrogate": "%ED%A0%80",
    "not utf-8": "%FF",
    "huge": "9" * 100_000,
    "line break": "a%0Ab",
}
BYTES = {
    "latin": "\xff\xfe",
    "nul": "a\x00b",
    "escape": "\x1b[2J",
    "long": "x" * 10_000,
    "utf-8": "身份".encode().decode("latin-1"),
}
HEADERS = (
    *("Authorization", "Cookie", "Idempotency-Key", "X-Device-Id", "X-CSRF-Token", "X-Request-Id"),
    *("User-Agent", "Accept", "Accept-Encoding", "Accept-Language", "If-None-Match", "Range", "Origin"),
    *("X-Forwarded-For", "X-Forwarded-Host", "X-HTTP-Method-Override", "Content-Encoding", "Expect"),
)

THOROUGHLY = {
    *("POST /api/v1/sign-in/phone/codes", "GET /api/v1/me", "POST /api/v1/family"),
    *("POST /api/admin/v1/session", "GET /api/admin/v1/sessions", "DELETE /api/v1/sessions/{session_id}"),
}


def bodies(operation: Operation, given: Json) -> Iterator[tuple[str, bytes]]:
    """Bodies that are not what the schema says, each named."""
    assert operation.body is not None
    needed = operation.body.get("required", ())
    yield from NOT_JSON.items()
    if needed:
        yield "nothing", b""
    yield "unknown field", written({**given, "zhang": ID_NUMBER})
    yield "a number as a name", written({**given, ID_NUMBER: "x"})
    yield "many unknown fields", written({**given, **{f"f{number}": 1 for number in range(2000)}})
    yield "too large", written({**given, "zhang": "x" * 2_000_000})
    first = next(iter(given), None)
    if first:
        yield "repeated key", written(given)[:-1] + b", " + written({first: given[first]})[1:]
    for name, schema in operation.body["properties"].items():
        for what, value in wrong_values(operation, schema):
            yield f"{name}: {what}", written({**given, name: 0}, **{name: value})
        if name in needed:
            yield f"without {name}", written({key: value for key, value in given.items() if key != name})


def wrong_values(operation: Operation, schema: Json) -> Iterator[tuple[str, str]]:
    """Values, as JSON, that a field of a schema must not take."""
    schema = resolved(operation.document, schema)
    kind = schema["type"]
    fits = {
        "true": kind == "boolean",
        "zero": kind == "integer" and schema["minimum"] <= 0,
        "blanks": schema.get("minLength") == 0 or schema.get("format") == "password",
    }
    yield from ((what, value) for what, value in WRONG.items() if not fits.get(what))
    if not schema.get("nullable"):
        yield "null", "null"
    if kind != "string":
        yield "text", '"text"'
        yield "a value as text", '"1"'
    if kind == "integer":
        yield "beyond", str(schema["maximum"] + 1)
        yield "a whole fraction", "1.0"
    if kind == "array":
        yield "list of numbers", "[1]"
        yield "list of nothing", "[null]"
    if schema.get("format") == "date" or "-(0" in schema.get("pattern", ""):
        yield from ((date, json.dumps(date)) for date in DATES)
    if schema.get("format") == "uuid":
        yield "no uuid", '"00000000-0000-0000-0000-00000000000g"'


def written(body: Json, **raw: str) -> bytes:
    """JSON of a body in which `raw` values stand as they are."""
    parts = [f"{json.dumps(key)}: {raw.get(key) or json.dumps(value)}" for key, value in body.items()]
    return f"{{{', '.join(parts)}}}".encode()


def personal(operation: Operation, body: Any) -> set[str]:
    """The texts of a body that may be about somebody: all but the words that its schema itself names."""
    properties = operation.body["properties"] if operation.body else {}
    words = {*properties, *(word for one in properties.values() for word in one.get("enum", ()))}
    return {value for value in body.values() if isinstance(value, str) and len(value) > 1} - words


def ask(world: World, label: str, given: Valid, **sent: Any) -> TestResponse:
    """One request. What is refused changes nothing, so that nothing must be undone."""
    headers = {**given.headers, **sent.pop("headers", {})}
    return world.call(given.role, label, given.thing, headers=headers, **sent)


def refusal(answer: TestResponse, statuses: set[int], secrets: Iterable[str] = ()) -> list[str]:
    """What is wrong with an answer that should be a refusal, for the input and nothing else."""
    found = flaws(answer.status_code, answer.headers, answer.data, secrets=secrets)
    if answer.status_code not in statuses:
        found.append(f"{answer.status} {answer.text[:300]}")
    return found


def complaints(world: World, operation: Operation, given: Valid) -> Iterator[str]:
    """What is wrong with the answers to bad bodies."""
    secrets = {*personal(operation, given.body), ID_NUMBER}
    for what, raw in bodies(operation, given.body):
        answer = ask(world, operation.label, given, data=raw, content_type=JSON)
        for flaw in refusal(answer, {400, 413, 422}, secrets):
            yield f"{what}: {flaw}"
    for kind in TYPES:
        answer = ask(world, operation.label, given, data=written(given.body), content_type=kind)
        for flaw in refusal(answer, {415}, secrets):
            yield f"{kind}: {flaw}"


def test_bad_bodies(world: World, document: Json) -> None:
    found = [
        f"{operation.label}: {complaint}"
        for operation in operations(document)
        if operation.body
        for complaint in complaints(world, operation, valid(world, operation.label))
    ]
    assert not found, "\n".join(found)


def test_bodies_that_nobody_asked_for(world: World, document: Json) -> None:
    """Refused where no body is read, with an idempotency key too."""
    found = []
    for operation in operations(document):
        if operation.body or operation.label.startswith("GET "):
            continue
        given = valid(world, operation.label)
        for what, raw in {**NOT_JSON, "too large": b"x" * 2_000_000}.items():
            headers = {"Idempotency-Key": "unasked-for-body"}
            answer = ask(world, operation.label, given, data=raw, content_type=JSON, headers=headers)
            wrong = refusal(answer, {400, 413, 422})
            found += [f"{operation.label} {what}: {flaw}" for flaw in wrong]
    assert not found, "\n".join(found)


def test_bad_queries(world: World, document: Json) -> None:
    found = []
    for operation in operations(document):
        given = valid(world, operation.label)
        for name in operation.query:
            rest = "".join(f"{key}={quote(value)}&" for key, value in given.query.items() if key != name)
            for what, raw in {**QUERIES, "twice": f"1&{name}=1"}.items():
                answer = ask(world, operation.label, given, query_string=f"{rest}{name}={raw}")
                wrong = refusal(answer, {400, 422})
                found += [f"{operation.label} {name} {what}: {flaw}" for flaw in wrong]
    assert not found, "\n".join(found)


def test_odd_headers(world: World, document: Json) -> None:
    """Each by itself for a few operations of every kind, and all together for every operation."""
    found = []
    for operation in operations(document):
        few = operation.label in THOROUGHLY
        for names in ((name,) for name in HEADERS) if few else (HEADERS,):
            for what, value in BYTES.items():
                answer = _with_headers(world, operation, dict.fromkeys(names, value))
                if answer.status_code >= 500:
                    found.append(f"{operation.label} {names} {what}: {answer.status} {answer.text}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("value", BYTES.values(), ids=BYTES)
@pytest.mark.parametrize(
    ("label", "name", "status"),
    [
        ("GET /api/v1/me", "Authorization", 401),
        ("POST /api/v1/family", "Idempotency-Key", 422),
        ("POST /api/v1/sign-in/phone/codes", "X-Device-Id", 422),
    ],
)
def test_headers_that_matter(
    world: World, document: Json, label: str, name: str, status: int, value: str
) -> None:
    operation = next(one for one in operations(document) if one.label == label)
    answer = _with_headers(world, operation, {name: value})
    assert refusal(answer, {status}, [value]) == []


def _with_headers(world: World, operation: Operation, headers: dict[str, str]) -> TestResponse:
    given = valid(world, operation.label)
    body = {} if given.body is None else {"json": given.body}
    raw = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    with world.undone():
        return ask(world, operation.label, given, environ_overrides=raw, query_string=given.query, **body)
