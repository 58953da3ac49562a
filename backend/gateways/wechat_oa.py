"""The official account: sign-in on web pages, template messages, the menu, and signed pages."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from redis import Redis
from wechatpy.client.api import WeChatJSAPI
from wechatpy.oauth import WeChatOAuth

from backend.channels.ports import WeChatIdentity
from backend.gateways.wechat import Issued, WeChatAccount, WeChatError, issued, text_in, unionid_in
from backend.gateways.wechat_cards import refused, send
from backend.gateways.wechat_mini import code_problem
from backend.kernel.calls import Note
from backend.kernel.clock import Clock
from backend.kernel.errors import Unavailable
from backend.kernel.settings import WECHAT_OFFICIAL, Settings
from backend.messages.ports import PageSignature


class OfficialAccount:
    """Speaks as the official account.

    Implements OfficialAccountSignIn, TemplateSender, ChatSender, Followers, Menus and PageSigner.
    """

    def __init__(self, settings: Settings, redis: Redis, clock: Clock, note: Note | None = None) -> None:
        self._account = WeChatAccount(
            settings, redis, settings.wechat_oa_appid, settings.wechat_oa_secret, note
        )
        self._ticket = self._account.lent("jsapi_ticket", self._fetch_ticket)
        self._templates = settings.wechat_oa_templates
        self._stand_in = None if settings.wechat_url == WECHAT_OFFICIAL else settings.wechat_url
        self._clock = clock

    def authorize_url(self, redirect: str, state: str) -> str:
        """See `OfficialAccountSignIn`."""
        oauth = WeChatOAuth(self._account.appid, "", redirect, "snsapi_base", quote(state, safe=""))
        if self._stand_in:
            oauth.OAUTH_BASE_URL = f"{self._stand_in}/connect/"
        return str(oauth.authorize_url)

    def identify(self, code: str) -> WeChatIdentity:
        """See `OfficialAccountSignIn`; the page's own token is not kept."""
        try:
            answer = self._account.exchange(
                "/sns/oauth2/access_token", code=code, grant_type="authorization_code"
            )
        except WeChatError as error:
            raise code_problem(error) from None
        return WeChatIdentity(text_in(answer, "openid"), unionid_in(answer))

    def send_card(self, openid: str, card: str, fields: Mapping[str, str]) -> str:
        """See `TemplateSender`."""
        if card not in self._templates:
            raise refused(WeChatError(40037))
        template = self._templates[card]
        return send(
            self._account,
            "template/send",
            fields,
            lambda client, data: client.message.send_template(openid, template, data),
        )

    def send_text(self, openid: str, text: str) -> None:
        """See `ChatSender`."""
        try:
            self._account.tell("custom/send", lambda client: client.message.send_text(openid, text))
        except WeChatError as error:
            raise refused(error) from None

    def unionid(self, openid: str) -> str | None:
        """See `Followers`."""
        try:
            return unionid_in(self._account.ask("user/info", lambda client: client.user.get(openid)))
        except WeChatError as error:
            raise refused(error) from None

    def push_menu(self, buttons: Sequence[Mapping[str, Any]]) -> None:
        """See `Menus`."""
        try:
            self._account.tell("menu/create", lambda client: client.menu.create({"button": buttons}))
        except WeChatError as error:
            raise refused(error) from None

    def menu(self) -> list[dict[str, Any]]:
        """See `Menus`."""
        try:
            found = self._account.ask("menu/get", lambda client: client.menu.get() or {})
        except WeChatError as error:
            raise refused(error) from None
        return list(found.get("menu", {}).get("button", []))

    def sign_page(self, url: str) -> PageSignature:
        """See `PageSigner`."""
        nonce, timestamp = secrets.token_hex(8), int(self._clock.now().timestamp())
        signature = page_signature(self._ticket.get(), nonce, timestamp, url)
        return PageSignature(self._account.appid, timestamp, nonce, signature)

    def _fetch_ticket(self) -> Issued:
        try:
            return issued(self._account.ask("ticket", lambda client: client.jsapi.get_ticket()), "ticket")
        except WeChatError:
            raise Unavailable from None


def page_signature(ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """WeChat's signature over a page's address up to `#`."""
    return str(WeChatJSAPI().get_jsapi_signature(nonce, ticket, timestamp, url.partition("#")[0]))
