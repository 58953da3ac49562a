"""Staff signing in and out, their own account and their sessions."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import marshmallow as ma
from flask import request
from marshmallow import validate

from backend.admin.staff import StaffAnswer
from backend.kernel.errors import NotFound, Unauthenticated
from backend.kernel.text import is_clean
from backend.staff import queries
from backend.staff.commands import sign_in as commands
from backend.staff.passwords import Passwords
from backend.staff.rules import LONGEST_PASSWORD
from backend.web.access import PUBLIC, STAFF, STAFF_BEFORE_PASSWORD_CHANGE
from backend.web.edge import Blueprint, Call
from backend.web.parsing import ONE_LINE, Schema, Text, one_line
from backend.web.signin import KeepBody, KeptAnswer, end_session, keep_session

blp = Blueprint(
    "staff-session", __name__, url_prefix="/api/admin/v1", description="Signing in as staff, own account"
)
LONGEST_LABEL = 120


def secret_field(description: str) -> ma.fields.String:
    """A password, taken exactly as typed: spaces at its ends belong to it."""
    return ma.fields.String(
        required=True,
        validate=[
            validate.Length(1, LONGEST_PASSWORD, error=f"应为 1 到 {LONGEST_PASSWORD} 个字符"),
            one_line,
        ],
        metadata={
            "description": description,
            "format": "password",
            "pattern": ONE_LINE,
            "example": "Tidal-Harbour-86",
        },
    )


class SignInBody(KeepBody):
    """Both factors in one request."""

    username = Text(most=64, required=True, metadata={"example": "system.admin"})
    password = secret_field("The password")
    totp = Text(
        least=6,
        most=6,
        pattern="[0-9]{6}",
        required=True,
        metadata={"description": "The dynamic code; each is good once", "example": "123456"},
    )


class SignInAnswer(KeptAnswer):
    """The session, and whether the password must be changed before anything else."""

    must_change_password = ma.fields.Boolean(required=True)


class MeAnswer(StaffAnswer):
    """Oneself, with all functions one holds anywhere."""

    functions = ma.fields.List(ma.fields.String(metadata={"example": "people.search"}), required=True)


class PasswordBody(Schema):
    """A new password of one's own choice."""

    current_password = secret_field("The present password")
    password = secret_field("The new password: 12 characters of three classes, or 20 of any")


class SessionAnswer(Schema):
    """One place where somebody is signed in."""

    id = ma.fields.String(required=True, metadata={"example": "5f0c7d2a9b3e4f615f0c7d2a9b3e4f615f0c7d2a"})
    label = ma.fields.String(
        required=True, metadata={"description": "What the browser calls itself", "example": "Firefox 140"}
    )
    address = ma.fields.String(required=True, metadata={"example": "10.1.2.3"})
    opened_at = ma.fields.DateTime(required=True)
    seen_at = ma.fields.DateTime(required=True)
    current = ma.fields.Boolean(required=True, metadata={"description": "Whether it is this one"})


class SessionsAnswer(Schema):
    """All of one's sessions, newest first."""

    items = ma.fields.List(ma.fields.Nested(SessionAnswer), required=True)


@blp.steps(
    "POST",
    "/session",
    access=PUBLIC,
    body=SignInBody,
    answer=SignInAnswer,
    status=201,
    errors=(401, 429),
)
def open_session(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Sign in with user name, password and dynamic code"""
    with call.house.database.work() as work:
        commands.count_attempt(work, by=call.actor)
    with call.house.database.work() as work:
        member = commands.sign_in(
            work,
            by=call.actor,
            username=body["username"],
            password=body["password"],
            code=body["totp"],
            passwords=call.house.ports.get(Passwords),
        )
    kept = keep_session(call, "staff", member.staff_id, keep=body["keep"], label=_browser())
    return {**asdict(kept), "must_change_password": member.must_change_password}


@blp.write("DELETE", "/session", access=STAFF_BEFORE_PASSWORD_CHANGE, status=204, key="none")
def close_session(call: Call) -> None:
    """Sign out here"""
    commands.sign_out(call.work, by=call.actor)
    end_session(call)


@blp.read("/me", access=STAFF_BEFORE_PASSWORD_CHANGE, answer=MeAnswer)
def me(call: Call) -> dict[str, Any]:
    """The signed-in member of staff, with grants and functions"""
    functions = sorted({function for grant in call.actor.grants for function in grant.functions})
    return {**vars(queries.me(call.work, by=call.actor)), "functions": functions}


@blp.steps(
    "PUT",
    "/me/password",
    access=STAFF_BEFORE_PASSWORD_CHANGE,
    body=PasswordBody,
    status=204,
    errors=(429,),
)
def change_password(call: Call, body: dict[str, Any]) -> None:
    """Change one's own password; all other sessions end"""
    with call.house.database.work() as work:
        commands.change_password(
            work,
            by=call.actor,
            current=body["current_password"],
            new=body["password"],
            passwords=call.house.ports.get(Passwords),
        )
    for session in _sessions(call):
        if not session["current"]:
            call.house.sessions.close("staff", session["subject"], session["id"])


@blp.read("/sessions", access=STAFF, answer=SessionsAnswer)
def sessions(call: Call) -> dict[str, Any]:
    """Where one is signed in"""
    return {"items": _sessions(call)}


@blp.write("DELETE", "/sessions/<string:session_id>", access=STAFF, status=204, key="none")
def end_other_session(call: Call, session_id: str) -> None:
    """End one of one's sessions"""
    if call.session is None:
        raise Unauthenticated
    if not call.house.sessions.close("staff", call.session.subject, session_id):
        raise NotFound
    commands.sign_out(call.work, by=call.actor)


def _sessions(call: Call) -> list[dict[str, Any]]:
    here = call.session
    if here is None:
        raise Unauthenticated
    found = call.house.sessions.of("staff", here.subject)
    return [{**vars(session), "current": session.id == here.id} for session in found]


def _browser() -> str:
    label = request.user_agent.string[:LONGEST_LABEL]
    return label if is_clean(label) else "-"
