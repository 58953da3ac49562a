"""Signing in through WeChat, keeping the session, and signing out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.bootstrap import assemble, create_app_of
from backend.channels.ports import CodeRefused, WeChatIdentity
from backend.kernel.clock import FixedClock
from backend.kernel.db import BoundDatabase
from backend.kernel.errors import OutcomeUnknown, Unavailable
from backend.kernel.settings import Settings
from backend.web.house import House
from tests.conftest import KEYRING
from tests.support.citizens import Citizen, Insured
from tests.support.fakes import Outside

Make = Callable[..., Citizen]


def cookies(response) -> dict[str, str]:
    """The Set-Cookie lines of an answer, by the cookie's name."""
    return {line.split("=", 1)[0]: line for line in response.headers.getlist("Set-Cookie")}


def test_a_code_of_the_miniprogram_signs_in(phone_in_hand: Make) -> None:
    phone = phone_in_hand()
    answer = phone.open_miniprogram(label="华为 P60")
    assert answer.status_code == 201
    assert answer.json["token"] and answer.json["csrf"] is None and answer.json["bound"] is False
    me = phone.get("/me").json
    assert me["channel"]["channel_id"] == answer.json["channel_id"]
    assert (me["channel"]["kind"], me["channel"]["label"]) == ("miniprogram", "华为 P60")
    assert (me["person"], me["acts_for"], me["attention"]) == (
        None,
        [],
        {"family_requests": 0, "unread_messages": 0},
    )


def test_the_same_wechat_user_is_the_same_channel(phone_in_hand: Make, clock: FixedClock) -> None:
    phone = phone_in_hand()
    first = phone.open_miniprogram().json["channel_id"]
    clock.advance(timedelta(days=3))
    assert phone.open_miniprogram().json["channel_id"] == first
    channel = phone.get("/me").json["channel"]
    assert channel["first_seen_at"] < channel["last_seen_at"]
    assert channel["label"] == "微信小程序"
    assert phone_in_hand().open_miniprogram().json["channel_id"] != first


def test_a_label_stays_until_another_is_told(phone_in_hand: Make) -> None:
    phone = phone_in_hand()
    phone.open_miniprogram(label="旧手机")
    phone.open_miniprogram()
    assert phone.get("/me").json["channel"]["label"] == "旧手机"
    phone.open_miniprogram(label="新手机")
    assert phone.get("/me").json["channel"]["label"] == "新手机"


def test_a_code_is_good_once(phone_in_hand: Make, outside: Outside) -> None:
    phone = phone_in_hand()
    code = outside.miniprogram.give(phone.identity())
    assert phone.post("/sign-in/miniprogram", {"code": code}).status_code == 201
    again = phone.post("/sign-in/miniprogram", {"code": code})
    assert (again.status_code, again.json["code"]) == (422, "code_refused")
    assert again.json["title"] == CodeRefused.title


@pytest.mark.parametrize(
    ("trouble", "code"), [(Unavailable(), "unavailable"), (OutcomeUnknown(), "outcome_unknown")]
)
def test_wechat_out_of_order(phone_in_hand: Make, outside: Outside, trouble: Exception, code: str) -> None:
    outside.miniprogram.broken = trouble
    answer = phone_in_hand().open_miniprogram()
    assert (answer.status_code, answer.json["code"]) == (503, code)
    assert answer.headers["Retry-After"]


def test_cookies_keep_a_session_for_browsers(app: Flask, outside: Outside) -> None:
    browser = app.test_client()
    code = outside.miniprogram.give(WeChatIdentity("openid-cookie", None))
    answer = browser.post("/api/v1/sign-in/miniprogram", json={"code": code, "keep": "cookie"})
    assert answer.status_code == 201 and answer.json["token"] is None
    kept = cookies(answer)
    assert "HttpOnly" in kept["citizen_session"] and "SameSite=Lax" in kept["citizen_session"]
    assert "HttpOnly" not in kept["csrf"]
    assert "Secure" not in kept["citizen_session"]  # the test house is reached over http
    assert browser.get("/api/v1/me").status_code == 200
    refused = browser.delete("/api/v1/session")
    assert (refused.status_code, refused.json["code"]) == (403, "csrf_failed")
    forged = browser.delete("/api/v1/session", headers={"X-CSRF-Token": "0" * 64})
    assert forged.json["code"] == "csrf_failed"
    gone = browser.delete("/api/v1/session", headers={"X-CSRF-Token": answer.json["csrf"]})
    assert gone.status_code == 204 and set(cookies(gone)) == {"citizen_session", "csrf"}
    assert browser.get("/api/v1/me").status_code == 401


def test_cookies_are_secure_where_the_site_is(
    settings: Settings, clock: FixedClock, database: BoundDatabase, redis
) -> None:
    safe = settings.model_copy(update={"public_url": "https://wx.hainan.example"})
    house = assemble(safe, KEYRING, clock, database, redis)
    outside = Outside()
    outside.connect(house.ports)
    browser = create_app_of(house).test_client()
    code = outside.miniprogram.give(WeChatIdentity("openid-secure", None))
    answer = browser.post("/api/v1/sign-in/miniprogram", json={"code": code, "keep": "cookie"})
    assert all("Secure" in line for line in cookies(answer).values())


def test_signing_out_here_leaves_other_places(phone_in_hand: Make) -> None:
    phone = phone_in_hand()
    phone.open_miniprogram()
    other = phone.token
    phone.open_miniprogram()
    assert phone.delete("/session").status_code == 204
    assert phone.get("/me").status_code == 401
    phone.token = other
    assert phone.get("/me").status_code == 200


def test_nobody_is_let_in_without_a_session(phone_in_hand: Make) -> None:
    phone = phone_in_hand()
    for path in ("/me", "/channels", "/sessions", "/family"):
        answer = phone.get(path)
        assert (answer.status_code, answer.json["code"]) == (401, "sign_in_required")


def test_a_flushed_redis_only_signs_out(visitor: Citizen, house: House) -> None:
    house.redis.flushall()
    assert visitor.get("/me").status_code == 401
    before = visitor.channel_id
    visitor.token = None
    assert visitor.open_miniprogram().json["channel_id"] == before


class TestOfficialAccount:
    """OAuth2 in a browser: the state belongs to the browser that started."""

    @staticmethod
    def start(browser: FlaskClient, return_to: str = "/m/bind?from=menu") -> str:
        answer = browser.post("/api/v1/sign-in/official-account/start", json={"return_to": return_to})
        assert answer.status_code == 200
        url = urlsplit(answer.json["authorize_url"])
        asked = parse_qs(url.query)
        assert asked["redirect_uri"][0].startswith("http://127.0.0.1:8000/m/")
        return asked["state"][0]

    @staticmethod
    def finish(browser: FlaskClient, outside: Outside, state: str, openid: str = "oa-1"):
        code = outside.official_account.give(WeChatIdentity(openid, None))
        return browser.post(
            "/api/v1/sign-in/official-account", json={"code": code, "state": state, "keep": "cookie"}
        )

    def test_signs_in_where_it_was_started(self, app: Flask, outside: Outside) -> None:
        browser = app.test_client()
        answer = self.finish(browser, outside, self.start(browser))
        assert answer.status_code == 201
        assert browser.get("/api/v1/me").json["channel"]["kind"] == "official_account"

    def test_a_state_is_good_once(self, app: Flask, outside: Outside) -> None:
        browser = app.test_client()
        state = self.start(browser)
        assert self.finish(browser, outside, state).status_code == 201
        again = self.finish(browser, outside, state)
        assert (again.status_code, again.json["code"]) == (403, "state_refused")

    def test_a_state_of_another_browser_signs_nobody_in(self, app: Flask, outside: Outside) -> None:
        state = self.start(app.test_client())
        victim = app.test_client()
        assert self.finish(victim, outside, state).json["code"] == "state_refused"
        self.start(victim)
        assert self.finish(victim, outside, state).json["code"] == "state_refused"

    @pytest.mark.parametrize("forged", ["x", "0" * 32, "状态", "a\\b", "*"])
    def test_a_forged_state_signs_nobody_in(self, app: Flask, outside: Outside, forged: str) -> None:
        browser = app.test_client()
        browser.set_cookie("oa_state", "forged", path="/api/v1/sign-in")
        assert self.finish(browser, outside, forged).status_code == 403
        assert self.finish(browser, outside, "forged").status_code == 403

    def test_a_state_does_not_outlive_a_flushed_redis(
        self, app: Flask, outside: Outside, house: House
    ) -> None:
        browser = app.test_client()
        state = self.start(browser)
        assert 0 < house.redis.ttl(f"oa-state:{state}") <= 600
        house.redis.flushall()
        assert self.finish(browser, outside, state).json["code"] == "state_refused"

    @pytest.mark.parametrize(
        "elsewhere",
        ["https://evil.example/", "//evil.example", "/\\evil.example", "m/bind", "/m bind", "/m/绑定", ""],
    )
    def test_comes_back_to_this_site_only(
        self, client: FlaskClient, outside: Outside, elsewhere: str
    ) -> None:
        answer = client.post("/api/v1/sign-in/official-account/start", json={"return_to": elsewhere})
        assert answer.status_code == 422

    def test_is_another_channel_than_the_miniprogram(self, app: Flask, visitor: Citizen) -> None:
        browser = app.test_client()
        answer = self.finish(browser, visitor.outside, self.start(browser), openid=visitor.openid)
        assert answer.json["channel_id"] != visitor.channel_id


class TestOneWeChatUser:
    """A new channel of a WeChat user whose other channel is bound."""

    @staticmethod
    def through_official_account(app: Flask, outside: Outside, identity: WeChatIdentity) -> dict:
        browser = app.test_client()
        state = TestOfficialAccount.start(browser)
        code = outside.official_account.give(identity)
        answer = browser.post("/api/v1/sign-in/official-account", json={"code": code, "state": state})
        assert answer.status_code == 201
        return answer.json

    @pytest.fixture
    def bound(self, insured: Callable[..., Insured]) -> Insured:
        """Bound in the mini-program, with a unionid."""
        citizen = insured()
        citizen.unionid = "union-1"
        citizen.open_miniprogram()
        return citizen

    def test_is_bound_with_it(self, app: Flask, bound: Insured) -> None:
        opened = self.through_official_account(app, bound.outside, WeChatIdentity("oa-7", "union-1"))
        assert opened["bound"] is True
        kinds = {one["kind"] for one in bound.get("/channels").json["items"]}
        assert kinds == {"miniprogram", "official_account"}

    @pytest.mark.parametrize("unionid", [None, "union-2"])
    def test_another_user_is_not(self, app: Flask, bound: Insured, unionid: str | None) -> None:
        opened = self.through_official_account(app, bound.outside, WeChatIdentity("oa-7", unionid))
        assert opened["bound"] is False

    def test_not_after_the_bound_one_was_dropped(self, app: Flask, bound: Insured) -> None:
        assert bound.delete(f"/channels/{bound.channel_id}").status_code == 204
        opened = self.through_official_account(app, bound.outside, WeChatIdentity("oa-7", "union-1"))
        assert opened["bound"] is False

    def test_a_dropped_channel_does_not_come_back_by_itself(self, app: Flask, bound: Insured) -> None:
        self.through_official_account(app, bound.outside, WeChatIdentity("oa-7", "union-1"))
        assert bound.delete(f"/channels/{bound.channel_id}").status_code == 204
        bound.token = None
        assert bound.open_miniprogram().json["bound"] is False

    def test_an_unbound_channel_does_not_come_back_by_itself(self, app: Flask, bound: Insured) -> None:
        self.through_official_account(app, bound.outside, WeChatIdentity("oa-7", "union-1"))
        assert bound.delete("/binding").status_code == 204
        assert bound.open_miniprogram().json["bound"] is False
