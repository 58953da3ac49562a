"""WeChat Pay v2: cash red packets and the fund-flow bill, in signed XML as the real ones speak it."""

from __future__ import annotations

import gzip
import ipaddress
import re
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from flask import Blueprint, Response, request

from backend.sandbox import crypto, wallet, wallet_bill
from backend.sandbox.wallet import KEPT_DAYS, Order
from backend.sandbox.world import World, iso, the_world

BILL_PATH = "/pay/downloadfundflow"
LEAST_FEN, MOST_FEN = 100, 20_000
NUMBER = re.compile(r"[0-9A-Za-z|_*@-]{1,28}")
MOST_BYTES = {"nonce_str": 32, "send_name": 32, "wishing": 128, "act_name": 32, "remark": 256}
ECHOED = ("mch_billno", "mch_id", "wxappid", "re_openid", "total_amount")
"""What an answer repeats of the question, refusals too."""
WORDS = {
    "BILL_CREATING": "账单未生成",
    "FATAL_ERROR": "openid和原始单参数不一致",
    "FREQ_LIMIT": "超过频率限制,请稍后再试",
    "ILLEGAL_APPID": "非法appid，请确认是否为公众号的appid，不能为APP的appid",
    "MONEY_LIMIT": "红包金额发放限制",
    "NOTENOUGH": "帐号余额不足，请到商户平台充值后再重试",
    "NOT_FOUND": "指定单号数据不存在",
    "NO_AUTH": "发放失败，此请求可能存在风险，已被微信拦截",
    "NO_BILL_EXIST": "账单不存在",
    "OPENID_ERROR": "openid和appid不匹配",
    "PARAM_ERROR": "参数错误",
    "PROCESSING": "请求已受理，请稍后使用原单号查询发放结果",
    "SENDNUM_LIMIT": "该用户今日领取红包个数超过限制",
    "SEND_FAILED": "红包发放失败,请更换单号再重试",
    "SIGN_ERROR": "签名错误",
    "SYSTEMERROR": "请求已受理，请稍后使用原单号查询发放结果",
    "XML_ERROR": "输入xml参数格式错误",
}

Fields = dict[str, str]
Act = Callable[[World, sqlite3.Connection, Fields], Response]
"""What a call does in its transaction, and answers."""

routes = Blueprint("wechat_pay", __name__)


class Refused(Exception):
    """The call fails with this code."""


@routes.post("/mmpaymkttransfers/sendredpack")
def send_red_packet() -> Response:
    """One packet for one person; a number that comes again is answered again, and paid once."""
    return _answered(_send)


@routes.post("/mmpaymkttransfers/gethbinfo")
def red_packet_info() -> Response:
    """What became of a packet of the last thirty days."""
    return _answered(_tell)


@routes.post(BILL_PATH)
def fund_flow() -> Response:
    """The movements of a day that is over, as CSV; errors are XML."""
    return _answered(_bill)


def failed(code: str) -> Response:
    """The answer of a fault or refusal, with what it repeats of the question."""
    try:
        asked = _asked()
    except Refused:
        asked = {}
    words = WORDS.get(code, code)
    heard = "FAIL" if code in ("SIGN_ERROR", "XML_ERROR") else "SUCCESS"
    return _signed(
        {
            "return_code": heard,
            "return_msg": words,
            "result_code": "FAIL",
            "err_code": code,
            "err_code_des": words,
            **{name: asked[name] for name in ECHOED if asked.get(name)},
        }
    )


def _answered(act: Act) -> Response:
    """Checks before the transaction: arithmetic must not hold up others."""
    world = the_world()
    try:
        asked = _asked()
        _authenticate(world, asked)
        with world.store.write() as db:
            wallet.advance(db, world.now(db))
            return act(world, db, asked)
    except Refused as refusal:
        return failed(str(refusal))


def _asked() -> Fields:
    """The posted fields; WeChat Pay looks at the body alone, whatever Content-Type says."""
    try:
        root = fromstring(request.get_data())
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Refused("XML_ERROR") from error
    if root.tag != "xml" or any(len(field) for field in root) or len({f.tag for f in root}) != len(root):
        raise Refused("XML_ERROR")
    return {field.tag: field.text or "" for field in root}


def _authenticate(world: World, asked: Mapping[str, str]) -> None:
    merchant = world.config.merchant
    if asked.get("mch_id") != merchant.mch_id or not asked.get("nonce_str"):
        raise Refused("PARAM_ERROR")
    if _appid(asked) not in (world.config.oa.appid, world.config.mini.appid):
        raise Refused("ILLEGAL_APPID")
    if asked.get("sign_type", "MD5") != _sign_type():
        raise Refused("SIGN_ERROR")
    expected = crypto.pay_signature(asked, merchant.api_key, _sign_type())
    if not secrets.compare_digest(expected.encode(), asked.get("sign", "").encode()):
        raise Refused("SIGN_ERROR")


def _sign_type() -> str:
    """The bill takes no MD5."""
    return "HMAC-SHA256" if request.path == BILL_PATH else "MD5"


def _appid(asked: Mapping[str, str]) -> str:
    return asked.get("wxappid") or asked.get("appid", "")


def _send(world: World, db: sqlite3.Connection, asked: Fields) -> Response:
    order = _order(asked)
    app = world.config.oa if _appid(asked) == world.config.oa.appid else world.config.mini
    person = world.phone_of(db, app, order.openid)
    if person is None:
        raise Refused("OPENID_ERROR")
    packet = wallet.find(db, order.number)
    code = wallet.known_as(order, packet) if packet else wallet.refusal(db, world.now(db), order)
    if code:
        raise Refused(code)
    packet = packet or wallet.send(world, db, order, person["phone"])
    return _signed(
        {**_success("发放成功"), **{name: asked[name] for name in ECHOED}, "send_listid": packet["listid"]}
    )


def _order(asked: Mapping[str, str]) -> Order:
    amount = asked.get("total_amount", "")
    texts = all(0 < len(asked.get(name, "").encode()) <= most for name, most in MOST_BYTES.items())
    plain = re.fullmatch(r"\d{1,10}", amount, re.ASCII)
    if not (texts and plain and NUMBER.fullmatch(asked.get("mch_billno", ""))):
        raise Refused("PARAM_ERROR")
    if asked.get("total_num") != "1" or not _is_address(asked.get("client_ip", "")):
        raise Refused("PARAM_ERROR")
    if not LEAST_FEN <= int(amount) <= MOST_FEN:
        raise Refused("MONEY_LIMIT")
    texts_of_packet = (asked[name] for name in ("send_name", "wishing", "act_name", "remark"))
    return Order(asked["mch_billno"], asked.get("re_openid", ""), int(amount), *texts_of_packet)


def _is_address(text: str) -> bool:
    try:
        return bool(ipaddress.IPv4Address(text))
    except ValueError:
        return False


def _tell(world: World, db: sqlite3.Connection, asked: Fields) -> Response:
    if asked.get("bill_type") != "MCHT" or not NUMBER.fullmatch(asked.get("mch_billno", "")):
        raise Refused("PARAM_ERROR")
    packet = wallet.find(db, asked["mch_billno"])
    if packet is None or packet["sent_at"] < world.now(db) - KEPT_DAYS * wallet.DAY_SECONDS:
        raise Refused("NOT_FOUND")
    fields = {
        **_success("OK"),
        "mch_billno": packet["number"],
        "mch_id": world.config.merchant.mch_id,
        "detail_id": packet["listid"],
        "status": packet["status"],
        "send_type": "API",
        "hb_type": "NORMAL",
        "total_num": "1",
        "total_amount": str(packet["amount"]),
        "send_time": _moment(packet["sent_at"]),
        "wishing": packet["wishing"],
        "remark": packet["remark"],
        "act_name": packet["act_name"],
    }
    if packet["status"] == wallet.FAILED:
        fields["reason"] = "该用户账号异常"
    if packet["status"] == wallet.REFUND:
        fields |= {
            "refund_time": _moment(packet["refunded_at"]),
            "refund_amount": str(packet["amount"]),
        }
    return _signed(fields, _opened(packet))


def _opened(packet: sqlite3.Row) -> str:
    """Who took it, as a list of one, which no signature covers."""
    if packet["status"] != wallet.RECEIVED:
        return ""
    inner = {"openid": packet["openid"], "amount": str(packet["amount"])}
    inner["rcv_time"] = _moment(packet["received_at"])
    return f"<hblist>\n<hbinfo>\n{_elements(inner)}\n</hbinfo>\n</hblist>\n"


def _bill(world: World, db: sqlite3.Connection, asked: Fields) -> Response:
    kinds = asked.get("account_type") in ("Basic", "Operation", "Fees")
    if not kinds or asked.get("tar_type", "GZIP") != "GZIP":
        raise Refused("PARAM_ERROR")
    if not re.fullmatch(r"\d{8}", asked.get("bill_date", ""), re.ASCII):
        raise Refused("PARAM_ERROR")
    mch_id = world.config.merchant.mch_id
    text = wallet_bill.bill(db, mch_id, asked["bill_date"], world.now(db))
    if not text or asked["account_type"] != "Basic":
        raise Refused("NO_BILL_EXIST")
    content = wallet_bill.spoiled(text, wallet.account(db)["spoil"]).encode()
    db.execute("UPDATE wallet SET spoil = ''")
    if "tar_type" in asked:
        return Response(gzip.compress(content), content_type="application/octet-stream")
    return Response(content, content_type="text/plain; charset=utf-8")


def _success(words: str) -> Fields:
    return {"return_code": "SUCCESS", "return_msg": words, "result_code": "SUCCESS"} | {
        "err_code": "SUCCESS",
        "err_code_des": words,
    }


def _moment(at: float) -> str:
    return iso(at)[:19].replace("T", " ")


def _signed(fields: Mapping[str, str], unsigned: str = "") -> Response:
    key = the_world().config.merchant.api_key
    signed = {**fields, "nonce_str": secrets.token_hex(16)}
    signed["sign"] = crypto.pay_signature(signed, key, _sign_type())
    body = f"<xml>\n{_elements(signed)}\n{unsigned}</xml>"
    return Response(body, content_type="text/plain; charset=utf-8")


def _elements(fields: Mapping[str, str]) -> str:
    """As WeChat Pay writes them; the end of a CDATA section inside a value begins another one."""
    return "\n".join(
        f"<{name}><![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"
        for name, value in fields.items()
    )
