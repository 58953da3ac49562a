"""The `state` of the official account's sign-in: made for one browser, good once, for ten minutes.

The browser that started holds it in a cookie too, so that a link made elsewhere signs nobody in.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

from flask import Response, after_this_request, request
from redis.exceptions import RedisError

from backend.kernel.errors import Forbidden, Unavailable
from backend.web.edge import Call

COOKIE = "oa_state"
COOKIE_PATH = "/api/v1/sign-in"
HOLDS = timedelta(minutes=10)


class StateRefused(Forbidden):
    """The sign-in was not started in this browser, was finished already, or took too long."""

    code = "state_refused"
    title = "登录已过期，请返回首页重新登录"


def new_state(call: Call) -> str:
    """A state, set as a cookie on the answer of this request; raises Unavailable."""
    state = secrets.token_urlsafe(24)
    try:
        call.house.redis.set(_key(state), b"1", ex=HOLDS)
    except RedisError as error:
        raise Unavailable from error

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            COOKIE,
            state,
            max_age=HOLDS,
            path=COOKIE_PATH,
            secure=call.house.settings.site_url.startswith("https://"),
            httponly=True,
            samesite="Lax",
        )
        return response

    return state


def use_state(call: Call, state: str) -> None:
    """Uses the state up; raises StateRefused, Unavailable."""
    if not hmac.compare_digest(state.encode(), request.cookies.get(COOKIE, "").encode()):
        raise StateRefused
    try:
        known = call.house.redis.delete(_key(state))
    except RedisError as error:
        raise Unavailable from error
    if not known:
        raise StateRefused


def _key(state: str) -> str:
    return f"oa-state:{state}"
