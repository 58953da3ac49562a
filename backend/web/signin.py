"""Handing a session to its client, as a bearer token or as cookies a browser keeps; and taking it back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

import marshmallow as ma
from flask import Response, after_this_request

from backend.web.access import COOKIES
from backend.web.edge import Call
from backend.web.parsing import Choice, Schema
from backend.web.sessions import LIFETIMES, SessionKind, csrf_token

Keep = Literal["token", "cookie"]
CSRF_COOKIES: dict[SessionKind, str] = {"citizen": "csrf", "staff": "staff_csrf"}
"""Two names, since one browser may be signed in at the counter and as a citizen."""
SESSION_PATH = "/api"


@dataclass(frozen=True)
class Kept:
    """What the answer to a sign-in tells: the token or, where cookies keep it, the CSRF token beside it."""

    token: str | None = field(repr=False)
    csrf: str | None = field(repr=False)


class KeepBody(Schema):
    """Part of every sign-in: where the client keeps its session."""

    keep = Choice(
        "token",
        "cookie",
        load_default="token",
        metadata={"description": "`token`: send it as bearer. `cookie`: for browsers; send X-CSRF-Token."},
    )


class KeptAnswer(Schema):
    """Part of every answer to a sign-in."""

    token = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "Bearer token, told once; null with cookies",
            "example": "Yk3mZ0cVvX8dP1qL5sT7uW9yB2nR4gH6jK8lM0oQ1aE",
        },
    )
    csrf = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Also in a readable cookie; null with token", "example": None},
    )


def keep_session(call: Call, kind: SessionKind, subject: UUID, *, keep: Keep, label: str) -> Kept:
    """Opens a session and, for `cookie`, sets its cookies on the answer of this request."""
    token = call.house.sessions.open(kind, subject, label=label, address=call.actor.origin.address)
    if keep == "token":
        return Kept(token, None)
    csrf = csrf_token(token)
    secure = call.house.settings.site_url.startswith("https://")
    seconds = int(LIFETIMES[kind].longest.total_seconds())

    @after_this_request
    def set_cookies(response: Response) -> Response:
        response.set_cookie(
            COOKIES[kind],
            token,
            max_age=seconds,
            path=SESSION_PATH,
            secure=secure,
            httponly=True,
            samesite="Lax",
        )
        response.set_cookie(CSRF_COOKIES[kind], csrf, max_age=seconds, secure=secure, samesite="Lax")
        return response

    return Kept(None, csrf)


def end_session(call: Call) -> None:
    """Ends the session of this request and takes its cookies away."""
    session = call.session
    if session is None:
        return
    call.house.sessions.close(session.kind, session.subject, session.id)
    forget_cookies(session.kind)


def forget_cookies(kind: SessionKind) -> None:
    """Takes the session's cookies away on the answer of this request."""

    @after_this_request
    def delete_cookies(response: Response) -> Response:
        response.delete_cookie(COOKIES[kind], path=SESSION_PATH, httponly=True, samesite="Lax")
        response.delete_cookie(CSRF_COOKIES[kind], samesite="Lax")
        return response
