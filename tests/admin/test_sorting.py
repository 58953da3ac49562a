"""Sorted pages: every row once, in order, whatever the order; a cursor holds only for its own."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.admin.conftest import Hire
from tests.support.staff import URL, sign_in_staff

SORTS = ("username", "-username", "created_at", "-created_at")


@pytest.fixture
def headers(client: FlaskClient, hire: Hire) -> dict[str, str]:
    """Headers of a system administrator who has colleagues."""
    for _ in range(6):
        hire("clerk", at="460100")
    return sign_in_staff(client, hire("system_administrator", at="46"))


def listed(client: FlaskClient, headers: dict[str, str], **query: Any) -> Any:
    answer = client.get(f"{URL}/staff", query_string=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json


def paged(client: FlaskClient, headers: dict[str, str], limit: int, **query: Any) -> list[Any]:
    """All rows, page by page."""
    rows: list[Any] = []
    cursor = None
    while True:
        page = listed(client, headers, limit=limit, **query, **({"cursor": cursor} if cursor else {}))
        assert len(page["items"]) <= limit
        rows += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return rows


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_of_any_order_hold_every_row_once(
    client: FlaskClient, headers: dict[str, str], sort: str, limit: int
) -> None:
    whole = listed(client, headers, limit=100)["items"]
    rows = paged(client, headers, limit, sort=sort)
    field = sort.removeprefix("-")
    # rows made at one moment stand in the order of their ids, whose order is the same way round
    expected = sorted(whole, key=lambda one: (one[field], one["staff_id"]), reverse=sort.startswith("-"))
    assert [one["staff_id"] for one in rows] == [one["staff_id"] for one in expected]


def test_a_cursor_of_another_order_is_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    cursor = listed(client, headers, limit=1, sort="username")["next_cursor"]
    for other in ({"sort": "-username"}, {"sort": "created_at"}, {}):
        answer = client.get(f"{URL}/staff", query_string={"cursor": cursor, **other}, headers=headers)
        assert answer.status_code == 422
        assert answer.json and answer.json["errors"][0]["field"] == "cursor"


def test_an_unknown_order_is_refused_in_chinese(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = client.get(f"{URL}/staff", query_string={"sort": "password"}, headers=headers)
    assert answer.status_code == 422
    assert answer.json and answer.json["errors"][0]["field"] == "sort"
