"""Every operation, called by everybody about everything: nobody may more than the permission table says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Map, Rule
from werkzeug.test import TestResponse

from backend.bootstrap import create_app_of
from backend.web.access import PUBLIC, open_to
from tests.system.requests import request
from tests.system.table import Row, operations
from tests.system.world import World

TABLE = operations()
UNSAID = {"HEAD", "OPTIONS"}


def published(routes: Map) -> set[str]:
    """`METHOD /path/{parameter}` of everything that an application answers."""
    return {operation for rule in routes.iter_rules() for operation in published_by(rule)}


def published_by(rule: Rule) -> set[str]:
    return {f"{method} {written(rule)}" for method in (rule.methods or set()) - UNSAID}


def written(rule: Rule) -> str:
    return "".join(f"{{{part}}}" if dynamic else part for dynamic, part in rule._trace).removeprefix("|")


def ask(world: World, role: str, operation: str, thing: str) -> TestResponse:
    """One cell, undone afterwards."""
    with world.undone():
        sent = request(world, role, operation, world.thing(role, thing))
        return world.call(role, operation, thing, **sent)


def outcome(answer: TestResponse) -> str:
    return "ok" if answer.status_code < 400 else str(answer.status_code)


def mistakes(world: World, rows: Iterable[Row]) -> Iterator[str]:
    """Cells that come out otherwise than the table says."""
    for row in rows:
        for role, expected in row.outcomes.items():
            answer = ask(world, role, row.operation, row.thing)
            if outcome(answer) != expected:
                yield f"{row.thing} as {role}: not {expected} but {answer.status} {answer.text[:200]}"


def test_the_table_is_complete(world: World) -> None:
    assert published(world.app.url_map) - TABLE.keys() == set(), "operations without a row"
    assert TABLE.keys() - published(world.app.url_map) == set(), "rows without an operation"


@pytest.mark.parametrize("operation", TABLE)
def test_everybody_may_exactly_what_the_table_says(world: World, operation: str) -> None:
    assert list(mistakes(world, TABLE[operation])) == []


def without_request_id(answer: TestResponse) -> Any:
    return {**answer.json, "request_id": None}


HIDDEN = [
    (row, role)
    for operation, rows in TABLE.items()
    for row in rows
    for role, expected in row.outcomes.items()
    if expected == "404" and row.thing != "file" and "{" in operation
]


@pytest.mark.parametrize("operation", sorted({row.operation for row, _ in HIDDEN}))
def test_what_one_must_not_know_of_looks_like_what_does_not_exist(world: World, operation: str) -> None:
    hidden = [(row, role) for row, role in HIDDEN if row.operation == operation]
    missing = {role: ask(world, role, operation, "unknown") for role in sorted({role for _, role in hidden})}
    for row, role in hidden:
        answer = ask(world, role, operation, row.thing)
        assert without_request_id(answer) == without_request_id(missing[role]), (row.thing, role)
        assert set(answer.headers.keys()) == set(missing[role].headers.keys())


def test_no_other_method_opens_what_get_does_not(world: World) -> None:
    for operation, rows in TABLE.items():
        path = operation.removeprefix("GET ")
        if path != operation and rows[0].outcomes["nobody"] == "401":
            for method in ("HEAD", "OPTIONS"):
                answer = ask(world, "nobody", f"{method} {path}", rows[0].thing)
                assert answer.status_code == 401, (method, path)


def opened_by_mistake(world: World, operation: str) -> Flask:
    """An application of the same house in which one operation forgot to ask who calls."""
    app = create_app_of(world.house)
    rule = next(rule for rule in app.url_map.iter_rules() if operation in published_by(rule))
    view = app.view_functions[rule.endpoint]
    app.view_functions[rule.endpoint] = open_to(PUBLIC)(lambda *args, **kwargs: view(*args, **kwargs))
    return app


@pytest.mark.parametrize("operation", ["GET /api/admin/v1/staff", "POST /api/admin/v1/jobs/{job_id}/retry"])
def test_an_operation_opened_by_mistake_is_noticed(world: World, operation: str) -> None:
    asked = world.app
    world.use(opened_by_mistake(world, operation))
    try:
        assert list(mistakes(world, TABLE[operation]))
    finally:
        world.use(asked)
