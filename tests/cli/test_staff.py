"""The first three administrators are made once, out of nothing, and can sign in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pyotp
import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from backend.bootstrap import create_app_of
from backend.web.house import House
from tests.support.staff import URL, Member, make_staff, try_sign_in

Run = Callable[..., Result]


def run_in(app: Flask, *arguments: str) -> Result:
    with app.app_context():
        return app.test_cli_runner().invoke(args=["staff", *arguments])


@pytest.fixture
def staff(app: Flask) -> Run:
    return partial(run_in, app)


def test_three_administrators_sign_in(client: FlaskClient, staff: Run) -> None:
    made = staff("bootstrap", "--json")
    assert made.exit_code == 0, made.output
    found = json.loads(made.output)["administrators"]
    assert [one["role"] for one in found] == [
        "system_administrator",
        "security_administrator",
        "audit_administrator",
    ]
    for one in found:
        secret = pyotp.parse_uri(one["otpauth_uri"]).secret
        member = Member(None, one["username"], one["one_time_password"], secret)
        answer = try_sign_in(client, member)
        assert answer.status_code == 201, answer.json
        headers = {"Authorization": f"Bearer {answer.json['token']}"}
        me = client.get(f"{URL}/me", headers=headers).json
        assert [grant["role"] for grant in me["grants"]] == [one["role"]]
        assert me["agency_name"] == "海南省社会保险服务中心"


def test_the_lines_for_people_hold_the_secrets(staff: Run) -> None:
    made = staff("bootstrap")
    assert made.output.count("一次性密码") == 3
    assert made.output.count("otpauth://totp/") == 3


def test_only_where_there_is_nobody(house: House, staff: Run) -> None:
    assert staff("bootstrap").exit_code == 0
    again = staff("bootstrap")
    assert again.exit_code == 1
    assert "已有工作人员" in again.output
    with house.database.reading() as work:
        assert work.session.scalar(text("SELECT count(*) FROM staff")) == 3


def test_an_existing_root_agency_is_taken(house: House, staff: Run) -> None:
    with house.database.work() as work:
        work.session.execute(
            text("INSERT INTO agency (id, code, name, path) VALUES (gen_random_uuid(), '46', '省中心', '46')")
        )
    assert staff("bootstrap", "--json").exit_code == 0
    with house.database.reading() as work:
        assert work.session.scalars(text("SELECT name FROM agency")).all() == ["省中心"]


def test_roles_follow_the_catalogue_and_keep_their_grants(house: House, staff: Run) -> None:
    assert staff("bootstrap").exit_code == 0
    with house.database.work() as work:
        work.session.execute(text("UPDATE role SET functions = '{}' WHERE code = 'audit_administrator'"))
    assert staff("roles").exit_code == 0
    with house.database.reading() as work:
        rows = work.session.execute(
            text("SELECT functions, version FROM role WHERE code = 'audit_administrator'")
        )
        assert [tuple(row) for row in rows] == [(["audit.read", "audit.export"], 2)]
        assert work.session.scalar(text("SELECT count(*) FROM role_grant WHERE ended_at IS NULL")) == 3


def test_the_demo_tells_codes_that_work(client: FlaskClient, house: House, staff: Run) -> None:
    with house.database.work() as work:
        member = make_staff(work)
    for _ in range(2):
        told = staff("totp", member.username)
        assert told.exit_code == 0
        assert try_sign_in(client, member, totp=told.output.strip()).status_code == 201
    spent = staff("totp", member.username)
    assert (spent.exit_code, "30 seconds" in spent.output) == (1, True)
    assert staff("totp", "nobody.here").exit_code == 1


def test_production_tells_no_codes(house: House) -> None:
    with house.database.work() as work:
        member = make_staff(work)
    settings = house.settings.model_copy(update={"environment": "production"})
    refused = run_in(create_app_of(replace(house, settings=settings)), "totp", member.username)
    assert refused.exit_code == 1
    assert "refused in production" in refused.output
    assert not any(char.isdigit() for char in refused.output)
