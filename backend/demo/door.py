"""The demo's own door for its pages: who there is to sign in as, and the codes that their phones give.

Every code is the real one: the SMS that the sandbox delivered, what its WeChat gives for `wx.login`, the
dynamic code of the member's secret. The door is there only while the sandbox plays WeChat and SMS, so that no
real person can be behind any of it.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, abort, jsonify, send_file

from backend.demo.banner import ADMINISTRATORS
from backend.demo.offices import PASSWORD, STAFF
from backend.demo.personas import personas
from backend.demo.phones import Phones
from backend.kernel.local import tls_files
from backend.staff import queries as staff
from backend.web.access import PUBLIC, open_to
from backend.web.house import house

CODE = re.compile(r"\d{6}")
ADMINISTRATOR_NAMES = dict(zip(ADMINISTRATORS, ("系统管理员", "安全管理员", "审计管理员"), strict=True))

blueprint = Blueprint("demo", __name__, url_prefix="/api/demo")


@open_to(PUBLIC)
def _people() -> Response:
    today = house().clock.today()
    return jsonify(
        people=[
            {
                "phone": one.phone_in_use,
                "name": one.person.name,
                "id_number": one.person.id_number,
                "story": one.story,
            }
            for one in personas(today)
        ],
        phones_page=house().settings.sandbox_url,
    )


@open_to(PUBLIC)
def _staff() -> Response:
    members = [{"username": one.username, "name": one.name} for one in STAFF]
    administrators = [{"username": who, "name": name} for who, name in ADMINISTRATOR_NAMES.items()]
    return jsonify(staff=members + administrators, password=PASSWORD)


@open_to(PUBLIC)
def _sms_code(phone: str) -> Response:
    arrived = _phones(phone).messages(phone)
    codes = [
        found[0] for one in reversed(arrived) if one["kind"] == "sms" and (found := CODE.search(one["text"]))
    ]
    return _code(codes[0] if codes else None)


@open_to(PUBLIC)
def _login_code(phone: str) -> Response:
    return _code(_phones(phone).login_code(phone))


def _phones(phone: str) -> Phones:
    if phone not in {one.phone_in_use for one in personas(house().clock.today())}:
        abort(404)
    return Phones(house().settings.sandbox_url)


@open_to(PUBLIC)
def _dynamic_code(username: str) -> Response:
    if username not in {*(one.username for one in STAFF), *ADMINISTRATORS}:
        abort(404)
    with house().database.reading() as work:
        return _code(staff.usable_code(work, username))


def _code(code: str | None) -> Response:
    answer: dict[str, Any] = {"code": code}
    return jsonify(answer)


@open_to(PUBLIC)
def _authority() -> Response:
    file = tls_files(house().settings.data_dir).authority
    if not file.exists():
        abort(404)
    return send_file(file, mimetype="application/x-x509-ca-cert")


blueprint.add_url_rule("/authority.pem", view_func=_authority)
blueprint.add_url_rule("/people", view_func=_people)
blueprint.add_url_rule("/staff", view_func=_staff)
blueprint.add_url_rule("/phones/<phone>/code", view_func=_sms_code)
blueprint.add_url_rule("/phones/<phone>/login-code", view_func=_login_code)
blueprint.add_url_rule("/staff/<username>/code", view_func=_dynamic_code)
