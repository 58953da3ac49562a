"""What channels need from outside: WeChat's word on who is calling, and a way to send an SMS.

Every call may raise Unavailable (nothing happened, try later) or OutcomeUnknown (it may have happened).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from backend.kernel.errors import Invalid


class CodeRefused(Invalid):
    """WeChat does not know the code, or it was used or is too old; the phone must fetch a new one."""

    code = "code_refused"
    title = "登录凭证已失效，请重新进入"


@dataclass(frozen=True)
class WeChatIdentity:
    """Who WeChat says is calling: per account an openid, and across the accounts of one owner a unionid."""

    openid: str = field(repr=False)
    unionid: str | None = field(repr=False)


class MiniProgramSignIn(Protocol):
    """The mini-program's sign-in (`jscode2session`)."""

    def identify(self, code: str) -> WeChatIdentity:
        """Who fetched `code` with `wx.login()`; codes are single use. Raises CodeRefused."""
        ...


class MiniProgramPhone(Protocol):
    """The mini-program's phone-number button (`getuserphonenumber`)."""

    def phone(self, code: str) -> str:
        """The mobile number, without country code, that the user agreed to tell. Raises CodeRefused."""
        ...


class OfficialAccountSignIn(Protocol):
    """The official account's OAuth2 sign-in (scope `snsapi_base`)."""

    def authorize_url(self, redirect: str, state: str) -> str:
        """Where to send the browser; WeChat sends it back to `redirect` with `code` and `state`. No call."""
        ...

    def identify(self, code: str) -> WeChatIdentity:
        """Who came back with `code`; codes are single use. Raises CodeRefused."""
        ...


class SmsSender(Protocol):
    """Sends the bureau's SMS with a one-time code."""

    def send_code(self, phone: str, code: str, minutes: int) -> None:
        """Sends `code`, which holds for `minutes`, to an 11-digit mobile number."""
        ...
