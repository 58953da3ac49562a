"""Cards of both accounts: what they carry, and what WeChat's refusals mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wechatpy import WeChatClient

from backend.gateways.wechat import WeChatAccount, WeChatError
from backend.messages.ports import Reason, Refused

REASONS: dict[int, Reason] = {
    43101: "no_consent",
    43004: "not_following",
    40003: "unknown_recipient",
}


def send(
    account: WeChatAccount,
    api: str,
    fields: Mapping[str, str],
    speak: Callable[[WeChatClient, dict[str, Any]], Any],
) -> str:
    """Sends a card by `speak(client, data)` and gives WeChat's message id. Raises Refused."""
    data = {name: {"value": value} for name, value in fields.items()}
    try:
        answer = account.tell(api, lambda client: speak(client, data))
    except WeChatError as error:
        raise refused(error) from None
    return str(answer.get("msgid", ""))


def refused(error: WeChatError) -> Refused:
    """WeChat's refusal in our words."""
    return Refused(REASONS.get(error.errcode, "rejected"), str(error.errcode))
