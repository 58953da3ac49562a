"""What messages and the official account need from outside: ways to carry a text, and WeChat's word and seal.

Every call may raise Unavailable (nothing happened, try later) or OutcomeUnknown (it may have happened).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from backend.kernel.errors import Forbidden

Reason = Literal["no_consent", "not_following", "unknown_recipient", "rejected"]


class Refused(Exception):
    """The other side said no: nothing was sent, and the same message would be refused again.

    `code` is the other side's own code, for those who look after the system.
    """

    def __init__(self, reason: Reason, code: str) -> None:
        super().__init__(f"{reason}: {code}")
        self.reason = reason
        self.code = code


class ForgedCallback(Forbidden):
    """A callback that WeChat did not sign, or not just now."""

    code = "callback_refused"
    title = "来源校验未通过"


class SubscribeSender(Protocol):
    """Subscribe messages of the mini-program; each takes one consent of its reader."""

    def send_card(self, openid: str, card: str, fields: Mapping[str, str]) -> str:
        """Sends the fields of `card` and gives WeChat's message id. Raises Refused."""
        ...


class TemplateSender(Protocol):
    """Template messages of the official account, to people who follow it."""

    def send_card(self, openid: str, card: str, fields: Mapping[str, str]) -> str:
        """Sends the fields of `card` and gives WeChat's message id. Raises Refused."""
        ...


class ChatSender(Protocol):
    """Words of the official account to somebody who wrote or tapped there within the last 48 hours."""

    def send_text(self, openid: str, text: str) -> None:
        """Sends a text of at most 2048 bytes. Raises Refused."""
        ...


class Followers(Protocol):
    """What the official account may know of the people who follow it."""

    def unionid(self, openid: str) -> str | None:
        """The name of a follower across the accounts of one owner, or None. Raises Refused."""
        ...


class NoticeSender(Protocol):
    """Plain notices by SMS."""

    def send_notice(self, phone: str, text: str) -> str:
        """Sends a text without any link to an 11-digit mobile number; gives the carrier's serial number.

        Raises Refused, also for a text that holds a link: people must be able to distrust every link.
        """
        ...


class Menus(Protocol):
    """The buttons under the official account."""

    def push_menu(self, buttons: Sequence[Mapping[str, Any]]) -> None:
        """Replaces the menu. Raises Refused."""
        ...

    def menu(self) -> list[dict[str, Any]]:
        """The buttons as WeChat has them; empty when there is no menu."""
        ...


@dataclass(frozen=True)
class PageSignature:
    """What a page hands to `wx.config`; `timestamp` is in seconds."""

    app_id: str
    timestamp: int
    nonce: str
    signature: str


class PageSigner(Protocol):
    """Signs pages for WeChat's JS-SDK."""

    def sign_page(self, url: str) -> PageSignature:
        """The signature for a page; what follows `#` in `url` is not signed."""
        ...


@dataclass(frozen=True)
class Letter:
    """A callback that was opened: its XML, and for which of our accounts it was sealed."""

    xml: str = field(repr=False)
    appid: str


class CallbackSeal(Protocol):
    """Checks, opens and seals what WeChat and the official account say to each other."""

    def check(self, signature: str, timestamp: str, nonce: str) -> None:
        """Raises ForgedCallback unless WeChat signed this within the last few minutes."""
        ...

    def open(self, encrypted: str, signature: str, timestamp: str, nonce: str) -> Letter:
        """Opens a message; raises ForgedCallback unless it was sealed by WeChat for one of our accounts."""
        ...

    def seal(self, xml: str, appid: str) -> str:
        """A reply, encrypted and signed, as the XML to answer with."""
        ...
