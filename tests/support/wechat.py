"""WeChat's side of the callback, by wechatpy's own cipher: what it posts, and how it reads replies."""

from __future__ import annotations

import secrets
import time
from typing import Any

import xmltodict
from flask.testing import FlaskClient
from wechatpy.crypto import WeChatCrypto, _get_signature
from werkzeug.test import TestResponse

MINI, ACCOUNT = "wxdemo0000000mini1", "wxdemo00000000oa01"
TOKEN, AES_KEY = "demooatoken", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def signed(token: str = TOKEN, at: float | None = None) -> dict[str, str]:
    """The query of a signed call."""
    timestamp, nonce = str(int(time.time() if at is None else at)), str(secrets.randbelow(10**10))
    return {"signature": _get_signature(token, timestamp, nonce, ""), "timestamp": timestamp, "nonce": nonce}


def sealed(
    xml: str, *, appid: str = ACCOUNT, token: str = TOKEN, at: float | None = None
) -> tuple[dict, str]:
    """The query and the body by which WeChat tells `xml`."""
    query = signed(token, at)
    envelope = WeChatCrypto(token, AES_KEY, appid).encrypt_message(xml, query["nonce"], query["timestamp"])
    parts = xmltodict.parse(envelope)["xml"]
    query |= {"encrypt_type": "aes", "msg_signature": parts["MsgSignature"]}
    return query, f"<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[{parts['Encrypt']}]]></Encrypt></xml>"


def xml_of(**fields: Any) -> str:
    """A message or event as WeChat writes it; a list becomes the same element again and again."""
    known = {"ToUserName": "gh_1", "FromUserName": "oPerson", "CreateTime": "1795312800", **fields}
    return xmltodict.unparse({"xml": known}, full_document=False)


def tell(client: FlaskClient, xml: str, **more: Any) -> TestResponse:
    """Posts `xml` to the product as WeChat does."""
    query, body = sealed(xml, **more)
    return client.post("/callbacks/wechat", query_string=query, data=body, content_type="text/xml")


def words(answer: TestResponse, appid: str = ACCOUNT) -> str:
    """The text of a passive reply, opened as WeChat opens it."""
    assert answer.status_code == 200, answer.text
    return str(xmltodict.parse(opened_envelope(answer.text, TOKEN, appid))["xml"]["Content"])


def opened_envelope(envelope: str, token: str, appid: str) -> str:
    """What a sealed reply holds; raises when the signature, the key or the appid is wrong."""
    parts = xmltodict.parse(envelope)["xml"]
    return str(
        WeChatCrypto(token, AES_KEY, appid).decrypt_message(
            envelope, parts["MsgSignature"], parts["TimeStamp"], parts["Nonce"]
        )
    )
