"""Who is who: codes, openids, phone numbers and the sign-in on a web page."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.sandbox.support import MINI, OA, Sandbox

GRANT = {"grant_type": "authorization_code"}


def session(sandbox: Sandbox, code: str, **other: str) -> dict:
    return sandbox.get("/sns/jscode2session", **{**MINI, **GRANT, "js_code": code, **other})


def test_a_login_code_gives_one_person_once(sandbox: Sandbox) -> None:
    person = sandbox.person()
    code = person.code("wx-login")
    known = session(sandbox, code)
    assert known["openid"] == person.mini_openid
    assert re.fullmatch(r"o[\w-]{27}", known["openid"])
    assert re.fullmatch(r"[\w+/]{22}==", known["session_key"])
    assert session(sandbox, code)["errcode"] == 40163
    again = session(sandbox, person.code("wx-login"))
    assert again["openid"] == known["openid"]
    assert again["session_key"] != known["session_key"]


def test_login_answers_call_themselves_plain_text_in_utf8(sandbox: Sandbox) -> None:
    answer = requests.get(
        f"{sandbox.url}/sns/jscode2session", params={**MINI, **GRANT, "js_code": "x"}, timeout=5
    )
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain"
    assert re.fullmatch(r"invalid code rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}", answer.json()["errmsg"])


def test_a_login_code_is_worth_nothing_after_five_minutes(sandbox: Sandbox) -> None:
    code = sandbox.person().code("wx-login")
    sandbox.post("/_world/clock", {"seconds": 301})
    assert session(sandbox, code)["errcode"] == 40029


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"js_code": "0" * 32}, 40029),
        ({"appid": "wx0000000000000000"}, 40013),
        ({"secret": "guessed"}, 40125),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"js_code": ""}, 41008),
        ({"grant_type": "password"}, 40002),
        (OA, 40029),
    ],
)
def test_a_wrong_login_call_spends_no_code(sandbox: Sandbox, change: dict, errcode: int) -> None:
    code = sandbox.person().code("wx-login")
    assert session(sandbox, code, **change)["errcode"] == errcode
    if change.get("js_code") is None:
        assert "openid" in session(sandbox, code)


def test_one_person_has_an_openid_per_app_and_one_unionid(sandbox: Sandbox) -> None:
    person, other = sandbox.person(), sandbox.person("李建国")
    in_mini = session(sandbox, person.code("wx-login"))
    in_web = sandbox.get("/sns/oauth2/access_token", **OA, **GRANT, code=person.code("oauth-code"))
    assert in_web["openid"] == person.oa_openid != in_mini["openid"]
    assert in_web["unionid"] == in_mini["unionid"]
    assert session(sandbox, other.code("wx-login"))["unionid"] != in_mini["unionid"]
    assert in_mini["openid"][:6] == other.mini_openid[:6]


def test_the_phone_number_button(sandbox: Sandbox) -> None:
    person, token = sandbox.person(), sandbox.token(MINI)
    code = person.code("phone-code")

    def number(code: str, token: str = token) -> dict:
        return sandbox.post("/wxa/business/getuserphonenumber", {"code": code}, access_token=token)

    known = number(code)
    assert known["errcode"] == 0
    assert known["phone_info"]["purePhoneNumber"] == person.phone
    assert known["phone_info"]["countryCode"] == "86"
    assert known["phone_info"]["watermark"]["appid"] == MINI["appid"]
    assert number(code)["errcode"] == 40029
    assert number(person.code("wx-login"))["errcode"] == 40029
    assert number(person.code("phone-code"), sandbox.token(OA))["errcode"] == 48001


def authorize(sandbox: Sandbox, **change: str) -> requests.Response:
    query = {
        "appid": OA["appid"],
        "redirect_uri": "http://127.0.0.1:9/h5/login?from=menu",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "a b&c",
        **change,
    }
    return requests.get(
        f"{sandbox.url}/connect/oauth2/authorize", params=query, allow_redirects=False, timeout=5
    )


def test_sign_in_on_a_web_page(sandbox: Sandbox) -> None:
    person = sandbox.person("符阿妹")
    page = authorize(sandbox, scope="snsapi_userinfo")
    assert page.status_code == 200
    link = re.search(rf'href="([^"]*phone={person.phone})"', page.text)
    assert link and "符阿妹" in page.text
    there = requests.get(
        sandbox.url + link[1].replace("&amp;", "&"), allow_redirects=False, timeout=5
    ).headers["Location"]
    query = parse_qs(urlsplit(there).query)
    assert there.startswith("http://127.0.0.1:9/h5/login?")
    assert (query["from"], query["state"]) == (["menu"], ["a b&c"])
    signed_in = sandbox.get("/sns/oauth2/access_token", **OA, **GRANT, code=query["code"][0])
    who = sandbox.get("/sns/userinfo", access_token=signed_in["access_token"], openid=signed_in["openid"])
    assert (who["nickname"], who["unionid"]) == ("符阿妹", signed_in["unionid"])
    again = sandbox.get("/sns/oauth2/access_token", **OA, **GRANT, code=query["code"][0])
    assert again["errcode"] == 40163
    fresh = sandbox.get(
        "/sns/oauth2/refresh_token",
        appid=OA["appid"],
        grant_type="refresh_token",
        refresh_token=signed_in["refresh_token"],
    )
    assert fresh["openid"] == signed_in["openid"]
    assert fresh["access_token"] != signed_in["access_token"]


def test_the_silent_scope_tells_no_name(sandbox: Sandbox) -> None:
    person = sandbox.person()
    there = authorize(sandbox, phone=person.phone).headers["Location"]
    code = parse_qs(urlsplit(there).query)["code"][0]
    signed_in = sandbox.get("/sns/oauth2/access_token", **OA, **GRANT, code=code)
    assert signed_in["scope"] == "snsapi_base"
    assert "unionid" not in signed_in
    token = signed_in["access_token"]
    assert sandbox.get("/sns/userinfo", access_token=token, openid=signed_in["openid"])["errcode"] == 48001
    assert sandbox.get("/sns/userinfo", access_token=token, openid=person.mini_openid)["errcode"] == 40003
    sandbox.post("/_world/clock", {"seconds": 7201})
    assert sandbox.get("/sns/userinfo", access_token=token, openid=signed_in["openid"])["errcode"] == 42001


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"appid": "wx1"}, "10013"),
        ({"redirect_uri": "https://evil.example/"}, "10003"),
        ({"redirect_uri": "javascript:alert(1)"}, "10003"),
        ({"scope": "snsapi_login"}, "10005"),
        ({"phone": "13000000000"}, "没有这部手机"),
    ],
)
def test_a_wrong_sign_in_stays_on_the_page(sandbox: Sandbox, change: dict, words: str) -> None:
    page = authorize(sandbox, **change)
    assert page.status_code == 400
    assert words in page.text
