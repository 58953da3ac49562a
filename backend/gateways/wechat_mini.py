"""The mini-program: who signed in, their phone number, and subscribe messages."""

from __future__ import annotations

from collections.abc import Mapping

from redis import Redis

from backend.channels.ports import CodeRefused, WeChatIdentity
from backend.gateways.wechat import WeChatAccount, WeChatError, text_in, unionid_in
from backend.gateways.wechat_cards import refused, send
from backend.kernel.calls import Note
from backend.kernel.errors import Invalid, Unavailable
from backend.kernel.settings import WECHAT_OFFICIAL, Settings

USED_OR_UNKNOWN_CODE = {40029, 40163, 41008, 42003}


class ForeignPhone(Invalid):
    """The number that WeChat knows is not one of mainland China."""

    code = "foreign_phone"
    title = "微信绑定的不是中国大陆手机号，请改用短信验证"


class MiniProgram:
    """Speaks as the mini-program; implements MiniProgramSignIn, MiniProgramPhone and SubscribeSender."""

    def __init__(self, settings: Settings, redis: Redis, note: Note | None = None) -> None:
        self._account = WeChatAccount(
            settings, redis, settings.wechat_mini_appid, settings.wechat_mini_secret, note
        )
        self._templates = settings.wechat_subscribe_templates

    def identify(self, code: str) -> WeChatIdentity:
        """See `MiniProgramSignIn`; the session key is not kept, since nothing here decrypts with it."""
        try:
            answer = self._account.exchange(
                "/sns/jscode2session", js_code=code, grant_type="authorization_code"
            )
        except WeChatError as error:
            raise code_problem(error) from None
        return WeChatIdentity(text_in(answer, "openid"), unionid_in(answer))

    def phone(self, code: str) -> str:
        """See `MiniProgramPhone`; also raises ForeignPhone."""
        path = "/wxa/business/getuserphonenumber"
        try:
            answer = self._account.ask(
                path, lambda client: client.post(f"{WECHAT_OFFICIAL}{path}", data={"code": code})
            )
        except WeChatError as error:
            raise code_problem(error) from None
        info = answer.get("phone_info")
        if not isinstance(info, dict):
            raise Unavailable
        if text_in(info, "countryCode") != "86":
            raise ForeignPhone
        return text_in(info, "purePhoneNumber")

    def send_card(self, openid: str, card: str, fields: Mapping[str, str]) -> str:
        """See `SubscribeSender`."""
        if card not in self._templates:
            raise refused(WeChatError(40037))
        template = self._templates[card]
        return send(
            self._account,
            "subscribe/send",
            fields,
            lambda client, data: client.wxa.send_subscribe_message(openid, template, data),
        )


def code_problem(error: WeChatError) -> Exception:
    """What a refused sign-in means: a code that is no longer good, or an account that is set up wrongly."""
    return CodeRefused() if error.errcode in USED_OR_UNKNOWN_CODE else Unavailable()
