"""A task is one person's at a time, and shows only where one may do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from backend.kernel.clock import FixedClock
from backend.kernel.ids import new_id
from backend.web.house import House
from backend.worklist import commands, kinds
from backend.worklist.kinds import TaskKind
from tests.admin.conftest import Hire
from tests.support.staff import SYSTEM, URL, sign_in_staff

KIND = TaskKind("probe", "核对资料", "tasks.work")


@pytest.fixture(autouse=True)
def known_kind() -> Iterator[None]:
    kinds.register(KIND)
    yield
    kinds._kinds.pop(KIND.name)


@pytest.fixture
def open_task(house: House, agency: Callable[[str], UUID]) -> Callable[[str], UUID]:
    def make(code: str) -> UUID:
        with house.database.work() as work:
            due = work.clock.now() + timedelta(days=1)
            return commands.open_task(
                work, by=SYSTEM, kind=KIND.name, agency_id=agency(code), object_id=new_id(), due_at=due
            )

    return make


def test_a_clerk_sees_only_their_subtree(
    client: FlaskClient, hire: Hire, open_task: Callable[[str], UUID]
) -> None:
    mine, other = open_task("460100"), open_task("460200")
    headers = sign_in_staff(client, hire("clerk", at="460100"))
    listed = client.get(f"{URL}/tasks", headers=headers).json["items"]
    assert [one["task_id"] for one in listed] == [str(mine)]
    refused = client.post(f"{URL}/tasks/{other}/claim", json={"version": 1}, headers=headers)
    assert refused.status_code == 404
    auditor = sign_in_staff(client, hire("audit_administrator"))
    assert client.get(f"{URL}/tasks", headers=auditor).json["items"] == []


def test_of_two_clerks_one_gets_it(client: FlaskClient, hire: Hire, open_task: Callable[[str], UUID]) -> None:
    task = open_task("46")
    first, second = (sign_in_staff(client, hire("clerk", name=name)) for name in ("林一", "黄二"))
    taken = client.post(f"{URL}/tasks/{task}/claim", json={"version": 1}, headers=first)
    assert (taken.status_code, taken.json["state"], taken.json["holder_name"]) == (200, "leased", "林一")
    late = client.post(f"{URL}/tasks/{task}/claim", json={"version": 1}, headers=second)
    assert (late.status_code, late.json["code"]) == (409, "task_taken")
    assert client.post(f"{URL}/tasks/{task}/finish", json={}, headers=second).status_code == 409
    done = client.post(f"{URL}/tasks/{task}/finish", json={"outcome": "资料一致"}, headers=first)
    assert (done.json["state"], done.json["outcome"]) == ("done", "资料一致")
    assert client.get(f"{URL}/tasks", headers=second).json["items"] == []


def test_a_released_or_forgotten_task_is_free_again(
    client: FlaskClient, clock: FixedClock, hire: Hire, open_task: Callable[[str], UUID]
) -> None:
    task = open_task("46")
    first, second = (sign_in_staff(client, hire("clerk")) for _ in range(2))
    client.post(f"{URL}/tasks/{task}/claim", json={"version": 1}, headers=first)
    freed = client.post(f"{URL}/tasks/{task}/release", headers=first).json
    assert (freed["state"], freed["holder_id"]) == ("open", None)
    again = client.post(f"{URL}/tasks/{task}/claim", json={"version": freed["version"]}, headers=second)
    assert again.status_code == 200
    clock.advance(timedelta(minutes=29))
    assert client.get(f"{URL}/me", headers=first).status_code == 200
    clock.advance(timedelta(minutes=2))
    listed = client.get(f"{URL}/tasks", headers=first).json["items"][0]
    assert (listed["state"], listed["holder_name"]) == ("open", None)
