"""Sign-in on a web page inside WeChat: the page that asks, and the exchange of the code it gives."""

from __future__ import annotations

import sqlite3
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from backend.sandbox import tokens
from backend.sandbox.wechat import WeChatError, answer, parameter
from backend.sandbox.world import World, the_world

SCOPES = ("snsapi_base", "snsapi_userinfo")

routes = Blueprint("wechat_web", __name__)


@routes.get("/connect/oauth2/authorize")
def authorize() -> AnyResponse:
    """Lets one choose a phone and goes back to the product with its code; `&phone=` chooses at once."""
    world = the_world()
    problem = _problem(world)
    if problem:
        return make_response(render_template("authorize.html", problem=problem, people=[]), 400)
    phone = request.args.get("phone")
    with world.store.write() as db:
        people = db.execute("SELECT phone, name FROM phone ORDER BY rowid").fetchall()
        if phone is None:
            links = [(person, f"{request.path}?{_choice(person['phone'])}") for person in people]
            return make_response(render_template("authorize.html", problem="", people=links))
        if phone not in [person["phone"] for person in people]:
            return make_response(render_template("authorize.html", problem="没有这部手机", people=[]), 400)
        code = world.new_code(db, phone, "oauth", request.args["scope"])
    target = urlsplit(request.args["redirect_uri"])
    carried = urlencode({"code": code, "state": request.args.get("state", "")})
    query = f"{target.query}&{carried}" if target.query else carried
    return redirect(urlunsplit(target._replace(query=query)))


@routes.get("/sns/oauth2/access_token")
def access_token() -> Response:
    """Exchanges the code of the redirect: 40029 when unknown or old, 40163 when used."""
    world = the_world()
    app = tokens.account(world, parameter("appid", 41002), parameter("secret", 41004))
    code = parameter("code", 41008)
    if parameter("grant_type", 40002) != "authorization_code":
        raise WeChatError(40002)
    if app.key != "oa":
        raise WeChatError(40029)
    with world.store.write() as db:
        row, used = world.use_code(db, code, "oauth")
        if row is None:
            raise WeChatError(40163 if used else 40029)
        refresh = tokens.for_person(world, db, "refresh", row["phone"], row["scope"])
        return _signed_in(world, db, refresh.token, row["phone"], row["scope"])


@routes.get("/sns/oauth2/refresh_token")
def refresh_token() -> Response:
    """A new access token, for thirty days; 40030 when the refresh token is unknown or old."""
    world = the_world()
    if parameter("appid", 41002) != world.config.oa.appid:
        raise WeChatError(40013)
    if parameter("grant_type", 40002) != "refresh_token":
        raise WeChatError(40002)
    with world.store.write() as db:
        row = tokens.of_person(db, "refresh", parameter("refresh_token", 41003))
        if row is None or row["expires_at"] <= world.now(db):
            raise WeChatError(40030)
        return _signed_in(world, db, row["token"], row["phone"], row["scope"])


@routes.get("/sns/userinfo")
def userinfo() -> Response:
    """The name of who signed in: 40001 or 42001 for the token, 40003 for the openid, 48001 for the scope."""
    world = the_world()
    given, openid = parameter("access_token", 41001), parameter("openid", 41009)
    with world.store.read() as db:
        token = tokens.of_person(db, "web", given)
        person = world.phone_of(db, world.config.oa, openid)
        now = world.now(db)
    if token is None:
        raise WeChatError(40001)
    if token["expires_at"] <= now:
        raise WeChatError(42001)
    if person is None or person["phone"] != token["phone"]:
        raise WeChatError(40003)
    if token["scope"] != "snsapi_userinfo":
        raise WeChatError(48001)
    return answer(
        {
            "openid": openid,
            "nickname": person["name"],
            "sex": 0,
            "language": "",
            "city": "",
            "province": "",
            "country": "",
            "headimgurl": "",
            "privilege": [],
            "unionid": world.unionid(person["phone"]),
        }
    )


def _signed_in(world: World, db: sqlite3.Connection, refresh: str, phone: str, scope: str) -> Response:
    access = tokens.for_person(world, db, "web", phone, scope)
    payload = {
        "access_token": access.token,
        "expires_in": access.expires_in,
        "refresh_token": refresh,
        "openid": world.openid(world.config.oa, phone),
        "scope": scope,
    }
    if scope == "snsapi_userinfo":
        payload["unionid"] = world.unionid(phone)
    return answer(payload)


def _problem(world: World) -> str:
    """What WeChat's page would complain about, in its own words; "" when all is well."""
    target = urlsplit(request.args.get("redirect_uri", ""))
    allowed = {"127.0.0.1", "localhost", urlsplit(world.config.public_url).hostname}
    if request.args.get("appid") != world.config.oa.appid:
        return "Appid 参数错误（10013）"
    if target.scheme not in ("http", "https") or target.hostname not in allowed:
        return "redirect_uri 域名与后台配置不一致（10003）"
    if request.args.get("response_type") != "code":
        return "response_type 参数错误"
    if request.args.get("scope") not in SCOPES:
        return "Scope 参数错误或没有 Scope 权限（10005）"
    return ""


def _choice(phone: str) -> str:
    return urlencode({**request.args.to_dict(), "phone": phone})
