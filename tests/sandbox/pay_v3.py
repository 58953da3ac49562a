"""WeChat Pay v3 spoken by hand: signed questions, and answers whose signature is checked."""

from __future__ import annotations

import base64
import json
import secrets
import time
from itertools import count
from pathlib import Path

import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from tests.sandbox.support import MINI, Person, Sandbox

MCH, SERIAL = "1900000209", "5E5BAA0000000000000000000000000000000001"
KEY, KEY_ID = b"demo0000000000000000000000v3-key", "PUB_KEY_ID_0119000002090000000000000000000001"
JSAPI, REFUNDS, BILL = "/v3/pay/transactions/jsapi", "/v3/refund/domestic/refunds", "/v3/bill/tradebill"
SCHEME = "WECHATPAY2-SHA256-RSA2048"
numbers = count(1)


def keys(sandbox: Sandbox) -> tuple[RSAPrivateKey, RSAPublicKey]:
    folder = Path(sandbox.environment["DATA_DIR"]) / "sandbox" / "pay-keys"
    ours = load_pem_private_key((folder / "bureau.pem").read_bytes(), None)
    theirs = load_pem_public_key((folder / "wechat.pub").read_bytes())
    assert isinstance(ours, RSAPrivateKey)
    assert isinstance(theirs, RSAPublicKey)
    return ours, theirs


def headers(sandbox: Sandbox, method: str, path: str, body: bytes, **more: str) -> dict[str, str]:
    told = {
        "mchid": MCH,
        "nonce_str": secrets.token_hex(16),
        "timestamp": str(int(time.time())),
        "serial_no": SERIAL,
    } | more
    message = f"{method}\n{path}\n{told['timestamp']}\n{told['nonce_str']}\n".encode() + body + b"\n"
    signature = keys(sandbox)[0].sign(message, padding.PKCS1v15(), hashes.SHA256())
    told = {"signature": base64.b64encode(signature).decode()} | told
    fields = ",".join(f'{name}="{value}"' for name, value in told.items())
    return {"Authorization": f"{SCHEME} {fields}", "Accept": "application/json"}


def call(sandbox: Sandbox, method: str, path: str, body: object = None) -> tuple[int, dict]:
    content = b"" if body is None else json.dumps(body).encode()
    answer = requests.request(
        method,
        sandbox.url + path,
        data=content,
        headers=headers(sandbox, method, path, content),
        timeout=5,
    )
    told = answer.headers
    message = f"{told['Wechatpay-Timestamp']}\n{told['Wechatpay-Nonce']}\n".encode() + answer.content + b"\n"
    signature = base64.b64decode(told["Wechatpay-Signature"])
    keys(sandbox)[1].verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    assert (told["Wechatpay-Serial"], told["Wechatpay-Signature-Type"]) == (KEY_ID, SCHEME)
    return answer.status_code, answer.json() if answer.content else {}


def order(of: Person, **more: object) -> dict:
    return {
        "appid": MINI["appid"],
        "mchid": MCH,
        "description": "养老保险费",
        "out_trade_no": f"ORDER{next(numbers):020d}",
        "notify_url": "https://shebao.example/callbacks/wechat-pay",
        "amount": {"total": 100, "currency": "CNY"},
        "payer": {"openid": of.mini_openid},
    } | more


def placed(sandbox: Sandbox, **more: object) -> dict:
    asked = order(sandbox.person(), **more)
    status, told = call(sandbox, "POST", JSAPI, asked)
    assert (status, list(told)) == (200, ["prepay_id"])
    return asked


def paid(sandbox: Sandbox, **more: object) -> dict:
    asked = placed(sandbox, **more)
    assert sandbox.post(f"/_world/collector/orders/{asked['out_trade_no']}/pay", {})["state"] == "SUCCESS"
    return asked


def query(sandbox: Sandbox, number: str) -> tuple[int, dict]:
    return call(sandbox, "GET", f"/v3/pay/transactions/out-trade-no/{number}?mchid={MCH}")


def refund(asked: dict, amount: int = 100, **more: object) -> dict:
    return {
        "out_trade_no": asked["out_trade_no"],
        "out_refund_no": f"BACK{next(numbers):020d}",
        "reason": "重复缴费",
        "amount": {"refund": amount, "total": 100, "currency": "CNY"},
    } | more
