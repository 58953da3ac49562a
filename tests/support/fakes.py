"""WeChat and the SMS carrier in memory, behind the ports of the channels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar
from urllib.parse import urlencode

from backend.channels.ports import (
    CodeRefused,
    MiniProgramPhone,
    MiniProgramSignIn,
    OfficialAccountSignIn,
    SmsSender,
    WeChatIdentity,
)
from backend.kernel.ports import Ports

T = TypeVar("T")
_sequence = count(1)


@dataclass
class Codes:
    """Codes that are good once, as WeChat's are; `broken` is raised instead of an answer."""

    known: dict[str, object] = field(default_factory=dict)
    broken: Exception | None = None

    def give(self, value: object) -> str:
        """A fresh code that stands for a value."""
        code = f"code{next(_sequence)}"
        self.known[code] = value
        return code

    def take(self, code: str, kind: Callable[..., T]) -> T:
        """What a code stands for; used up."""
        if self.broken:
            raise self.broken
        value = self.known.pop(code, None)
        if not isinstance(value, kind):  # type: ignore[arg-type]
            raise CodeRefused
        return value


class FakeSignIn(Codes):
    """Both WeChat sign-ins."""

    def identify(self, code: str) -> WeChatIdentity:
        return self.take(code, WeChatIdentity)

    def authorize_url(self, redirect: str, state: str) -> str:
        asked = urlencode({"redirect_uri": redirect, "state": state})
        return f"https://open.weixin.qq.example/authorize?{asked}"


class FakePhoneButton(Codes):
    """The phone-number button."""

    def phone(self, code: str) -> str:
        return self.take(code, str)


@dataclass
class FakeSms:
    """What was sent; `broken` is raised instead."""

    sent: list[tuple[str, str, int]] = field(default_factory=list)
    broken: Exception | None = None

    def send_code(self, phone: str, code: str, minutes: int) -> None:
        if self.broken:
            raise self.broken
        self.sent.append((phone, code, minutes))

    def last(self, phone: str) -> str:
        """The newest code that a phone received."""
        return next(code for to, code, _ in reversed(self.sent) if to == phone)


@dataclass
class Outside:
    """Everything outside, for one test."""

    miniprogram: FakeSignIn = field(default_factory=FakeSignIn)
    official_account: FakeSignIn = field(default_factory=FakeSignIn)
    phone_button: FakePhoneButton = field(default_factory=FakePhoneButton)
    sms: FakeSms = field(default_factory=FakeSms)

    def connect(self, ports: Ports) -> None:
        """Puts these in the place of whatever adapters there were."""
        ports.provide(MiniProgramSignIn, self.miniprogram)
        ports.provide(OfficialAccountSignIn, self.official_account)
        ports.provide(MiniProgramPhone, self.phone_button)
        ports.provide(SmsSender, self.sms)
