"""Who may call a route. Every route carries one `Access`; a route without one does not start."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

import structlog
from flask import Flask, current_app, g, request

from backend.channels import queries as channels
from backend.kernel.actor import Actor, Origin, anonymous
from backend.kernel.errors import Forbidden, Unauthenticated
from backend.kernel.ids import new_id
from backend.kernel.masking import mask_text
from backend.staff import queries as staff
from backend.web.house import house
from backend.web.reading import end_reading, reading
from backend.web.sessions import Session, SessionKind, csrf_token

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
COOKIES: dict[SessionKind, str] = {"citizen": "citizen_session", "staff": "staff_session"}


class BindingRequired(Forbidden):
    """The channel is not bound to a person yet."""

    code = "binding_required"
    title = "请先完成实名绑定"


class PasswordChangeRequired(Forbidden):
    """The password must be changed first."""

    code = "password_change_required"
    title = "请先修改登录密码"


class BadCsrfToken(Forbidden):
    """A cookie came without its CSRF token."""

    code = "csrf_failed"
    title = "页面已过期，请刷新后重试"


@dataclass(frozen=True)
class Access:
    """`public`; `citizen` (signed in); `bound` (real name proved too); `staff`, with or without a function.

    `before_password_change` lets a staff member in whose password must be changed.
    """

    who: Literal["public", "citizen", "bound", "staff"]
    function: str | None = None
    before_password_change: bool = False

    @property
    def session_kind(self) -> SessionKind:
        """Which kind of session opens this route."""
        return "staff" if self.who == "staff" else "citizen"


PUBLIC = Access("public")
CITIZEN = Access("citizen")
BOUND = Access("bound")
STAFF = Access("staff")
STAFF_BEFORE_PASSWORD_CHANGE = Access("staff", before_password_change=True)


def permission(function: str) -> Access:
    """Staff who hold `function` somewhere; whether it reaches the object, commands and queries check."""
    return Access("staff", function)


View = TypeVar("View", bound=Callable[..., Any])


def open_to(access: Access) -> Callable[[View], View]:
    """Marks a view with its access rule."""

    def mark(view: View) -> View:
        vars(view)["access"] = access
        return view

    return mark


def register_access(app: Flask) -> None:
    """Identifies the caller before any argument is read."""
    app.before_request(_identify)


def _identify() -> None:
    g.request_id = _request_id()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    g.session = None
    device = request.headers.get("X-Device-Id", "")
    origin = Origin(
        g.request_id,
        request.remote_addr or "-",
        device if re.fullmatch(r"[A-Za-z0-9_-]{8,64}", device) else "-",
    )
    g.actor = anonymous(origin)
    view = app_view()
    access: Access | None = getattr(view, "access", None)
    if access is None or access.who == "public":
        return
    g.actor = _actor(access, origin)
    if not getattr(view, "reads", False):
        end_reading()


def _request_id() -> str:
    """The caller's, unless it could be somebody's number: it is logged and kept as it is."""
    given = request.headers.get("X-Request-Id", "")
    of_proxy = re.fullmatch(r"[0-9a-f]{32}", given)
    if of_proxy or (re.fullmatch(r"[A-Za-z0-9-]{8,64}", given) and mask_text(given) == given):
        return given
    return str(new_id())


def app_view() -> object | None:
    """The view function that the current request goes to, or None."""
    return current_app.view_functions.get(request.endpoint or "")


def _actor(access: Access, origin: Origin) -> Actor:
    session = _session(access.session_kind)
    g.session = session
    with reading() as work:
        if access.session_kind == "staff":
            entry = staff.signed_in(work, session.subject)
            if entry is None:
                raise Unauthenticated
            if entry.must_change_password and not access.before_password_change:
                raise PasswordChangeRequired
            actor = entry.actor
            if access.function and not actor.reach(access.function):
                raise Forbidden
        else:
            found = channels.signed_in(work, session.subject)
            if found is None:
                raise Unauthenticated
            actor = found
            if access.who == "bound" and actor.person_id is None:
                raise BindingRequired
    return replace(actor, origin=origin)


def _session(kind: SessionKind) -> Session:
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        session = house().sessions.find(kind, header.removeprefix("Bearer ").strip())
    else:
        token = request.cookies.get(COOKIES[kind], "")
        session = house().sessions.find(kind, token) if token else None
        if session and request.method not in SAFE_METHODS:
            given = request.headers.get("X-CSRF-Token", "")
            if not hmac.compare_digest(given.encode(), csrf_token(token).encode()):
                raise BadCsrfToken
    if session is None:
        raise Unauthenticated
    return session
