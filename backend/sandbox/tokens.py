"""Access tokens and JS-SDK tickets of the two apps, with WeChat's rules for renewing and ending them."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Blueprint, Response, request

from backend.sandbox.config import App
from backend.sandbox.wechat import WeChatError, answer, json_body, ok, parameter
from backend.sandbox.world import CHINA, World, the_world

LIFETIME_SECONDS = 7200
REFRESH_LIFETIME_SECONDS = 30 * 86400
RENEWED_EARLY_SECONDS = 300  # both the old and the new token work during the last five minutes
FORCED_A_DAY = 20
FORCED_APART_SECONDS = 30

routes = Blueprint("tokens", __name__)


@dataclass(frozen=True)
class Issued:
    """A token and the seconds it has left."""

    token: str
    expires_in: int


@routes.route("/cgi-bin/token", methods=["GET", "POST"])
def token() -> Response:
    """A new token each time; the one before works for five more minutes."""
    world = the_world()
    if parameter("grant_type", 40002) != "client_credential":
        raise WeChatError(40002)
    app = account(world, parameter("appid", 41002), parameter("secret", 41004))
    with world.store.write() as db:
        now = world.now(db)
        db.execute(
            "UPDATE token SET superseded_at = ? WHERE kind = 'plain' AND app = ? AND superseded_at IS NULL",
            (now + RENEWED_EARLY_SECONDS, app.key),
        )
        issued = _issue(world, db, "plain", app)
    return answer({"access_token": issued.token, "expires_in": issued.expires_in})


@routes.route("/cgi-bin/stable_token", methods=["GET", "POST"])
def stable_token() -> Response:
    """The same token until it is nearly old; `force_refresh` ends it at once, 20 times a day, 30 s apart."""
    world = the_world()
    body = json_body()
    if body.get("grant_type") != "client_credential":
        raise WeChatError(40002)
    for name, errcode in (("appid", 41002), ("secret", 41004)):
        if not body.get(name):
            raise WeChatError(errcode)
    app = account(world, str(body["appid"]), str(body["secret"]))
    with world.store.write() as db:
        if body.get("force_refresh") is True:
            issued = _force(world, db, app)
        else:
            issued = lasting(world, db, "stable", app)
    return answer({"access_token": issued.token, "expires_in": issued.expires_in})


@routes.get("/cgi-bin/ticket/getticket")
def ticket() -> Response:
    """The ticket that pages of the official account are signed with."""
    world = the_world()
    with world.store.write() as db:
        check(world, db, world.config.oa)
        if request.args.get("type") != "jsapi":
            raise WeChatError(40097)
        issued = lasting(world, db, "ticket", world.config.oa)
    return ok(ticket=issued.token, expires_in=issued.expires_in)


def account(world: World, appid: str, secret: str) -> App:
    """The app with this id; 40013 when there is none, 40125 when the secret is not its own."""
    for app in (world.config.mini, world.config.oa):
        if app.appid == appid:
            if not secrets.compare_digest(app.secret.encode(), secret.encode()):
                raise WeChatError(40125)
            return app
    raise WeChatError(40013)


def lasting(world: World, db: sqlite3.Connection, kind: str, app: App) -> Issued:
    """The newest token of this kind, or a new one in its last five minutes."""
    row = db.execute(
        "SELECT token, expires_at FROM token WHERE kind = ? AND app = ? AND superseded_at IS NULL"
        " ORDER BY issued_at DESC LIMIT 1",
        (kind, app.key),
    ).fetchone()
    left = row["expires_at"] - world.now(db) if row else 0
    return Issued(row["token"], int(left)) if left > RENEWED_EARLY_SECONDS else _issue(world, db, kind, app)


def check(world: World, db: sqlite3.Connection, app: App) -> None:
    """Ends the call unless its access_token opens this app: 41001, 40014, 40001, 42001 or 48001."""
    given = parameter("access_token", 41001)
    if len(given) < 32:
        raise WeChatError(40014)
    row = db.execute(
        "SELECT * FROM token WHERE token = ? AND kind IN ('plain', 'stable')", (given,)
    ).fetchone()
    if row is None or (row["superseded_at"] is not None and row["superseded_at"] <= world.now(db)):
        raise WeChatError(40001)
    if row["expires_at"] <= world.now(db):
        raise WeChatError(42001)
    if row["app"] != app.key:
        raise WeChatError(48001)


def for_person(world: World, db: sqlite3.Connection, kind: str, phone: str, scope: str) -> Issued:
    """A token of kind "web" or "refresh" for one person who signed in on a web page."""
    return _issue(world, db, kind, world.config.oa, phone=phone, scope=scope)


def of_person(db: sqlite3.Connection, kind: str, token: str) -> sqlite3.Row | None:
    """The token of that kind, old or not."""
    row = db.execute("SELECT * FROM token WHERE token = ? AND kind = ?", (token, kind)).fetchone()
    return cast("sqlite3.Row | None", row)


def live_tickets(world: World, db: sqlite3.Connection) -> list[str]:
    """The tickets that a page may be signed with now."""
    rows = db.execute("SELECT token FROM token WHERE kind = 'ticket' AND expires_at > ?", (world.now(db),))
    return [row["token"] for row in rows]


def _force(world: World, db: sqlite3.Connection, app: App) -> Issued:
    now = world.now(db)
    midnight = datetime.fromtimestamp(now, CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    today, latest = db.execute(
        "SELECT COUNT(*), MAX(issued_at) FROM token WHERE app = ? AND forced AND issued_at >= ?",
        (app.key, midnight.timestamp()),
    ).fetchone()
    if latest is not None and now - latest < FORCED_APART_SECONDS:
        return lasting(world, db, "stable", app)  # WeChat answers, but does not refresh
    if today >= FORCED_A_DAY:
        raise WeChatError(45009)
    db.execute(
        "UPDATE token SET superseded_at = ? WHERE kind = 'stable' AND app = ? AND superseded_at IS NULL",
        (now, app.key),
    )
    return _issue(world, db, "stable", app, forced=True)


def _issue(
    world: World,
    db: sqlite3.Connection,
    kind: str,
    app: App,
    *,
    phone: str = "",
    scope: str = "",
    forced: bool = False,
) -> Issued:
    value = secrets.token_urlsafe(64)[:86] if kind == "ticket" else "98_" + secrets.token_urlsafe(100)
    now = world.now(db)
    seconds = REFRESH_LIFETIME_SECONDS if kind == "refresh" else LIFETIME_SECONDS
    db.execute(
        "INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        (value, kind, app.key, phone, scope, now, now + seconds, forced),
    )
    return Issued(value, seconds)
