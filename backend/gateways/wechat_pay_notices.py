"""What WeChat Pay posts about orders and refunds: checked, opened, and told in the port's words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from wechatpayv3.utils import aes_decrypt

from backend.collections.ports import ForgedNotice, MalformedNotice, Notice
from backend.gateways.wechat_orders import refund_of, trade_of
from backend.gateways.wechat_pay_v3 import Trust
from backend.kernel.clock import Clock
from backend.kernel.settings import Settings

SEAL = "AEAD_AES_256_GCM"
EVENT_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
NUMBER = re.compile(r"[0-9A-Za-z_|*@-]{1,64}")


class WeChatPayNotices:
    """Implements NoticeReader."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._trust = Trust(settings, clock)
        self._key = settings.collector_api_key

    def read(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """See `NoticeReader`."""
        if not self._trust.signed(headers, body):
            raise ForgedNotice
        letter = _object(body)
        event_id, event, resource = letter.get("id"), letter.get("event_type"), letter.get("resource")
        if not (isinstance(event_id, str) and EVENT_ID.fullmatch(event_id) and isinstance(resource, dict)):
            raise MalformedNotice
        raw = self._opened(resource)
        content = _object(raw.encode())
        if str(event).startswith("TRANSACTION."):
            return self._of_order(event_id, content, raw)
        if str(event).startswith("REFUND."):
            return self._of_refund(event_id, content, raw)
        raise MalformedNotice

    def _of_order(self, event_id: str, content: Mapping[str, Any], raw: str) -> Notice:
        if not self._trust.about_us(content):
            raise MalformedNotice
        number = _number(content, "out_trade_no")
        return Notice(event_id, "order", number, trade=trade_of(content, self._trust), raw=raw)

    def _of_refund(self, event_id: str, content: Mapping[str, Any], raw: str) -> Notice:
        if not self._trust.about_us(content, appid=False):  # WeChat Pay names no app with a refund
            raise MalformedNotice
        number = _number(content, "out_refund_no")
        refund = refund_of(content, content.get("refund_status"))
        return Notice(event_id, "refund", number, refund=refund, raw=raw)

    def _opened(self, resource: Mapping[str, Any]) -> str:
        parts = [resource.get(name) for name in ("nonce", "ciphertext")]
        about = resource.get("associated_data") or ""
        texts = all(isinstance(one, str) for one in (*parts, about))
        if resource.get("algorithm") != SEAL or not texts:
            raise MalformedNotice
        try:
            opened = aes_decrypt(parts[0], parts[1], about, self._key)
        except ValueError:  # a nonce, text or key of a wrong shape; a wrong seal opens to nothing
            opened = None
        if not isinstance(opened, str):
            raise MalformedNotice
        return opened


def _object(text: bytes) -> Mapping[str, Any]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedNotice from None
    if not isinstance(fields, dict):
        raise MalformedNotice
    return fields


def _number(content: Mapping[str, Any], name: str) -> str:
    number = content.get(name)
    if not (isinstance(number, str) and NUMBER.fullmatch(number)):
        raise MalformedNotice
    return number
