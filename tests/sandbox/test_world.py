"""The world's own door and page: what is remembered, what is refused, what is never logged."""

from __future__ import annotations

import ast
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests

from backend.sandbox.config import from_environment
from tests.sandbox.support import MINI, OA, Product, Sandbox


def test_a_restart_forgets_nothing(tmp_path: Path, product: Product) -> None:
    sandbox = Sandbox(tmp_path, CALLBACK_URL=product.url).start()
    person = sandbox.person("符阿妹")
    person.does("follow")
    person.does("allow", template_id="demo-mini-certify", accept=True)
    login, token = person.code("wx-login"), sandbox.token(MINI)
    button = {"type": "click", "name": "查询", "key": "query"}
    sandbox.post("/cgi-bin/menu/create", {"button": [button]}, access_token=sandbox.token(OA))
    sandbox.put(
        "/_world/templates/1002", {"kind": "sms", "title": "通知", "text": "{1}！", "purpose": "notice"}
    )
    sandbox.fault("/sns/userinfo", "drop", times=3)
    later = sandbox.post("/_world/clock", {"seconds": 86400 - 7300})["now"]
    before = sandbox.get("/_world/state")
    assert sandbox.stop() == 0

    sandbox.start()
    after = sandbox.get("/_world/state")
    assert {**after, "product": None} == {**before, "product": None}
    assert sandbox.get("/_world/clock")["now"] >= later
    assert (
        sandbox.put(f"/_world/phones/{person.phone}", {"name": "符阿妹"})["mini_openid"] == person.mini_openid
    )
    answer = sandbox.get("/sns/jscode2session", **MINI, js_code=login, grant_type="authorization_code")
    assert answer["errcode"] == 40029, "the code grew old while the clock was moved"
    assert sandbox.post("/wxa/business/getuserphonenumber", {}, access_token=token)["errcode"] == 42001
    sandbox.stop()
    secrets = [person.phone, MINI["secret"], login, token, "符阿妹"]
    assert not [secret for secret in secrets if secret in sandbox.log.read_text()]


def test_the_world_travels_with_the_demo(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path).start()
    code, token = sandbox.person().code("wx-login"), sandbox.token(MINI)
    before = datetime.fromisoformat(sandbox.get("/_world/clock")["now"])
    (tmp_path / "clock.json").write_text('{"days": 30}')
    after = datetime.fromisoformat(sandbox.get("/_world/clock")["now"])
    assert timedelta(days=30) <= after - before < timedelta(days=30, seconds=30)
    login = sandbox.get("/sns/jscode2session", **MINI, js_code=code, grant_type="authorization_code")
    assert login["errcode"] == 40029
    assert sandbox.post("/wxa/business/getuserphonenumber", {}, access_token=token)["errcode"] == 42001
    sandbox.stop()


def test_one_code_and_one_consent_for_many_at_once(sandbox: Sandbox) -> None:
    person, token = sandbox.person(), sandbox.token(MINI)
    code = person.code("wx-login")
    for _ in range(3):
        person.does("allow", template_id="demo-mini-result", accept=True)
    words = {"thing1": "参保登记", "phrase2": "通过", "time3": "10:30", "thing4": "无"}
    card = {
        "touser": person.mini_openid,
        "template_id": "demo-mini-result",
        "data": {name: {"value": word} for name, word in words.items()},
    }

    def login(_: int) -> bool:
        query = {**MINI, "js_code": code, "grant_type": "authorization_code"}
        return "openid" in sandbox.get("/sns/jscode2session", **query)

    def send(_: int) -> bool:
        return sandbox.post("/cgi-bin/message/subscribe/send", card, access_token=token)["errcode"] == 0

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(login, range(16))) == 1
        assert sum(crowd.map(send, range(16))) == 3
    assert len(person.messages()) == 3


def test_registering_again_renames_and_keeps_the_rest(sandbox: Sandbox) -> None:
    person = sandbox.person("王秀英")
    person.does("follow")
    sandbox.put(f"/_world/phones/{person.phone}", {"name": "王秀瑛"})
    (phone,) = [p for p in sandbox.get("/_world/state")["phones"] if p["phone"] == person.phone]
    assert (phone["name"], phone["following"]) == ("王秀瑛", True)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "phones/12333", {"name": "王"}, 400),
        ("PUT", "phones/13800000001", {"name": ""}, 400),
        ("PUT", "phones/13800000001", ["王"], 400),
        ("POST", "phones/13000000000/wx-login", None, 404),
        ("POST", "phones/13000000000/follow", None, 404),
        ("GET", "phones/13000000000/messages", None, 404),
        ("POST", "clock", {"seconds": -1}, 400),
        ("PUT", "templates/x", {"kind": "sms", "title": "t", "text": "{2}", "purpose": "code"}, 400),
        (
            "PUT",
            "templates/x",
            {"kind": "subscribe", "app": "oa", "title": "t", "fields": {"foo1": "a"}},
            400,
        ),
        ("GET", "nowhere", None, 404),
        ("DELETE", "clock", None, 405),
    ],
)
def test_wishes_that_cannot_be_fulfilled(
    sandbox: Sandbox, method: str, path: str, body: object, status: int
) -> None:
    answer = requests.request(method, f"{sandbox.url}/_world/{path}", json=body, timeout=5)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("say", {"text": "在吗"}, 409),
        ("click", {"key": "query"}, 409),
        ("unfollow", {}, 409),
        ("say", {"text": " "}, 400),
        ("allow", {"template_id": "no-such"}, 404),
        ("oauth-code", {"scope": "snsapi_login"}, 400),
    ],
)
def test_what_an_owner_cannot_do(sandbox: Sandbox, verb: str, body: dict, status: int) -> None:
    person = sandbox.person()
    answer = requests.post(f"{sandbox.url}/_world/phones/{person.phone}/{verb}", json=body, timeout=5)
    assert answer.status_code == status
    assert answer.json()["message"]


def test_the_page_loads_from_here_alone(sandbox: Sandbox) -> None:
    page = requests.get(sandbox.url, timeout=5)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http://" not in page.text
    assert "https://" not in page.text
    for name in ("app.js", "phone.js", "feed.js", "dom.js", "style.css", "icon.svg"):
        assert requests.get(f"{sandbox.url}/_world/static/{name}", timeout=5).ok


def test_an_unchanged_state_is_not_sent_twice(sandbox: Sandbox, product: Product) -> None:
    sandbox.person()
    first = requests.get(f"{sandbox.url}/_world/state", timeout=5)
    same = {"If-None-Match": first.headers["ETag"]}
    assert requests.get(f"{sandbox.url}/_world/state", headers=same, timeout=5).status_code == 304
    sandbox.person()
    assert requests.get(f"{sandbox.url}/_world/state", headers=same, timeout=5).status_code == 200


def test_production_refuses_a_sandbox(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="production"):
        from_environment({"ENVIRONMENT": "production", "DATA_DIR": str(tmp_path)})


def test_the_port_is_the_one_after_the_product(tmp_path: Path) -> None:
    config = from_environment({"PORT": "8800", "SANDBOX_PORT": "0", "DATA_DIR": str(tmp_path)})
    assert config.port == 8801
    assert config.callback_url == "http://127.0.0.1:8800/callbacks/wechat"


def test_it_shares_no_code_with_the_product() -> None:
    folder = Path(__file__).parents[2] / "backend" / "sandbox"
    trees = [ast.parse(path.read_text()) for path in folder.glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert "backend.sandbox.world" in names
    others = {name for name in names if not name.startswith("backend.sandbox")}
    roots = {name.partition(".")[0] for name in others}
    assert roots - sys.stdlib_module_names == {"flask", "werkzeug", "cryptography", "defusedxml"}
