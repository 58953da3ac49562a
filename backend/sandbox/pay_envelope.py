"""WeChat Pay v3's envelope: who asks, signed answers, and sealed notices."""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Response, request

from backend.sandbox import bank_crypto
from backend.sandbox.bank_crypto import RSA
from backend.sandbox.world import World, iso, the_world

SCHEME = "WECHATPAY2-SHA256-RSA2048"
SKEW_SECONDS = 300
NONCES_KEPT_SECONDS = 3600
TABLES = (
    "CREATE TABLE IF NOT EXISTS collect_nonce (nonce TEXT PRIMARY KEY, at REAL NOT NULL)",
    "CREATE INDEX IF NOT EXISTS collect_nonce_by_age ON collect_nonce (at)",
)
OTHER_KEY = b"another merchant's 32-byte secret"[:32]
FORGERIES = ("signature", "serial", "stale", "future", "key", "merchant")
"""How a notice may be false: the first four betray themselves on the outside, the others only inside."""
STATUSES = {
    "SIGN_ERROR": 401,
    "ACCOUNT_ERROR": 403,
    "NOT_ENOUGH": 403,
    "NO_AUTH": 403,
    "OUT_TRADE_NO_USED": 403,
    "RULE_LIMIT": 403,
    "TRADE_ERROR": 403,
    "USER_ACCOUNT_ABNORMAL": 403,
    "MCH_NOT_EXISTS": 404,
    "ORDERNOTEXIST": 404,
    "ORDER_NOT_EXIST": 404,
    "RESOURCE_NOT_EXISTS": 404,
    "FREQUENCY_LIMITED": 429,
    "RATELIMIT_EXCEEDED": 429,
    "BANK_ERROR": 500,
    "OPENID_MISMATCH": 500,
    "SYSTEM_ERROR": 500,
    "USERPAYING": 202,
}
WORDS = {
    "APPID_MCHID_NOT_MATCH": "appid和mch_id不匹配",
    "FREQUENCY_LIMITED": "频率超限",
    "MCH_NOT_EXISTS": "商户号不存在",
    "NOT_ENOUGH": "余额不足",
    "NO_STATEMENT_EXIST": "账单文件不存在",
    "ORDERPAID": "该订单已支付",
    "ORDER_CLOSED": "订单已关闭",
    "ORDER_NOT_EXIST": "订单不存在",
    "OUT_TRADE_NO_USED": "商户订单号重复",
    "RESOURCE_NOT_EXISTS": "查询的资源不存在",
    "SIGN_ERROR": "签名错误",
    "STATEMENT_CREATING": "账单生成中",
    "SYSTEM_ERROR": "系统异常，请用相同参数重新调用",
    "USERPAYING": "需要用户输入支付密码",
}


class Refused(Exception):
    """The call fails with this code, and perhaps with words of its own."""

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(code)
        self.words = words or WORDS.get(code, code)


@dataclass(frozen=True)
class Letter:
    """A notice as it is posted."""

    headers: Mapping[str, str]
    body: str


def authenticate(world: World) -> None:
    """Who calls, and when; raises Refused."""
    given = request.headers.get("Authorization", "")
    scheme, _, rest = given.partition(" ")
    told = dict(re.findall(r'(\w+)="([^"]*)"', rest))
    collector = world.config.collector
    names = {"mchid", "nonce_str", "signature", "timestamp", "serial_no"}
    if scheme != SCHEME or set(told) != names or told["mchid"] != collector.mch_id:
        raise Refused("SIGN_ERROR", "Authorization不正确")
    if told["serial_no"] != collector.serial or not 1 <= len(told["nonce_str"]) <= 32:
        raise Refused("SIGN_ERROR", "商户证书序列号有误")
    if not re.fullmatch(r"\d{1,12}", told["timestamp"], re.ASCII) or not _fresh(
        world, int(told["timestamp"])
    ):
        raise Refused("SIGN_ERROR", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
    target = request.environ["REQUEST_URI"]
    lines = (request.method, target, told["timestamp"], told["nonce_str"])
    message = "".join(f"{line}\n" for line in lines).encode() + request.get_data() + b"\n"
    if not _is_signed(world, message, told["signature"]):
        raise Refused("SIGN_ERROR")
    if request.headers.get("Wechatpay-Serial", collector.public_key_id) != collector.public_key_id:
        raise Refused("PARAM_ERROR", "Wechatpay-Serial不正确")
    if "application/json" not in request.headers.get("Accept", ""):
        raise Refused("PARAM_ERROR", "Accept须为application/json")
    _spend(world, told["nonce_str"])


def pay_sign_is_ours(world: World, appid: str, params: Mapping[str, str]) -> bool:
    """Whether the merchant signed what a phone was given to open a payment with."""
    lines = (appid, params["timeStamp"], params["nonceStr"], params["package"])
    return _is_signed(world, "".join(f"{line}\n" for line in lines).encode(), params["paySign"])


def answer(body: Mapping[str, Any] | None, status: int = 200) -> Response:
    """A signed answer; None has no content at all."""
    text = "" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    headers = _signed(the_world(), text)
    return Response(text, status, content_type="application/json; charset=utf-8", headers=headers)


def failed(code: str, words: str = "") -> Response:
    """An error. Whoever could not show who they are gets an answer without a signature."""
    body = {"code": code, "message": words or WORDS.get(code, code)}
    status = STATUSES.get(code, 400)
    if code == "SIGN_ERROR":
        text = json.dumps(body, ensure_ascii=False)
        return Response(text, status, content_type="application/json; charset=utf-8")
    return answer(body, status)


def letter(world: World, notice: sqlite3.Row, forge: str = "", at: float | None = None) -> Letter:
    """A notice, sealed and signed anew, or forged."""
    collector = world.config.collector
    content = json.loads(notice["content"])
    if forge == "merchant":
        content["mchid"] = "1900000001"
    key = OTHER_KEY if forge == "key" else collector.api_key.encode()
    body = {
        "id": notice["id"],
        "create_time": iso(notice["created_at"]),
        "resource_type": "encrypt-resource",
        "event_type": notice["event_type"],
        "summary": notice["summary"],
        "resource": _sealed(json.dumps(content, ensure_ascii=False), key, notice["about"]),
    }
    text = json.dumps(body, ensure_ascii=False)
    shift = {"stale": -600, "future": 600}.get(forge, 0)
    headers = _signed(world, text, (world.product_time() if at is None else at) + shift)
    if forge == "signature":  # as WeChat Pay itself does now and then, to see whether anybody looks
        headers["Wechatpay-Signature"] = "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"][19:]
    if forge == "serial":
        headers["Wechatpay-Serial"] = "PUB_KEY_ID_0000000000000000000000000000000000"
    return Letter({**headers, "Content-Type": "application/json"}, text)


def _sealed(text: str, key: bytes, about: str) -> dict[str, str]:
    kind = "transaction" if about == "order" else "refund"
    nonce = secrets.token_hex(6)
    sealed = AESGCM(key).encrypt(nonce.encode(), text.encode(), kind.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "associated_data": kind,
        "nonce": nonce,
        "original_type": kind,
    }


def _signed(world: World, text: str, at: float | None = None) -> dict[str, str]:
    collector = world.config.collector
    stamp, nonce = str(int(world.product_time() if at is None else at)), secrets.token_hex(16)
    message = f"{stamp}\n{nonce}\n{text}\n".encode()
    signature = bank_crypto.sign(RSA, collector.keys / "wechat.pem", message)
    return {
        "Request-ID": secrets.token_hex(20).upper(),
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": collector.public_key_id,
        "Wechatpay-Signature": base64.b64encode(signature).decode(),
        "Wechatpay-Signature-Type": SCHEME,
        "Wechatpay-Timestamp": stamp,
    }


def _is_signed(world: World, message: bytes, signature: str) -> bool:
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    return bank_crypto.verified(RSA, world.config.collector.keys / "bureau.pub", message, raw)


def _fresh(world: World, stamp: int) -> bool:
    """By the machine's clock or the product's: its library signs by the one, whatever the product shows."""
    return any(abs(clock - stamp) <= SKEW_SECONDS for clock in (time.time(), world.product_time()))


def _spend(world: World, nonce: str) -> None:
    """Each nonce once. They age by the machine's clock, which nobody moves to have old ones forgotten."""
    now = time.time()
    with world.store.write() as db:
        db.execute("DELETE FROM collect_nonce WHERE at < ?", (now - NONCES_KEPT_SECONDS,))
        if not db.execute("INSERT OR IGNORE INTO collect_nonce VALUES (?, ?)", (nonce, now)).rowcount:
            raise Refused("SIGN_ERROR", "nonce_str重复")
