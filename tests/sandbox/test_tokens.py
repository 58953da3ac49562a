"""Access tokens and tickets: when they stay, when they end, and what each wrong one is called."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import pytest
import requests

from tests.sandbox.support import MINI, OA, Sandbox


def stable(sandbox: Sandbox, *, force: bool = False, **app: str) -> dict:
    body = {"grant_type": "client_credential", **(app or MINI), "force_refresh": force}
    return sandbox.post("/cgi-bin/stable_token", body)


def works(sandbox: Sandbox, token: str) -> bool:
    """An accepted token gets as far as the missing code."""
    answer = sandbox.post("/wxa/business/getuserphonenumber", {"code": "x"}, access_token=token)
    return answer["errcode"] == 40029


def pass_time(sandbox: Sandbox, seconds: float) -> datetime:
    return datetime.fromisoformat(sandbox.post("/_world/clock", {"seconds": seconds})["now"])


def test_the_stable_token_stays_until_it_is_nearly_old(sandbox: Sandbox) -> None:
    pass_time(sandbox, 7300)
    first = stable(sandbox)
    assert first["expires_in"] == 7200
    assert stable(sandbox)["access_token"] == first["access_token"]
    pass_time(sandbox, 6890)
    assert 300 < stable(sandbox)["expires_in"] <= 310
    assert stable(sandbox)["access_token"] == first["access_token"]
    pass_time(sandbox, 15)
    second = stable(sandbox)["access_token"]
    assert second != first["access_token"]
    assert works(sandbox, first["access_token"]), "both work during the last five minutes"
    pass_time(sandbox, 300)
    answer = sandbox.post(
        "/wxa/business/getuserphonenumber", {"code": "x"}, access_token=first["access_token"]
    )
    assert answer["errcode"] == 42001
    assert works(sandbox, second)


def test_forcing_ends_the_token_before_and_is_rationed(sandbox: Sandbox) -> None:
    now = datetime.fromisoformat(sandbox.get("/_world/clock")["now"])
    morning = now.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    pass_time(sandbox, (morning - now).total_seconds())
    first = stable(sandbox)["access_token"]
    forced = stable(sandbox, force=True)["access_token"]
    assert works(sandbox, forced)
    answer = sandbox.post("/wxa/business/getuserphonenumber", {"code": "x"}, access_token=first)
    assert answer["errcode"] == 40001
    assert stable(sandbox, force=True)["access_token"] == forced, "within 30 s nothing is refreshed"
    seen = {forced}
    for _ in range(19):
        pass_time(sandbox, 31)
        seen.add(stable(sandbox, force=True)["access_token"])
    assert len(seen) == 20
    pass_time(sandbox, 31)
    assert stable(sandbox, force=True)["errcode"] == 45009
    assert stable(sandbox)["access_token"] in seen, "the ordinary way still answers"
    pass_time(sandbox, 86400)
    assert stable(sandbox, force=True)["access_token"] not in seen


def test_the_old_way_gives_a_new_token_each_time(sandbox: Sandbox) -> None:
    query = {"grant_type": "client_credential", **MINI}
    first = sandbox.get("/cgi-bin/token", **query)["access_token"]
    second = sandbox.get("/cgi-bin/token", **query)["access_token"]
    assert first != second
    assert stable(sandbox)["access_token"] not in (first, second), "the two ways know nothing of each other"
    assert works(sandbox, first)
    pass_time(sandbox, 301)
    assert not works(sandbox, first)
    assert works(sandbox, second)


@pytest.mark.parametrize(
    ("app", "errcode"),
    [
        ({"appid": "wx1", "secret": "s"}, 40013),
        ({**MINI, "secret": "guessed"}, 40125),
        ({"secret": "s"}, 41002),
        ({"appid": "wx1"}, 41004),
    ],
)
def test_wrong_accounts_get_no_token(sandbox: Sandbox, app: dict, errcode: int) -> None:
    body = {"grant_type": "client_credential", **app}
    assert sandbox.post("/cgi-bin/stable_token", body)["errcode"] == errcode
    assert sandbox.get("/cgi-bin/token", **body)["errcode"] == errcode


@pytest.mark.parametrize(("token", "errcode"), [(None, 41001), ("short", 40014), ("9" * 140, 40001)])
def test_wrong_tokens_have_their_own_codes(sandbox: Sandbox, token: str | None, errcode: int) -> None:
    query = {"access_token": token} if token else {}
    assert sandbox.get("/cgi-bin/menu/get", **query)["errcode"] == errcode


def test_wrong_bodies_and_methods(sandbox: Sandbox) -> None:
    def post(body: bytes) -> dict:
        return requests.post(f"{sandbox.url}/cgi-bin/stable_token", data=body, timeout=5).json()

    assert post(b"")["errcode"] == 44002
    assert post(b"[]")["errcode"] == 47001
    assert post(b"{")["errcode"] == 47001
    assert sandbox.get("/cgi-bin/stable_token")["errcode"] == 43002
    assert sandbox.get("/cgi-bin/no/such/path")["errcode"] == 40066


def test_a_page_is_signed_with_a_ticket(sandbox: Sandbox) -> None:
    token = sandbox.token(OA)
    assert sandbox.get("/cgi-bin/ticket/getticket", access_token=token, type="wx_card")["errcode"] == 40097
    ticket = sandbox.get("/cgi-bin/ticket/getticket", access_token=token, type="jsapi")
    assert ticket == {
        **sandbox.get("/cgi-bin/ticket/getticket", access_token=token, type="jsapi"),
        "expires_in": ticket["expires_in"],
    }
    url = "http://127.0.0.1:8000/h5/?a=1"
    text = f"jsapi_ticket={ticket['ticket']}&noncestr=Wm3W&timestamp=1414587457&url={url}"
    page = {
        "url": url + "#/home",
        "timestamp": 1414587457,
        "nonceStr": "Wm3W",
        "signature": hashlib.sha1(text.encode()).hexdigest(),
    }
    assert sandbox.post("/_world/js-config", page) == {"ok": True}
    assert sandbox.post("/_world/js-config", {**page, "url": url + "&b=2"})["error"] == "invalid signature"
    pass_time(sandbox, 7300)
    assert sandbox.post("/_world/js-config", page)["ok"] is False
