"""WeChat Pay v3's own words, spoken without the product: signatures, orders, refunds, bills, faults."""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from datetime import datetime, timedelta

import pytest
import requests

from tests.sandbox.pay_v3 import (
    BILL,
    JSAPI,
    MCH,
    REFUNDS,
    call,
    headers,
    order,
    paid,
    placed,
    query,
    refund,
)
from tests.sandbox.support import MINI, OA, Sandbox

# --- who asks ---


def test_an_order_from_its_opening_to_its_payment(sandbox: Sandbox) -> None:
    asked = placed(sandbox)
    number = asked["out_trade_no"]
    status, waiting = query(sandbox, number)
    assert status == 200
    assert (waiting["trade_state"], waiting["amount"]["total"]) == ("NOTPAY", 100)
    assert "transaction_id" not in waiting
    sandbox.post(f"/_world/collector/orders/{number}/pay", {})
    _, told = query(sandbox, number)
    assert told == {
        "mchid": MCH,
        "appid": MINI["appid"],
        "out_trade_no": number,
        "attach": "",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "promotion_detail": [],
        "transaction_id": told["transaction_id"],
        "trade_type": "JSAPI",
        "bank_type": "OTHERS",
        "success_time": told["success_time"],
        "payer": asked["payer"],
        "amount": {"total": 100, "payer_total": 100, "currency": "CNY", "payer_currency": "CNY"},
    }
    by_id = call(sandbox, "GET", f"/v3/pay/transactions/id/{told['transaction_id']}?mchid={MCH}")
    assert by_id == (200, told)


@pytest.mark.parametrize(
    "more",
    [
        {"mchid": "1900000001"},
        {"serial_no": "AA"},
        {"timestamp": str(int(time.time()) - 1000)},
        {"timestamp": "now"},
        {"timestamp": "²"},
        {"nonce_str": ""},
        {"nonce_str": "x" * 33},
        {"signature": "AAAA"},
        {"signature": "!"},
        {"extra": "1"},
    ],
)
def test_whoever_cannot_show_who_they_are(sandbox: Sandbox, more: dict[str, str]) -> None:
    path = f"/v3/pay/transactions/out-trade-no/JF00000001?mchid={MCH}"
    answer = requests.get(sandbox.url + path, headers=headers(sandbox, "GET", path, b"", **more), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR")
    assert "Wechatpay-Signature" not in answer.headers


def test_every_part_of_a_question_is_signed(sandbox: Sandbox) -> None:
    asked = order(sandbox.person())
    content = json.dumps(asked).encode()
    good = headers(sandbox, "POST", JSAPI, content)
    changed = json.dumps({**asked, "amount": {"total": 1}}).encode()
    for method, path, body in (("POST", JSAPI, changed), ("POST", JSAPI + "?a=1", content)):
        answer = requests.request(method, sandbox.url + path, data=body, headers=good, timeout=5)
        assert answer.status_code == 401
    for status in (200, 401):  # a nonce counts once
        answer = requests.post(sandbox.url + JSAPI, data=content, headers=good, timeout=5)
        assert answer.status_code == status
    assert requests.get(sandbox.url + BILL, timeout=5).status_code == 401


def test_an_unknown_address_is_answered_in_json(sandbox: Sandbox) -> None:
    answer = requests.get(f"{sandbox.url}/v3/nothing", timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_NOT_EXISTS")


# --- orders ---


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"mchid": "1"}, 400, "PARAM_ERROR"),
        ({"appid": "wx0"}, 400, "APPID_MCHID_NOT_MATCH"),
        ({"appid": OA["appid"]}, 400, "PARAM_ERROR"),
        ({"payer": {"openid": "oNobody"}}, 400, "PARAM_ERROR"),
        ({"payer": None}, 400, "PARAM_ERROR"),
        ({"description": ""}, 400, "PARAM_ERROR"),
        ({"description": "长" * 128}, 400, "PARAM_ERROR"),
        ({"out_trade_no": "short"}, 400, "PARAM_ERROR"),
        ({"out_trade_no": "N" * 33}, 400, "PARAM_ERROR"),
        ({"out_trade_no": "单号单号单号"}, 400, "PARAM_ERROR"),
        ({"amount": {"total": 0}}, 400, "PARAM_ERROR"),
        ({"amount": {"total": 1.5}}, 400, "PARAM_ERROR"),
        ({"amount": {"total": True}}, 400, "PARAM_ERROR"),
        ({"amount": {"total": "100"}}, 400, "PARAM_ERROR"),
        ({"amount": {"total": 100, "currency": "USD"}}, 400, "PARAM_ERROR"),
        ({"notify_url": "http://shebao.example/x"}, 400, "PARAM_ERROR"),
        ({"notify_url": "https://shebao.example/x?a=1"}, 400, "PARAM_ERROR"),
        ({"time_expire": "2020-01-01T00:00:00+08:00"}, 400, "PARAM_ERROR"),
        ({"time_expire": "2020-13-01T00:00:00+08:00"}, 400, "PARAM_ERROR"),
        ({"time_expire": "tomorrow"}, 400, "PARAM_ERROR"),
    ],
)
def test_what_is_wrong_is_refused(sandbox: Sandbox, change: dict, status: int, code: str) -> None:
    asked = order(sandbox.person()) | change
    told, body = call(sandbox, "POST", JSAPI, asked)
    assert (told, body["code"]) == (status, code)
    assert body["message"]
    unknown = f"{sandbox.url}/_world/collector/orders/{asked['out_trade_no']}"
    assert requests.get(unknown, timeout=5).status_code == 404


@pytest.mark.parametrize("content", [[], "text", None, 1])
def test_a_body_that_is_no_object(sandbox: Sandbox, content: object) -> None:
    assert call(sandbox, "POST", JSAPI, content)[1]["code"] == "PARAM_ERROR"


def test_the_same_number_again(sandbox: Sandbox) -> None:
    asked = placed(sandbox)
    assert call(sandbox, "POST", JSAPI, asked)[0] == 200
    for change in ({"description": "别的"}, {"amount": {"total": 99}}, {"attach": "a"}):
        assert call(sandbox, "POST", JSAPI, asked | change)[1]["code"] == "OUT_TRADE_NO_USED"
    sandbox.post(f"/_world/collector/orders/{asked['out_trade_no']}/pay", {})
    assert call(sandbox, "POST", JSAPI, asked)[1]["code"] == "ORDERPAID"


def test_closing(sandbox: Sandbox) -> None:
    asked, done = placed(sandbox), paid(sandbox)

    def close(number: str, mchid: str = MCH) -> tuple[int, str]:
        path = f"/v3/pay/transactions/out-trade-no/{number}/close"
        status, told = call(sandbox, "POST", path, {"mchid": mchid})
        return status, told.get("code", "")

    number = asked["out_trade_no"]
    assert close(number, "1") == (400, "PARAM_ERROR")
    assert close(number) == (204, "")
    assert close(number) == (400, "ORDER_CLOSED")
    assert close(done["out_trade_no"]) == (400, "ORDERPAID")
    assert close("NOTHING") == (404, "ORDER_NOT_EXIST")
    assert call(sandbox, "POST", JSAPI, asked)[1]["code"] == "ORDER_CLOSED"


# --- refunds ---


def test_a_refund_and_its_end(sandbox: Sandbox) -> None:
    asked = paid(sandbox)
    wanted = refund(asked, 40)
    status, told = call(sandbox, "POST", REFUNDS, wanted)
    assert (status, told["status"], told["amount"]["refund"]) == (200, "PROCESSING", 40)
    assert "success_time" not in told
    sandbox.post("/_world/clock", {"seconds": 4})
    status, over = call(sandbox, "GET", f"{REFUNDS}/{wanted['out_refund_no']}")
    assert (status, over["status"], over["refund_id"]) == (200, "SUCCESS", told["refund_id"])
    assert over["success_time"]
    assert query(sandbox, asked["out_trade_no"])[1]["trade_state"] == "REFUND"
    again = call(sandbox, "POST", REFUNDS, wanted)[1]
    assert again == over
    assert call(sandbox, "GET", f"{REFUNDS}/NOTHING")[1]["code"] == "RESOURCE_NOT_EXISTS"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"out_trade_no": "NOTHING"}, 404, "RESOURCE_NOT_EXISTS"),
        ({"amount": {"refund": 101, "total": 100, "currency": "CNY"}}, 400, "INVALID_REQUEST"),
        ({"amount": {"refund": 1, "total": 99, "currency": "CNY"}}, 400, "INVALID_REQUEST"),
        ({"amount": {"refund": 1, "total": 100}}, 400, "PARAM_ERROR"),
        ({"amount": {"refund": 0, "total": 100, "currency": "CNY"}}, 400, "PARAM_ERROR"),
        ({"out_refund_no": "号"}, 400, "PARAM_ERROR"),
        ({"reason": "长" * 27}, 400, "PARAM_ERROR"),
    ],
)
def test_refunds_that_are_refused(sandbox: Sandbox, change: dict, status: int, code: str) -> None:
    told, body = call(sandbox, "POST", REFUNDS, refund(paid(sandbox)) | change)
    assert (told, body["code"]) == (status, code)


def test_a_balance_that_is_too_low(sandbox: Sandbox) -> None:
    asked = paid(sandbox)
    sandbox.put("/_world/collector", {"balance": 99})
    assert call(sandbox, "POST", REFUNDS, refund(asked))[1]["code"] == "NOT_ENOUGH"
    sandbox.put("/_world/collector", {"balance": 10_000})


# --- the bill ---


def test_the_bill_in_its_own_format(sandbox: Sandbox) -> None:
    asked = paid(sandbox, description="费,用`")
    back = refund(asked, 40)
    call(sandbox, "POST", REFUNDS, back)
    day = datetime.fromisoformat(sandbox.get("/_world/clock")["now"]).date()

    def told(**more: str) -> tuple[int, dict]:
        asked = {"bill_date": day.isoformat(), "bill_type": "ALL"} | more
        return call(sandbox, "GET", f"{BILL}?{'&'.join(f'{name}={value}' for name, value in asked.items())}")

    assert told()[1]["code"] == "NO_STATEMENT_EXIST", "the day is not over"
    sandbox.post("/_world/clock", {"seconds": 86_400})
    status, where = told()
    assert (status, where["hash_type"]) == (200, "SHA1")
    text = fetched(sandbox, where["download_url"])
    assert hashlib.sha1(text).hexdigest() == where["hash_value"]
    packed = told(tar_type="GZIP")[1]
    assert gzip.decompress(fetched(sandbox, packed["download_url"])) == text
    assert packed["hash_value"] == where["hash_value"]
    head, *rows, totals_head, totals, end = text.decode().split("\r\n")
    assert (head.count(","), end) == (26, "")
    payment, refunded = (row for row in rows if asked["out_trade_no"] in row)
    assert payment.split(",`")[9:13] == ["SUCCESS", "OTHERS", "CNY", "1.00"]
    assert refunded.split(",`")[15:17] == [back["out_refund_no"], "0.40"]
    assert totals_head.startswith("总交易单数,应结订单总金额,")
    assert totals.startswith(f"`{len(rows)},`")
    for more in ({"bill_date": "20260101"}, {"tar_type": "ZIP"}, {"bill_type": "RECHARGE_REFUND"}):
        assert told(**more)[1]["code"] == "PARAM_ERROR"
    assert told(bill_date=(day - timedelta(days=400)).isoformat())[1]["code"] == "NO_STATEMENT_EXIST"
    sandbox.post("/_world/clock", {"seconds": 301})
    old = "/v3" + where["download_url"].partition("/v3")[2]
    assert call(sandbox, "GET", old)[1]["code"] == "INVALID_REQUEST"


def fetched(sandbox: Sandbox, url: str) -> bytes:
    path = "/v3" + url.partition("/v3")[2]
    answer = requests.get(sandbox.url + path, headers=headers(sandbox, "GET", path, b""), timeout=5)
    assert "Wechatpay-Signature" not in answer.headers
    return answer.content


# --- the world's door and faults ---


def test_the_door_of_the_collector(sandbox: Sandbox) -> None:
    asked = placed(sandbox)
    number = asked["out_trade_no"]
    for method, path, body in (
        ("PUT", "collector", {"balance": -1}),
        ("PUT", "collector", {"balance": "1"}),
        ("PUT", "collector", {"misstated": True}),
        ("PUT", "collector", {"refund_seconds": -1}),
        ("PUT", "collector", {"refund_end": "PROCESSING"}),
        ("PUT", "collector/notices", {"copies": 0}),
        ("PUT", "collector/notices", {"delay": "soon"}),
        ("PUT", "collector/notices", {"dropped": 1}),
        ("PUT", "collector/notices", {"forge": "all"}),
        ("PUT", "collector/bill", {"spoil": "wet"}),
        ("PUT", f"collector/orders/{number}", {"trade_state": "LOST"}),
        ("PUT", "collector/refunds/NOTHING", {"status": "LOST"}),
    ):
        answer = requests.request(method, f"{sandbox.url}/_world/{path}", json=body, timeout=5)
        assert (answer.status_code, bool(answer.json()["message"])) == (400, True), body
    for method, path in (
        ("GET", "collector/orders/NOTHING"),
        ("POST", "collector/orders/NOTHING/pay"),
        ("GET", "collector/refunds/NOTHING"),
        ("GET", f"collector/orders/{number}/notice"),
    ):
        assert requests.request(method, f"{sandbox.url}/_world/{path}", timeout=5).status_code == 404, path
    assert sandbox.post(f"/_world/collector/orders/{number}/pay", {})["state"] == "SUCCESS"
    twice = requests.post(f"{sandbox.url}/_world/collector/orders/{number}/pay", timeout=5)
    assert (twice.status_code, twice.json()["message"]) == (409, "该订单已支付")


def test_faults_speak_v3s_words(sandbox: Sandbox) -> None:
    asked = order(sandbox.person())
    sandbox.fault(JSAPI, "errcode", errcode="FREQUENCY_LIMITED")
    assert call(sandbox, "POST", JSAPI, asked) == (429, {"code": "FREQUENCY_LIMITED", "message": "频率超限"})
    sandbox.fault("*", "errcode", errcode=-1)
    assert call(sandbox, "POST", JSAPI, asked)[1]["code"] == "SYSTEM_ERROR"
    sandbox.fault(JSAPI, "errcode_after", errcode="SYSTEM_ERROR")
    assert call(sandbox, "POST", JSAPI, asked)[0] == 500
    sandbox.fault("/v3/pay/transactions/out-trade-no/*", "errcode", errcode="BANK_ERROR")
    assert query(sandbox, asked["out_trade_no"])[0] == 500
    assert query(sandbox, asked["out_trade_no"])[0] == 200, "it was done"
