"""Staff see every parameter of the law: its value today, what is not confirmed, what held before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backend.law.queries import law
from tests.admin.conftest import Hire
from tests.support.staff import URL, sign_in_staff

Read = Callable[[str], TestResponse]


@pytest.fixture
def read(client: FlaskClient, hire: Hire) -> Read:
    headers = sign_in_staff(client, hire("clerk"))
    return lambda path: client.get(URL + path, headers=headers)


def test_all_parameters_with_the_value_of_today(read: Read) -> None:
    items: dict[str, Any] = {one["name"]: one for one in read("/law").json["items"]}
    assert set(items) == set(law().names())
    wage = items["average_wage"]
    assert (wage["label"], wage["unit"]) == ("全省月平均工资", "fen")
    current = wage["current"]
    assert (current["value"], current["text"], current["from"]) == ("818800", "8188.00 元", "2026-01-01")
    assert (current["provisional"], current["confirmed"]) == (True, False)
    assert items["account_interest"]["current"] is None  # 2026 has not been announced


def test_a_table_comes_with_its_entries(read: Read) -> None:
    items = {one["name"]: one for one in read("/law").json["items"]}
    current = items["flexible_pension"]["current"]
    assert current["value"] is None
    assert [(one["entry"], one["value"], one["text"]) for one in current["entries"]] == [
        ("total", "0.2", "20%"),
        ("personal", "0.08", "8%"),
        ("pool", "0.12", "12%"),
    ]
    assert all(one["label"] for one in current["entries"])


def test_the_history_of_a_parameter_with_its_gaps(read: Read) -> None:
    told = read("/law/average_wage").json
    assert [one["from"][:4] for one in told["items"]] == [
        *("2015", "2016", "2017", "2018", "2019", "2023", "2024", "2025", "2026")
    ]
    assert [(gap["from"], gap["until"]) for gap in told["gaps"]] == [("2020-01-01", "2023-01-01")]
    assert all(one["source"] for one in told["items"])


def test_an_unknown_parameter_is_not_found(read: Read) -> None:
    answer = read("/law/no_such")
    assert (answer.status_code, answer.json["code"]) == (404, "unknown_parameter")


def test_it_takes_the_right_to_read_the_law(client: FlaskClient, hire: Hire) -> None:
    assert client.get(f"{URL}/law").status_code == 401
    headers = sign_in_staff(client, hire("system_administrator"))
    for path in ("/law", "/law/average_wage"):
        assert client.get(URL + path, headers=headers).status_code == 403
