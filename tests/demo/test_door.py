"""The demo's door: open to everybody in the demo, and not there at all anywhere else."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from backend.bootstrap import assemble, create_app_of
from backend.demo import offices
from backend.kernel.clock import FixedClock
from backend.kernel.db import BoundDatabase
from backend.kernel.settings import Settings
from backend.staff.passwords import Passwords
from backend.web.house import House
from tests.conftest import KEYRING

PATHS = (
    "/api/demo/people",
    "/api/demo/staff",
    "/api/demo/staff/clerk.province/code",
    "/api/demo/phones/15408980001/code",
    "/api/demo/phones/15408980001/login-code",
    "/api/demo/authority.pem",
)


@pytest.fixture
def demo_house(settings: Settings, clock: FixedClock, database: BoundDatabase, house: House) -> House:
    demo = settings.model_copy(update={"environment": "demo"})
    return assemble(demo, KEYRING, clock, database, house.redis)


@pytest.fixture
def demo_client(demo_house: House) -> FlaskClient:
    return create_app_of(demo_house).test_client(use_cookies=False)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "elsewhere",
    [
        {"environment": "test"},
        {"environment": "production"},
        {"environment": "demo", "wechat_api_url": "https://api.weixin.qq.com"},
        {"environment": "demo", "sms_api_url": "https://sms.tencentcloudapi.com"},
    ],
)
def test_it_is_not_there_where_real_people_are(house: House, elsewhere: dict[str, str], path: str) -> None:
    there = assemble(
        house.settings.model_copy(update=elsewhere), KEYRING, house.clock, house.database, house.redis
    )
    assert create_app_of(there).test_client().get(path).status_code == 404


def test_it_tells_whom_to_sign_in_as(demo_client: FlaskClient) -> None:
    said = demo_client.get("/api/demo/people").json
    assert said and [one["phone"] for one in said["people"]][:2] == ["15408980001", "15408980002"]
    assert all(one["name"] and one["story"] and one["id_number"] for one in said["people"])


def test_the_dynamic_code_of_a_member_is_the_one_of_their_secret(
    demo_client: FlaskClient, demo_house: House
) -> None:
    with demo_house.database.work() as work:
        offices.open_bureau(work, demo_house.ports.get(Passwords))
    said = demo_client.get("/api/demo/staff").json
    assert said and len(said["staff"]) == 9
    for member in said["staff"]:
        answer = demo_client.get(f"/api/demo/staff/{member['username']}/code").json
        assert answer and re.fullmatch(r"[0-9]{6}", answer["code"])


@pytest.mark.parametrize("path", ["/api/demo/staff/somebody.else/code", "/api/demo/phones/13800138000/code"])
def test_nobody_else_has_codes(demo_client: FlaskClient, path: str) -> None:
    assert demo_client.get(path).status_code == 404
