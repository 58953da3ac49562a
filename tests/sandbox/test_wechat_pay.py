"""WeChat Pay's own words, spoken without the product: signatures, fields, the wallet's door and the bill."""

from __future__ import annotations

import gzip
from datetime import date, datetime, timedelta
from itertools import count

import pytest
import requests
import xmltodict

from backend.sandbox import crypto
from tests.sandbox.support import MINI, OA, Sandbox

KEY, MCH_ID = "demo0000000000000000000000000key", "1900000109"
SEND, ASK, BILL = "/mmpaymkttransfers/sendredpack", "/mmpaymkttransfers/gethbinfo", "/pay/downloadfundflow"
numbers = count(1)


def fields(**more: str) -> dict[str, str]:
    return {
        "wxappid": OA["appid"],
        "mch_id": MCH_ID,
        "nonce_str": "abc",
        "mch_billno": f"N{next(numbers):027d}",
        "send_name": "海南社保",
        "total_amount": "100",
        "total_num": "1",
        "wishing": "恭喜",
        "client_ip": "127.0.0.1",
        "act_name": "问答",
        "remark": "备注",
        **more,
    }


def xml(content: dict[str, str]) -> bytes:
    return xmltodict.unparse({"xml": content}, full_document=False).encode()


def post(sandbox: Sandbox, path: str, body: bytes) -> bytes:
    answer = requests.post(sandbox.url + path, data=body, timeout=5)
    assert answer.status_code == 200
    return answer.content


def call(sandbox: Sandbox, path: str, asked: dict[str, str], *, kind: str = "MD5") -> dict[str, str]:
    asked = {**asked, "sign": crypto.pay_signature(asked, KEY, kind)}
    told = xmltodict.parse(post(sandbox, path, xml(asked)))["xml"]
    flat = {name: value for name, value in told.items() if isinstance(value, str)}
    assert told["sign"] == crypto.pay_signature(flat, KEY, kind)
    return dict(told)


def ask(sandbox: Sandbox, number: str, **more: str) -> dict[str, str]:
    asked = {"appid": OA["appid"], "mch_id": MCH_ID, "nonce_str": "a", "bill_type": "MCHT"}
    return call(sandbox, ASK, asked | {"mch_billno": number} | more)


def test_a_packet_and_its_answers(sandbox: Sandbox) -> None:
    sandbox.put("/_world/wallet", {"opens_at_once": True})
    asked = fields(re_openid=sandbox.person().oa_openid)
    told = call(sandbox, SEND, asked)
    assert (told["return_code"], told["result_code"]) == ("SUCCESS", "SUCCESS")
    assert {name: told[name] for name in ("mch_billno", "re_openid", "total_amount", "wxappid")} == {
        name: asked[name] for name in ("mch_billno", "re_openid", "total_amount", "wxappid")
    }
    info = ask(sandbox, asked["mch_billno"])
    assert (info["status"], info["detail_id"], info["hb_type"]) == ("RECEIVED", told["send_listid"], "NORMAL")
    assert info["hblist"]["hbinfo"]["openid"] == asked["re_openid"]  # type: ignore[index]


def test_the_mini_program_sends_to_its_own_openids(sandbox: Sandbox) -> None:
    person = sandbox.person()
    asked = fields(wxappid=MINI["appid"], re_openid=person.mini_openid)
    assert call(sandbox, SEND, asked)["result_code"] == "SUCCESS"
    asked = fields(wxappid=MINI["appid"], re_openid=person.oa_openid)
    assert call(sandbox, SEND, asked)["err_code"] == "OPENID_ERROR"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"nonce_str": ""}, "PARAM_ERROR"),
        ({"mch_id": "1"}, "PARAM_ERROR"),
        ({"wxappid": "wx0"}, "ILLEGAL_APPID"),
        ({"sign_type": "HMAC-SHA256"}, "SIGN_ERROR"),
        ({"mch_billno": "N" * 29}, "PARAM_ERROR"),
        ({"mch_billno": "单号"}, "PARAM_ERROR"),
        ({"send_name": "海南省社会保险服务中心"}, "PARAM_ERROR"),
        ({"send_name": ""}, "PARAM_ERROR"),
        ({"wishing": "长" * 43}, "PARAM_ERROR"),
        ({"act_name": ""}, "PARAM_ERROR"),
        ({"remark": ""}, "PARAM_ERROR"),
        ({"client_ip": "::1"}, "PARAM_ERROR"),
        ({"total_num": "2"}, "PARAM_ERROR"),
        ({"total_amount": "1.5"}, "PARAM_ERROR"),
        ({"total_amount": "99"}, "MONEY_LIMIT"),
        ({"total_amount": "20001"}, "MONEY_LIMIT"),
        ({"re_openid": ""}, "OPENID_ERROR"),
    ],
)
def test_what_is_wrong_is_refused(sandbox: Sandbox, change: dict[str, str], code: str) -> None:
    asked = fields(re_openid=sandbox.person().oa_openid) | change
    assert call(sandbox, SEND, asked)["err_code"] == code
    assert requests.get(f"{sandbox.url}/_world/packets/{asked['mch_billno']}", timeout=5).status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "XML_ERROR"),
        (b"{}", "XML_ERROR"),
        (b"<xml><a>1</a><a>2</a></xml>", "XML_ERROR"),
        (b"<xml><a><b>1</b></a></xml>", "XML_ERROR"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><xml><mch_id>&a;</mch_id></xml>', "XML_ERROR"),
        (xml({**fields(), "sign": "0" * 32}), "SIGN_ERROR"),
        (xml({**fields(), "sign": "签名"}), "SIGN_ERROR"),
    ],
)
def test_what_is_not_ours_is_refused(sandbox: Sandbox, body: bytes, code: str) -> None:
    told = xmltodict.parse(post(sandbox, SEND, body))["xml"]
    assert (told["return_code"], told["err_code"]) == ("FAIL", code)


def test_packets_older_than_thirty_days_are_forgotten(sandbox: Sandbox) -> None:
    asked = fields(re_openid=sandbox.person().oa_openid)
    call(sandbox, SEND, asked)
    assert ask(sandbox, asked["mch_billno"])["result_code"] == "SUCCESS"
    assert ask(sandbox, asked["mch_billno"], bill_type="X")["err_code"] == "PARAM_ERROR"
    sandbox.post("/_world/clock", {"seconds": 30 * 86_400 + 1})
    assert ask(sandbox, asked["mch_billno"])["err_code"] == "NOT_FOUND"
    assert call(sandbox, SEND, asked)["result_code"] == "SUCCESS", "the number stays taken"


def test_the_bill_in_its_own_format(sandbox: Sandbox) -> None:
    asked = fields(re_openid=sandbox.person().oa_openid, act_name="问,答`")
    listid = call(sandbox, SEND, asked)["send_listid"]
    day = datetime.fromisoformat(sandbox.get("/_world/clock")["now"]).date()
    assert told_of_bill(sandbox, day) == "NO_BILL_EXIST", "the day is not over"
    sandbox.post("/_world/clock", {"seconds": 86_400})
    text = bill(sandbox, day).decode()
    head, *rows, totals_head, totals, end = text.split("\r\n")
    assert head.startswith("记账时间,微信支付业务单号,资金流水单号,")
    assert head.count(",") == 10
    [row] = [row for row in rows if asked["mch_billno"] in row]
    assert row.split(",`")[1] == listid
    assert row.split(",`")[5:7] == ["支出", "1.00"]
    assert row.split(",`")[9] == "问,答"
    assert totals_head == "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
    assert totals.startswith(f"`{len(rows)}.0,`")
    assert end == ""
    assert gzip.decompress(bill(sandbox, day, tar_type="GZIP")).decode() == text
    assert told_of_bill(sandbox, day, account_type="Fees") == "NO_BILL_EXIST"
    assert told_of_bill(sandbox, day, account_type="All") == "PARAM_ERROR"
    assert told_of_bill(sandbox, day, tar_type="ZIP") == "PARAM_ERROR"
    assert told_of_bill(sandbox, day, bill_date="2026-01-01") == "PARAM_ERROR"
    assert told_of_bill(sandbox, day, bill_date="20261399") == "NO_BILL_EXIST"
    assert told_of_bill(sandbox, day + timedelta(days=9)) == "NO_BILL_EXIST"
    assert told_of_bill(sandbox, day, sign_type="MD5") == "SIGN_ERROR"


def bill(sandbox: Sandbox, day: date, **more: str) -> bytes:
    asked = {"appid": OA["appid"], "mch_id": MCH_ID, "nonce_str": "a", "sign_type": "HMAC-SHA256"}
    asked |= {"bill_date": day.strftime("%Y%m%d"), "account_type": "Basic"} | more
    sign = crypto.pay_signature(asked, KEY, "HMAC-SHA256")
    return post(sandbox, BILL, xml({**asked, "sign": sign}))


def told_of_bill(sandbox: Sandbox, day: date, **more: str) -> str:
    told = xmltodict.parse(bill(sandbox, day, **more))["xml"]
    assert told["sign"] == crypto.pay_signature(told, KEY, "HMAC-SHA256")
    return str(told["err_code"])


def test_the_door_of_the_wallet(sandbox: Sandbox) -> None:
    wallet = sandbox.put("/_world/wallet", {"balance": 1234, "most_a_minute": 5, "opens_at_once": False})
    assert (wallet["balance"], wallet["most_a_minute"], wallet["opens_at_once"]) == (1234, 5, False)
    assert wallet["flows"][0]["balance"] == 1234
    again = sandbox.put("/_world/wallet", {"balance": 1234})
    assert again["flows"] == wallet["flows"], "nothing moved"
    sandbox.put("/_world/wallet", {"balance": 100_000_000, "most_a_minute": 1800, "opens_at_once": True})
    for path, body in (
        ("wallet", {"balance": -1}),
        ("wallet", {"balance": "1"}),
        ("wallet", {"balance": True}),
        ("wallet", {"opens_at_once": 1}),
        ("wallet/bill", {"spoil": "wet"}),
    ):
        assert requests.put(f"{sandbox.url}/_world/{path}", json=body, timeout=5).status_code == 400
    assert requests.post(f"{sandbox.url}/_world/packets/nothing/open", timeout=5).status_code == 404


def test_a_packet_opens_once_and_money_comes_back_once(sandbox: Sandbox) -> None:
    sandbox.put("/_world/wallet", {"opens_at_once": False})
    person = sandbox.person()
    opened, failed = (fields(re_openid=person.oa_openid) for _ in range(2))
    for asked in (opened, failed):
        call(sandbox, SEND, asked)
    sandbox.put("/_world/wallet", {"opens_at_once": True})
    before = sandbox.get("/_world/wallet")["balance"]
    path = f"{sandbox.url}/_world/packets/{opened['mch_billno']}"
    assert requests.post(f"{path}/open", timeout=5).json()["status"] == "RECEIVED"
    assert requests.post(f"{path}/open", timeout=5).status_code == 409
    path = f"{sandbox.url}/_world/packets/{failed['mch_billno']}"
    assert requests.put(path, json={"status": "FAILED"}, timeout=5).json()["status"] == "FAILED"
    assert requests.put(path, json={"status": "REFUND"}, timeout=5).status_code == 409
    assert requests.put(path, json={"status": "LOST"}, timeout=5).status_code == 400
    assert sandbox.get("/_world/wallet")["balance"] == before + 100
    assert ask(sandbox, failed["mch_billno"])["reason"]
    assert [m["opened"] for m in person.messages()] == [False, False]


# --- faults ---


def test_faults_speak_wechat_pays_words(sandbox: Sandbox) -> None:
    asked = fields(re_openid=sandbox.person().oa_openid)
    sandbox.fault(SEND, "errcode", errcode="SEND_FAILED")
    told = call(sandbox, SEND, asked)
    assert (told["err_code"], told["mch_billno"]) == ("SEND_FAILED", asked["mch_billno"])
    assert ask(sandbox, asked["mch_billno"])["err_code"] == "NOT_FOUND", "nothing was done"
    sandbox.fault("*", "errcode", errcode=-1)
    assert call(sandbox, SEND, asked)["err_code"] == "SYSTEMERROR"
    sandbox.fault(SEND, "errcode_after", errcode="SYSTEMERROR")
    assert call(sandbox, SEND, asked)["err_code"] == "SYSTEMERROR"
    assert ask(sandbox, asked["mch_billno"])["result_code"] == "SUCCESS", "it was done"


def test_an_error_after_the_effect_at_other_doors(sandbox: Sandbox) -> None:
    code = sandbox.person().code("wx-login")
    login = {**MINI, "js_code": code, "grant_type": "authorization_code"}
    sandbox.fault("/sns/jscode2session", "errcode_after", errcode=-1)
    assert sandbox.get("/sns/jscode2session", **login)["errcode"] == -1
    assert sandbox.get("/sns/jscode2session", **login)["errcode"] == 40163, "the code was used"


def test_a_share_of_calls_until_faults_are_cleared(sandbox: Sandbox) -> None:
    asked = fields(re_openid="x")
    sandbox.fault(SEND, "errcode", errcode="PROCESSING", share=0.3, times=1)
    told = [call(sandbox, SEND, asked)["err_code"] for _ in range(200)]
    assert 20 < told.count("PROCESSING") < 110
    sandbox.fault(SEND, "errcode", errcode="SYSTEMERROR", share=1)
    assert "OPENID_ERROR" not in {call(sandbox, SEND, asked)["err_code"] for _ in range(20)}
    assert len(sandbox.get("/_world/faults")["faults"]) == 2
    sandbox.delete_faults()
    assert call(sandbox, SEND, asked)["err_code"] == "OPENID_ERROR"


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "drop", "share": 0},
        {"kind": "drop", "share": 1.1},
        {"kind": "drop", "share": -0.1},
        {"kind": "drop", "share": True},
        {"kind": "drop", "share": "1"},
        {"kind": "errcode_after"},
        {"kind": "errcode_after", "errcode": "<b>"},
    ],
)
def test_faults_that_cannot_be_played(sandbox: Sandbox, wish: dict) -> None:
    answer = requests.post(f"{sandbox.url}/_world/faults", json={"path": SEND, **wish}, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["message"]
