"""Signing in through the mini-program, the official account or a phone, and signing out."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import marshmallow as ma

from backend.channels import commands as channels
from backend.channels.commands import SignedIn
from backend.channels.ports import MiniProgramSignIn, OfficialAccountSignIn
from backend.web.access import CITIZEN, PUBLIC
from backend.web.edge import Blueprint, Call
from backend.web.parsing import Schema, Text
from backend.web.signin import KeepBody, KeptAnswer, end_session, keep_session
from miniprogram_api.fields import OneTimeCodeText, PhoneText, WeChatCodeText
from miniprogram_api.oauth_state import new_state, use_state
from miniprogram_api.sms import PhoneCodeBody, send_code

blp = Blueprint(
    "sign-in", __name__, url_prefix="/api/v1", description="Citizens signing in: WeChat or a phone"
)


class CitizenSignInBody(KeepBody):
    """What every sign-in may say of its device."""

    label = Text(
        least=0,
        most=40,
        load_default="",
        metadata={"description": "What the device calls itself", "example": "华为 P60"},
    )


class WeChatBody(CitizenSignInBody):
    """A code of `wx.login()`."""

    code = WeChatCodeText(required=True)


class OfficialAccountStartBody(Schema):
    """Where the browser is to come back to."""

    return_to = Text(
        most=300,
        required=True,
        pattern=r"/(?![/\\])[!-\[\]-~]*",
        metadata={"description": "A path on this site, with its query", "example": "/m/bind"},
    )


class OfficialAccountStartAnswer(Schema):
    """Where to send the browser."""

    authorize_url = ma.fields.URL(
        required=True,
        metadata={"format": "uri", "example": "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx"},
    )


class OfficialAccountBody(WeChatBody):
    """What the browser came back with."""

    state = Text(most=100, required=True, metadata={"example": "h2x1Zc0Yk3mZ0cVvX8dP1qL5sT7uW9yB"})


class PhoneSignInBody(CitizenSignInBody):
    """The phone and the code that it received."""

    phone = PhoneText(required=True)
    code = OneTimeCodeText(required=True)


class SignedInAnswer(KeptAnswer):
    """The session, and the channel that it belongs to."""

    channel_id = ma.fields.UUID(required=True)
    bound = ma.fields.Boolean(
        required=True, metadata={"description": "Whether the real name was proved; if not, POST /binding"}
    )


@blp.steps("POST", "/sign-in/miniprogram", access=PUBLIC, body=WeChatBody, answer=SignedInAnswer, status=201)
def through_miniprogram(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Sign in with a code of wx.login()"""
    identity = call.house.ports.get(MiniProgramSignIn).identify(body["code"])
    with call.house.database.work() as work:
        signed_in = channels.sign_in_through_wechat(
            work, by=call.actor, kind="miniprogram", identity=identity, label=body["label"]
        )
    return _kept(call, signed_in, body)


@blp.steps(
    "POST",
    "/sign-in/official-account/start",
    access=PUBLIC,
    body=OfficialAccountStartBody,
    answer=OfficialAccountStartAnswer,
)
def start_official_account(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Begin signing in through the official account: sets a cookie, and says where to send the browser"""
    wechat = call.house.ports.get(OfficialAccountSignIn)
    back = call.house.settings.site_url.rstrip("/") + body["return_to"]
    return {"authorize_url": wechat.authorize_url(back, new_state(call))}


@blp.steps(
    "POST",
    "/sign-in/official-account",
    access=PUBLIC,
    body=OfficialAccountBody,
    answer=SignedInAnswer,
    status=201,
    errors=(403,),
)
def through_official_account(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Sign in with the code and state that the browser came back with"""
    use_state(call, body["state"])
    identity = call.house.ports.get(OfficialAccountSignIn).identify(body["code"])
    with call.house.database.work() as work:
        signed_in = channels.sign_in_through_wechat(
            work, by=call.actor, kind="official_account", identity=identity, label=body["label"]
        )
    return _kept(call, signed_in, body)


@blp.steps(
    "POST", "/sign-in/phone/codes", access=PUBLIC, body=PhoneCodeBody, status=202, device=True, errors=(429,)
)
def send_sign_in_code(call: Call, body: dict[str, Any]) -> None:
    """Send a one-time code; the answer is the same for every number. Needs X-Device-Id"""
    send_code(call, "sign_in", body["phone"])


@blp.steps(
    "POST",
    "/sign-in/phone",
    access=PUBLIC,
    body=PhoneSignInBody,
    answer=SignedInAnswer,
    status=201,
    device=True,
)
def through_phone(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Sign in with a phone and its code; a phone counts per device, so this needs X-Device-Id"""
    with call.house.database.work() as work:
        signed_in = channels.sign_in_through_phone(
            work, by=call.actor, phone=body["phone"], code=body["code"], label=body["label"]
        )
    return _kept(call, signed_in, body)


@blp.write("DELETE", "/session", access=CITIZEN, status=204, key="none")
def sign_out(call: Call) -> None:
    """Sign out here"""
    channels.sign_out(call.work, by=call.actor)
    end_session(call)


def _kept(call: Call, signed_in: SignedIn, body: dict[str, Any]) -> dict[str, Any]:
    kept = keep_session(call, "citizen", signed_in.channel_id, keep=body["keep"], label=signed_in.label)
    return {**asdict(kept), "channel_id": signed_in.channel_id, "bound": signed_in.bound}
