"""What WeChat tells the product: signed, encrypted, repeated when nobody answers; replies go to the phone."""

from __future__ import annotations

import http.client
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from backend.sandbox import crypto
from backend.sandbox.config import App
from backend.sandbox.world import World

ATTEMPTS = 3
OUT_OF_ORDER = "该公众号提供的服务出现故障，请稍后再试"  # WeChat's own words to the person who waits
Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """How a delivery ended: "replied", "accepted", "bad_answer" or "no_answer"; `reply` is what to show."""

    kind: str
    detail: str = ""
    reply: str = ""


class Callbacks:
    """Speaks to the one callback address with one token and key; each app seals with its own appid."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._config = world.config

    def verify(self) -> Outcome:
        """The echo check that WeChat makes when the address is entered in its back office."""
        echo = str(secrets.randbelow(9 * 10**18) + 10**18)
        try:
            status, body = self._call("GET", {**self._signed(), "echostr": echo}, b"")
        except (OSError, http.client.HTTPException) as error:
            return Outcome("no_answer", type(error).__name__)
        if status == 200 and body.decode(errors="replace") == echo:
            return Outcome("accepted")
        return Outcome("bad_answer", f"HTTP {status}")

    def post_later(self, phone: str, app: App, fields: Fields) -> int:
        """Notes the event and delivers it on a thread, as nobody's tap waits for it; gives its number."""
        message = {
            "ToUserName": app.original_id,
            "FromUserName": self._world.openid(app, phone),
            **fields,
        }
        name = str(fields.get("Event") or fields["MsgType"])
        with self._world.store.write() as db:
            message.setdefault("CreateTime", int(self._world.now(db)))
            number = db.execute(
                "INSERT INTO delivery (phone, event, msg_id, at, attempts, outcome, detail)"
                " VALUES (?, ?, ?, ?, 0, 'under_way', '')",
                (phone, name, str(fields.get("MsgId", "")), self._world.now(db)),
            ).lastrowid
        work = threading.Thread(target=self._deliver, args=(number, phone, app, message), daemon=True)
        work.start()
        return int(number or 0)

    def _deliver(self, number: int, phone: str, app: App, message: Fields) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            began = time.monotonic()
            outcome = self._attempt(app, message)
            with self._world.store.write() as db:
                db.execute(
                    "UPDATE delivery SET attempts = ?, outcome = ?, detail = ? WHERE id = ?",
                    (attempt, outcome.kind, outcome.detail, number),
                )
                if outcome.reply:
                    self._world.show(
                        db, phone, "reply", outcome.reply, body={"app": app.key, "via": "passive"}
                    )
            if outcome.kind != "no_answer":
                break
            # A refused connection is known at once, yet WeChat asks again only every five seconds.
            if attempt < ATTEMPTS:
                time.sleep(max(0.0, began + self._config.callback_seconds - time.monotonic()))
        waiting = message["MsgType"] == "text" or message.get("Event") in ("CLICK", "subscribe")
        if waiting and outcome.kind in ("no_answer", "bad_answer"):
            with self._world.store.write() as db:
                self._world.show(db, phone, "system", OUT_OF_ORDER, arrived=False)

    def _attempt(self, app: App, message: Fields) -> Outcome:
        encrypted = crypto.encrypt(to_xml({"xml": message}), self._config.oa_aes_key, app.appid)
        query = self._signed()
        query["openid"] = message["FromUserName"]
        query["encrypt_type"] = "aes"
        query["msg_signature"] = crypto.sha1_signature(
            self._config.oa_token, query["timestamp"], query["nonce"], encrypted
        )
        envelope = to_xml({"xml": {"ToUserName": message["ToUserName"], "Encrypt": encrypted}})
        try:
            status, body = self._call("POST", query, envelope.encode())
        except (OSError, http.client.HTTPException) as error:
            return Outcome("no_answer", type(error).__name__)
        if status != 200:
            return Outcome("bad_answer", f"HTTP {status}")
        if body.strip() in (b"", b"success"):
            return Outcome("accepted")
        try:
            return Outcome("replied", reply=self._open_reply(body, app, message))
        except (crypto.BadMessage, ParseError, DefusedXmlException) as error:
            return Outcome("bad_answer", str(error))

    def _open_reply(self, body: bytes, app: App, message: Fields) -> str:
        envelope = fromstring(body)
        encrypted, nonce = _text(envelope, "Encrypt"), _text(envelope, "Nonce")
        expected = crypto.sha1_signature(
            self._config.oa_token, _text(envelope, "TimeStamp"), nonce, encrypted
        )
        if not secrets.compare_digest(expected.encode(), _text(envelope, "MsgSignature").encode()):
            raise crypto.BadMessage("MsgSignature does not match")
        text, appid = crypto.decrypt(encrypted, self._config.oa_aes_key)
        if appid != app.appid:
            raise crypto.BadMessage("encrypted for another appid")
        reply = fromstring(text)
        if _text(reply, "ToUserName") != message["FromUserName"]:
            raise crypto.BadMessage("ToUserName is not the person who wrote")
        if _text(reply, "FromUserName") != message["ToUserName"]:
            raise crypto.BadMessage("FromUserName is not this account")
        return _shown(reply)

    def _signed(self) -> dict[str, str]:
        with self._world.store.read() as db:
            timestamp = str(int(self._world.now(db)))
        nonce = str(secrets.randbelow(10**10))
        signature = crypto.sha1_signature(self._config.oa_token, timestamp, nonce)
        return {"signature": signature, "timestamp": timestamp, "nonce": nonce}

    def _call(self, method: str, query: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        target = urlsplit(self._config.callback_url)
        kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
        connection = kind(target.hostname or "", target.port, timeout=self._config.callback_seconds)
        path = f"{target.path or '/'}?{'&'.join(filter(None, [target.query, urlencode(query)]))}"
        headers = {"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0", "Connection": "close"}
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def text_message(content: str) -> Fields:
    """Somebody wrote to the account; every attempt to deliver it carries the same MsgId."""
    msg_id = secrets.randbelow(10**16) + 24 * 10**15
    return {"MsgType": "text", "Content": content, "MsgId": msg_id}


def event(name: str, **fields: Any) -> Fields:
    """Somebody did something: subscribe, unsubscribe, CLICK, VIEW ..."""
    return {"MsgType": "event", "Event": name, **fields}


def popup_event(template_id: str, accept: bool, scene: int) -> Fields:
    """A consent was given or refused in the window that asks; scene 0 is the mini-program, 2 an article."""
    row = {"TemplateId": template_id, "SubscribeStatusString": _status(accept), "PopupScene": scene}
    return event("subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": [row]})


def change_event(template_id: str) -> Fields:
    """A consent was withdrawn in the settings."""
    row = {"TemplateId": template_id, "SubscribeStatusString": _status(False)}
    return event("subscribe_msg_change_event", SubscribeMsgChangeEvent={"List": [row]})


def sent_event(template_id: str, msg_id: int) -> Fields:
    """A subscribe message reached the phone."""
    row = {"TemplateId": template_id, "MsgID": msg_id, "ErrorCode": 0, "ErrorStatus": "success"}
    return event("subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": [row]})


def template_job_event(msg_id: int) -> Fields:
    """A template message reached the phone."""
    return event("TEMPLATESENDJOBFINISH", MsgID=msg_id, Status="success")


def to_xml(fields: Fields) -> str:
    """WeChat's dialect: text in CDATA, numbers bare, a list as the same element again and again."""
    parts = []
    for name, value in fields.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                content = to_xml(item)
            elif isinstance(item, int):
                content = str(item)
            else:
                content = "<![CDATA[" + str(item).replace("]]>", "]]]]><![CDATA[>") + "]]>"
            parts.append(f"<{name}>{content}</{name}>")
    return "".join(parts)


def _shown(reply: Element) -> str:
    kind = _text(reply, "MsgType")
    if kind == "text":
        return _text(reply, "Content")
    if kind == "news":
        return "\n".join(f"[图文] {_text(item, 'Title')}" for item in reply.iter("item"))
    if kind == "transfer_customer_service":
        return "[已转接人工客服]"
    raise crypto.BadMessage(f"unknown MsgType {kind!r}")


def _text(element: Element, name: str) -> str:
    found = element.findtext(name)
    if found is None:
        raise crypto.BadMessage(f"{name} is missing")
    return found


def _status(accept: bool) -> str:
    return "accept" if accept else "reject"
