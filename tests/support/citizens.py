"""Citizens for tests: a phone in somebody's hand that speaks to the API over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backend.channels.ports import WeChatIdentity
from backend.kernel.db import Work
from backend.kernel.ids import new_id
from tests.support.fakes import Outside
from tests.support.people import id_number, make_person

URL = "/api/v1"
_sequence = count(1)


def mobile() -> str:
    """A mobile number that nobody in this run has had before."""
    return f"138{next(_sequence):08d}"


@dataclass
class Citizen:
    """One phone: its device id, its WeChat user, and the session it keeps."""

    client: FlaskClient
    outside: Outside
    openid: str = field(default_factory=lambda: f"openid-{next(_sequence)}")
    unionid: str | None = None
    device: str = field(default_factory=lambda: f"device-{next(_sequence):06d}")
    token: str | None = None
    channel_id: str = ""
    address: str = "127.0.0.1"

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Calls the API with this phone's device id and session."""
        sent = {"X-Device-Id": self.device} | {key.replace("_", "-"): value for key, value in headers.items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        return self.client.open(
            URL + path, method=method, json=body, headers=sent, environ_base={"REMOTE_ADDR": self.address}
        )

    def get(self, path: str) -> TestResponse:
        return self.send("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any = None) -> TestResponse:
        return self.send("PUT", path, body)

    def delete(self, path: str) -> TestResponse:
        return self.send("DELETE", path)

    def identity(self) -> WeChatIdentity:
        """Who WeChat says this phone's user is, in the mini-program."""
        return WeChatIdentity(self.openid, self.unionid)

    def open_miniprogram(self, **given: Any) -> TestResponse:
        """Signs in through the mini-program and keeps the session."""
        code = self.outside.miniprogram.give(self.identity())
        return self._keep(self.post("/sign-in/miniprogram", {"code": code} | given))

    def ask_for_code(self, phone: str) -> TestResponse:
        return self.post("/sign-in/phone/codes", {"phone": phone})

    def sign_in_by_phone(self, phone: str, code: str | None = None, **given: Any) -> TestResponse:
        """Signs in with the newest code that the phone received, or with a given one."""
        body = {"phone": phone, "code": code or self.outside.sms.last(phone)} | given
        return self._keep(self.post("/sign-in/phone", body))

    def press_phone_button(self, phone: str) -> TestResponse:
        """Lets WeChat tell this phone's number."""
        return self.post("/phone/wechat", {"code": self.outside.phone_button.give(phone)})

    def bind(self, name: str, number: str, proof: str = "phone", **given: Any) -> TestResponse:
        return self.post("/binding", {"name": name, "id_number": number, "proof": proof} | given)

    def _keep(self, answer: TestResponse) -> TestResponse:
        if answer.status_code == 201:
            self.token, self.channel_id = answer.json["token"], answer.json["channel_id"]
        return answer


@dataclass
class Insured(Citizen):
    """A citizen whose mini-program is bound to a registered person."""

    person_id: UUID = field(default_factory=new_id)
    name: str = ""
    id_number: str = ""
    phone: str = ""


def make_insured(
    work: Work, client: FlaskClient, outside: Outside, *, name: str = "王秀英", **given: Any
) -> Insured:
    """Registers a person with a phone of theirs, and signs in and binds that phone over HTTP."""
    number, phone = given.pop("id_number", None) or id_number(), mobile()
    person_id = make_person(work, name=name, id_number=number, phone=phone, **given)
    insured = Insured(client, outside, person_id=person_id, name=name, id_number=number, phone=phone)
    assert insured.open_miniprogram().status_code == 201
    assert insured.press_phone_button(phone).status_code == 204
    assert insured.bind(name, number).status_code == 201
    return insured
