"""Every code that a clerk may see has a Chinese name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from flask.testing import FlaskClient

from backend.admin.jobs import KINDS
from backend.audit.words import ACTIONS, OBJECTS
from backend.family.rules import State
from backend.web.house import House
from tests.admin.conftest import Hire
from tests.support.staff import URL, sign_in_staff

ROOT = Path(__file__).resolve().parents[2]
COMPUTED = {"approval.approved", "approval.rejected"} | {
    f"delegation.{state}" for state in (State.REFUSED, State.ENDED, State.EXPIRED)
}
"""Actions whose verb is a state."""


def records() -> Iterator[ast.Call]:
    """Every call that writes into the trail."""
    for folder in ("backend", "miniprogram_api"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                name = getattr(getattr(node, "func", None), "id", "").lstrip("_")
                if isinstance(node, ast.Call) and name == "record":
                    yield node


def test_every_action_in_the_code_has_a_name() -> None:
    said = {
        one.value
        for call in records()
        for one in call.args
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and "." in one.value
    }
    assert len(said) > 50
    assert sorted((said | COMPUTED) - set(ACTIONS)) == []


def test_every_kind_of_object_has_a_name() -> None:
    said = {
        keyword.value.value
        for call in records()
        for keyword in call.keywords
        if keyword.arg == "object_kind" and isinstance(keyword.value, ast.Constant)
    }
    assert said - set(OBJECTS) == set()


def test_every_job_has_a_name(house: House) -> None:
    assert set(house.registry.handlers) - set(KINDS) == set()


def test_the_trail_is_read_in_chinese(client: FlaskClient, hire: Hire) -> None:
    headers = sign_in_staff(client, hire("audit_administrator", at="46"))
    events = client.get(f"{URL}/audit/events", headers=headers)
    told = {(one["action_name"], one["actor_kind_name"]) for one in events.json["items"]}
    assert ("开通工作人员账号", "系统") in told
    assert ("更改密码", "工作人员") in told
