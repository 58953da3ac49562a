"""What people do in a few weeks, through the doors that everybody has, right and wrong: and where it goes."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backend.kernel.clock import FixedClock
from backend.kernel.jobs import DueWork
from backend.web.house import House, house_of
from tests.sandbox.support import Sandbox
from tests.support.documents import text_of
from tests.support.people import card_number, id_number
from tests.support.wechat import tell, xml_of
from tests.system.needles import Needles

IDS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{40}")
CITIZENS, STAFF = "/api/v1", "/api/admin/v1"


@dataclass(frozen=True)
class Told:
    """One answer: to whom, to which operation, with which status, and all that it said."""

    who: str
    operation: str
    status: int
    text: str


@dataclass(frozen=True)
class Sent:
    """One request with a body."""

    method: str
    path: str
    body: bytes


@dataclass
class Human:
    """An invented person, or a member of staff: what is theirs, and the session they hold."""

    who: str
    name: str = ""
    id_number: str = ""
    phone: str = ""
    card: str = ""
    address: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    person_id: str = ""


@dataclass
class Story:
    """The people, what they were told, and the values that must not leak."""

    app: Flask
    sandbox: Sandbox
    needles: Needles = field(default_factory=Needles)
    told: list[Told] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    agency_id: str = ""

    def __post_init__(self) -> None:
        self.client: FlaskClient = self.app.test_client(use_cookies=False)

    @property
    def house(self) -> House:
        return house_of(self.app)

    def wait(self, **duration: int) -> None:
        """Time passes, and the worker does what is due."""
        clock = self.house.clock
        assert isinstance(clock, FixedClock)
        clock.advance(timedelta(**duration))
        self.house.ports.get(DueWork).drain()

    def human(self, who: str, name: str, born: date) -> Human:
        """An invented person; everything of theirs is planted."""
        phone = f"1987654{len(self.needles.values):04d}"
        made = Human(who, name, id_number(born=born), phone, card_number(), f"海口市{name}路甲{phone[-3:]}号")
        for kind in ("name", "id_number", "phone", "card", "address"):
            self.needles.plant(f"{kind} of {who}", getattr(made, kind))
        known = self.sandbox.put(f"/_world/phones/{phone}", {"name": name})
        for kind in ("mini_openid", "oa_openid", "unionid"):
            self.needles.plant(f"{kind} of {who}", known[kind])
        return made

    def send(self, human: Human, operation: str, body: Any = None, **more: Any) -> TestResponse:
        """A request of somebody; what is answered is remembered."""
        method, _, path = operation.partition(" ")
        headers = {**human.headers, **more.pop("headers", {})}
        if body is not None:
            more |= {
                "data": json.dumps(body, ensure_ascii=False).encode(),
                "content_type": "application/json",
            }
            self.sent.append(Sent(method, path, more["data"]))
        answer = self.client.open(path, method=method, headers=headers, **more)
        self.last = answer
        self.hear(human.who, operation, answer)
        return answer

    def cookies(self) -> list[str]:
        """What the last answer set."""
        return self.last.headers.getlist("Set-Cookie")

    def hear(self, who: str, operation: str, answer: TestResponse) -> None:
        said = readable(answer) + str(dict(answer.headers))
        self.told.append(Told(who, IDS.sub("{id}", operation), answer.status_code, said))

    def done(self, human: Human, operation: str, body: Any = None, **more: Any) -> Any:
        """A request that must succeed; its JSON."""
        answer = self.send(human, operation, body, **more)
        assert answer.status_code < 300, (operation, answer.data[:300])
        return answer.json

    def refused(self, human: Human, operation: str, body: Any = None, **more: Any) -> TestResponse:
        """A request that must not succeed."""
        answer = self.send(human, operation, body, **more)
        assert 400 <= answer.status_code < 500, (operation, answer.status_code, answer.text)
        return answer

    def sandbox_code(self, human: Human, verb: str) -> str:
        """A code that WeChat gives a phone; good once, and a secret until then."""
        code = self.sandbox.post(f"/_world/phones/{human.phone}/{verb}")["code"]
        return self.needles.plant(f"{verb} code {code}", code)

    def sms_code(self, human: Human) -> str:
        """The newest code that a phone received."""
        texts = self.sandbox.get(f"/_world/phones/{human.phone}/messages")["messages"]
        code = next(
            found[0]
            for one in sorted(texts, key=lambda one: one["at"], reverse=True)
            if one["kind"] == "sms" and (found := re.search(r"(?<!\d)\d{6}(?!\d)", one["text"]))
        )
        return self.needles.plant(f"sms code {code}", code)

    def hold(self, human: Human, token: str) -> None:
        """Keeps a session's token."""
        self.needles.plant(f"session token {token[:6]} of {human.who}", token)
        human.headers["Authorization"] = f"Bearer {token}"

    def dynamic_code(self, secret: str) -> str:
        return pyotp.TOTP(secret).at(self.house.clock.now())

    def callback(self, human: Human, **fields: Any) -> None:
        """WeChat tells something about somebody."""
        openid = self.needles.values[f"oa_openid of {human.who}"]
        now = self.house.clock.now().timestamp()
        answer = tell(self.client, xml_of(FromUserName=openid, CreateTime=str(int(now)), **fields), at=now)
        self.hear("wechat", "POST /callbacks/wechat", answer)
        assert answer.status_code == 200


def readable(answer: TestResponse) -> str:
    """What somebody can read in an answer, also in a spreadsheet or a PDF."""
    if answer.mimetype == "application/pdf":
        return "".join(text_of(answer.data).split())
    if answer.mimetype.endswith("spreadsheetml.sheet"):
        with zipfile.ZipFile(io.BytesIO(answer.data)) as sheet:
            return "".join(sheet.read(name).decode() for name in sheet.namelist())
    return answer.data.decode("utf-8", "replace")
