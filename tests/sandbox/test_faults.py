"""Bad days on demand, seen from the caller's side of the socket."""

from __future__ import annotations

import time

import pytest
import requests

from tests.sandbox.support import MINI, Sandbox

LOGIN = "/sns/jscode2session"
BODY = {"PhoneNumberSet": ["13800000001", "13800000002"]}


def login(sandbox: Sandbox, code: str) -> dict:
    return sandbox.get(LOGIN, **MINI, js_code=code, grant_type="authorization_code")


def test_an_error_code_is_played_so_many_times(sandbox: Sandbox) -> None:
    code = sandbox.person().code("wx-login")
    sandbox.fault(LOGIN, "errcode", errcode=-1, times=2)
    assert [login(sandbox, code)["errcode"] for _ in range(2)] == [-1, -1]
    assert "openid" in login(sandbox, code), "the faults spent no code"
    sandbox.fault(LOGIN, "errcode", errcode=45011)
    assert login(sandbox, code)["errmsg"].startswith("api minute-quota reach limit")


def test_a_broken_gateway(sandbox: Sandbox) -> None:
    sandbox.fault(LOGIN, "http_status", status=502)
    assert requests.get(sandbox.url + LOGIN, timeout=5).status_code == 502
    assert requests.get(sandbox.url + LOGIN, timeout=5).status_code == 200


def test_a_slow_answer(sandbox: Sandbox) -> None:
    sandbox.fault(LOGIN, "delay", seconds=0.3)
    began = time.monotonic()
    assert login(sandbox, "x")["errcode"] == 40029
    assert time.monotonic() - began >= 0.3
    sandbox.fault(LOGIN, "delay", seconds=0.3)
    with pytest.raises(requests.ReadTimeout):
        requests.get(sandbox.url + LOGIN, timeout=0.1)


def test_a_cut_line_processes_nothing(sandbox: Sandbox) -> None:
    person = sandbox.person()
    code = person.code("wx-login")
    sandbox.fault(LOGIN, "drop")
    with pytest.raises(requests.ConnectionError):
        login(sandbox, code)
    assert login(sandbox, code)["openid"] == person.mini_openid


def test_a_lost_answer_was_processed(sandbox: Sandbox) -> None:
    code = sandbox.person().code("wx-login")
    sandbox.fault(LOGIN, "lost_answer")
    with pytest.raises(requests.ConnectionError):
        login(sandbox, code)
    assert login(sandbox, code)["errcode"] == 40163


def test_faults_meet_the_path_they_name_or_all(sandbox: Sandbox) -> None:
    sandbox.fault("/cgi-bin/token", "errcode", errcode=45009)
    assert login(sandbox, "x")["errcode"] == 40029
    sandbox.fault("*", "errcode", errcode=-1)
    assert login(sandbox, "x")["errcode"] == -1
    assert sandbox.get("/cgi-bin/token")["errcode"] == 45009
    sandbox.fault("*", "drop", times=9)
    assert sandbox.get("/_world/health") == {"status": "ok"}, "the world's own door stays open"
    assert requests.get(sandbox.url, timeout=5).ok
    assert len(sandbox.get("/_world/faults")["faults"]) == 1
    sandbox.delete_faults()
    assert login(sandbox, "x")["errcode"] == 40029


def test_faults_of_the_sms_door(sandbox: Sandbox) -> None:
    def answer() -> dict:
        return requests.post(sandbox.url + "/", json=BODY, timeout=5).json()["Response"]

    sandbox.fault("/", "errcode", errcode="LimitExceeded.PhoneNumberOneHourLimit")
    assert [row["Code"] for row in answer()["SendStatusSet"]] == ["LimitExceeded.PhoneNumberOneHourLimit"] * 2
    sandbox.fault("/", "errcode", errcode="RequestLimitExceeded")
    assert answer()["Error"]["Code"] == "RequestLimitExceeded"
    sandbox.fault("*", "errcode", errcode=-1)
    assert answer()["Error"]["Code"] == "InternalError"
    sandbox.fault("/", "drop")
    with pytest.raises(requests.ConnectionError):
        answer()


@pytest.mark.parametrize(
    "wish",
    [
        {"path": "sns", "kind": "drop"},
        {"path": "*", "kind": "explode"},
        {"path": "*", "kind": "drop", "times": 0},
        {"path": "*", "kind": "drop", "times": 1001},
        {"path": "*", "kind": "drop", "times": True},
        {"path": "*", "kind": "delay"},
        {"path": "*", "kind": "delay", "seconds": 61},
        {"path": "*", "kind": "http_status", "status": 200},
        {"path": "*", "kind": "errcode"},
        {"path": "*", "kind": "errcode", "errcode": "<b>"},
    ],
)
def test_faults_that_cannot_be_played_are_refused(sandbox: Sandbox, wish: dict) -> None:
    answer = requests.post(f"{sandbox.url}/_world/faults", json=wish, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["message"]
    assert sandbox.get("/_world/faults")["faults"] == []
