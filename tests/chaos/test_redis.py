"""Redis loses everything, or goes away: people sign in again or wait, and nothing acknowledged is lost."""

from __future__ import annotations

import time

import pytest
import requests
from sqlalchemy import select

from backend.demo.phones import Phones
from backend.people.models import Person
from tests.chaos.clerks import Clerks
from tests.chaos.place import Place

PHONE = "13976001234"


def sign_in(place: Place) -> requests.Response:
    phones = Phones(place.settings.sandbox_url)
    phones.register(PHONE, "王秀英")
    return place.ask("POST", "/api/v1/sign-in/miniprogram", json={"code": phones.login_code(PHONE)})


def me(place: Place, token: str) -> requests.Response:
    return place.ask("GET", "/api/v1/me", token)


def test_a_flushed_redis_signs_out_and_loses_nothing_else(place: Place, scale: int) -> None:
    clerks = Clerks(place)
    with place.running(place.sandbox(), place.web()):
        token = sign_in(place).json()["token"]
        assert me(place, token).status_code == 200
        for _ in range(2 * scale):
            finish = clerks.register(20)
            wait_for(clerks, len(clerks.registered) + 5)
            place.house.redis.flushall()
            finish()
        signed_out = me(place, token)
        assert (signed_out.status_code, signed_out.json()["code"]) == (401, "sign_in_required")
        assert me(place, sign_in(place).json()["token"]).status_code == 200
    assert clerks.answers[401] > 0
    assert set(clerks.answers) == {201, 401}
    assert everybody_is_there(place, clerks)


def test_without_redis_people_are_told_to_come_back(place: Place, scale: int) -> None:
    clerks = Clerks(place)
    redis = place.servers.redis
    with place.running(place.sandbox(), place.web()):
        token = sign_in(place).json()["token"]
        for _ in range(scale):
            finish = clerks.register(30)
            wait_for(clerks, len(clerks.registered) + 5)
            redis.kill()
            refused = me(place, token)
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
            assert int(refused.headers["Retry-After"]) > 0
            assert place.ask("GET", "/healthz").status_code == 200
            assert place.ask("GET", "/readyz").status_code == 503
            redis.start()
            finish()
            assert place.ask("GET", "/readyz").status_code == 200
            token = sign_in(place).json()["token"]
            assert me(place, token).status_code == 200
    assert clerks.answers[503] > 0
    assert everybody_is_there(place, clerks)


def wait_for(clerks: Clerks, registered: int) -> None:
    while len(clerks.registered) < registered:
        time.sleep(0.01)


def everybody_is_there(place: Place, clerks: Clerks) -> bool:
    with place.house.database.reading() as work:
        stored = {str(person_id) for person_id in work.session.scalars(select(Person.id))}
    return set(clerks.registered.values()) <= stored


pytestmark = pytest.mark.timeout(0)
