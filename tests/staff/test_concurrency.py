"""Attempts that come at once are judged one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from backend.bootstrap import create_app_of
from backend.kernel.errors import Conflict
from backend.staff import rules
from backend.staff.commands import roles as role_commands
from backend.staff.functions import ADMINISTRATORS
from backend.web.house import House
from tests.support.people import make_agency
from tests.support.staff import SYSTEM, Member, make_staff, try_sign_in

AT_ONCE = 20


@pytest.fixture
def real_app(real_house: House) -> Flask:
    return create_app_of(real_house)


@pytest.fixture
def member(real_house: House) -> Member:
    with real_house.database.work() as work:
        return make_staff(work)


def at_once(attempt: Callable[[int], TestResponse]) -> Counter[int]:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return Counter(answer.status_code for answer in threads.map(attempt, range(AT_ONCE)))


def reasons(house: House) -> Counter[str]:
    with house.database.reading() as work:
        rows = work.session.scalars(text("SELECT action FROM audit_event"))
        return Counter(rows)


@pytest.mark.parametrize("known", [True, False], ids=["known name", "unknown name"])
def test_parallel_guesses_stay_within_the_bound(
    real_app: Flask, real_house: House, member: Member, known: bool
) -> None:
    given = {} if known else {"username": "nobody.here"}
    answers = at_once(
        lambda number: try_sign_in(
            real_app.test_client(),
            member,
            address=f"10.0.0.{number}",
            password=f"Wrong-Anchor-{number}",
            **given,
        )
    )
    assert answers == {401: rules.FREE_FAILURES, 429: AT_ONCE - rules.FREE_FAILURES}
    assert reasons(real_house)["staff.sign_in_refused"] == AT_ONCE


def test_one_code_opens_one_session(real_app: Flask, member: Member) -> None:
    answers = at_once(lambda number: try_sign_in(real_app.test_client(), member, address=f"10.0.0.{number}"))
    assert answers[201] == 1


def test_of_roles_that_exclude_each_other_one_is_given(real_house: House, member: Member) -> None:
    with real_house.database.work() as work:
        role_commands.seed(work, by=SYSTEM)
        agency_id = make_agency(work, "46")

    def give(role: str) -> str:
        change = role_commands.RoleChange(member.staff_id, role, agency_id, "grant")
        try:
            with real_house.database.work() as work:
                role_commands.set_role(work, by=SYSTEM, change=change)
        except Conflict as error:
            return error.code
        return "given"

    wanted = [role.code for role in ADMINISTRATORS] * 4
    with ThreadPoolExecutor(len(wanted)) as threads:
        outcomes = Counter(threads.map(give, wanted))
    assert outcomes == {"given": 1, "already_granted": 3, "roles_exclude": 8}
