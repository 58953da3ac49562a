"""One WeChat account (mini-program or official account): wechatpy's client, made safe to rely on.

wechatpy 1.8.18 refreshes a refused token without end, sets no timeout when it fetches one and keeps it in the
memory of one process. Here tokens are shared, a refused one is renewed once, and every call ends in one of: a
result, `WeChatError` (WeChat said no), Unavailable (nothing happened), OutcomeUnknown (it may have happened).
What wechatpy and requests raise is never passed on: their texts hold addresses, and those hold secrets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import structlog
from redis import Redis
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from backend.gateways.outbound import Outbound, leave_through, never_sent
from backend.gateways.wechat_token import Issued, LentSecret
from backend.kernel.calls import REFUSED, Note
from backend.kernel.errors import OutcomeUnknown, Unavailable
from backend.kernel.settings import WECHAT_OFFICIAL, Settings

log = structlog.get_logger()
STALE_TOKEN = {40001, 40014, 42001}
BUSY = {-1, 45009, 45011}
NO_TOKEN: tuple[()] = ()
"""As `params` of a call it keeps wechatpy from adding an access token."""
Speak = Callable[[WeChatClient], Any]


class WeChatError(Exception):
    """WeChat answered, and said no."""

    def __init__(self, errcode: int) -> None:
        super().__init__(errcode)
        self.errcode = errcode


class _StaleToken(Exception):
    def __init__(self, token: str) -> None:
        super().__init__("stale token")
        self.token = token


class _Client(WeChatClient):
    """wechatpy's client with our tokens in place of its own."""

    def __init__(self, appid: str, secret: str, adapter: Outbound, token: Callable[[], str]) -> None:
        super().__init__(appid, secret, auto_retry=False)
        leave_through(self._http, adapter)
        self._token = token

    @property
    def access_token(self) -> str:
        return self._token()


class WeChatAccount:
    """Calls in the name of one account."""

    def __init__(
        self, settings: Settings, redis: Redis, appid: str, secret: str, note: Note | None = None
    ) -> None:
        self.appid = appid
        self._secret = secret
        self._note = note or (lambda ms, failure: None)
        self._redis = redis
        self.tokens = LentSecret(redis, f"{appid}:access_token", self._fetch_token)
        adapter = Outbound(WECHAT_OFFICIAL, settings.wechat_url, note)
        self._client = _Client(appid, secret, adapter, self.tokens.get)

    def ask(self, api: str, speak: Speak) -> dict[str, Any]:
        """A call that changes nothing: without an answer it is Unavailable. Raises WeChatError."""
        return self._call(api, speak, Unavailable)

    def tell(self, api: str, speak: Speak) -> dict[str, Any]:
        """A call that changes something: without an answer it is OutcomeUnknown. Raises WeChatError."""
        return self._call(api, speak, OutcomeUnknown)

    def exchange(self, path: str, **more: str) -> dict[str, Any]:
        """A login call, which carries the account's secret in place of a token. Raises WeChatError."""
        params = [("appid", self.appid), ("secret", self._secret), *more.items()]
        return self.ask(path, lambda client: client.get(f"{WECHAT_OFFICIAL}{path}", params=params))

    def lent(self, name: str, fetch: Callable[[], Issued]) -> LentSecret:
        """Another secret of this account that WeChat lends for a while."""
        return LentSecret(self._redis, f"{self.appid}:{name}", lambda _force: fetch())

    def _call(self, api: str, speak: Speak, silence: type[Unavailable]) -> dict[str, Any]:
        try:
            return self._once(api, speak, silence)
        except _StaleToken as stale:
            refused = stale.token
        if self.tokens.renew(refused) != refused:
            try:
                return self._once(api, speak, silence)
            except _StaleToken:
                log.error("wechat refuses a fresh token", api=api, appid=self.appid)
                self._note(0, f"{REFUSED}: fresh token")
        raise Unavailable

    def _once(self, api: str, speak: Speak, silence: type[Unavailable]) -> dict[str, Any]:
        try:
            answer = speak(self._client)
        except WeChatClientException as error:
            raise self._refusal(api, error) from None
        except requests.RequestException as error:
            log.warning("wechat does not answer", api=api, error_type=type(error).__name__)
            raise (Unavailable if never_sent(error) else silence) from None
        except (ValueError, TypeError):  # wechatpy stumbles over an answer that is none
            answer = None
        if not isinstance(answer, dict):
            log.warning("wechat's answer is none", api=api)
            raise silence
        return answer

    def _refusal(self, api: str, error: WeChatClientException) -> Exception:
        if error.errcode is None:
            log.warning("wechat is broken", api=api, status=error.response.status_code)
            return Unavailable()
        if error.errcode in STALE_TOKEN and (token := _token_of(error)):
            return _StaleToken(token)
        log.warning("wechat refused", api=api, errcode=error.errcode, rid=_rid(error))
        if error.errcode not in BUSY:
            return WeChatError(error.errcode)
        self._note(0, f"{REFUSED}: {error.errcode}")
        return Unavailable()

    def _fetch_token(self, force: bool) -> Issued:
        body = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self._secret,
            "force_refresh": force,
        }
        try:
            answer = self.ask(
                "stable_token", lambda client: client.post("stable_token", params=NO_TOKEN, data=body)
            )
        except WeChatError as error:  # a wrong appid or secret, or no refreshes left: no caller could mend it
            self._note(0, f"{REFUSED}: {error.errcode}")
            raise Unavailable from None
        return issued(answer, "access_token")


def issued(answer: dict[str, Any], name: str) -> Issued:
    """The secret called `name` in an answer; Unavailable when it is not there."""
    value, seconds = answer.get(name), answer.get("expires_in")
    if not isinstance(value, str) or not isinstance(seconds, int):
        raise Unavailable
    return Issued(value, seconds)


def text_in(answer: dict[str, Any], name: str) -> str:
    """A text that an answer must hold; Unavailable when it does not."""
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        log.warning("wechat's answer lacks a field", field=name)
        raise Unavailable
    return value


def unionid_in(answer: dict[str, Any]) -> str | None:
    """The name across accounts, where WeChat tells one; an empty one would make strangers one person."""
    value = answer.get("unionid")
    return value if isinstance(value, str) and value else None


def _token_of(error: WeChatClientException) -> str:
    return parse_qs(urlsplit(error.request.url).query).get("access_token", [""])[0]


def _rid(error: WeChatClientException) -> str:
    """The number under which WeChat finds this call again."""
    return str(error.errmsg).partition("rid: ")[2][:40]
