"""What the mini-program's tests take the API to answer is what it answers: the same story, told again.

`RECORD=1` writes the recordings anew. Ids, codes and tokens differ each time: ids stand by their order.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from backend.kernel.db import Work
from backend.kernel.jobs import DueWork
from backend.web.house import House
from tests.support.accounts import book, post_interest, run_of
from tests.support.citizens import Citizen
from tests.support.people import make_person

FILE = Path(__file__).resolve().parents[2] / "clients/miniprogram/test/recorded.json"
PHONE = "13812345678"
NUMBER = "460100197305129044"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)")
CODE = re.compile(r'"code": "code\d+"')
TOKEN = re.compile(r'"token": "[^"]+"')


class Recorder:
    """A phone whose conversation is kept."""

    def __init__(self, citizen: Citizen) -> None:
        self.citizen = citizen
        self.told: list[dict[str, Any]] = []

    def ask(self, name: str, method: str, path: str, body: Any = None) -> Any:
        """Sends a request and keeps what was answered under a name."""
        answer = self.citizen.send(method, path, body)
        self.told.append(
            {
                "name": name,
                "method": method,
                "path": f"/api/v1{path}",
                "body": body,
                "status": answer.status_code,
                "answer": answer.json if answer.data else None,
            }
        )
        return answer.json if answer.data else None

    def recorded(self) -> Any:
        """The conversation with ids by their order and moments by one."""
        text = TOKEN.sub('"token": "a-token"', json.dumps(self.told, ensure_ascii=False))
        order = {found: index for index, found in enumerate(dict.fromkeys(UUID.findall(text)), 1)}
        text = UUID.sub(lambda found: f"00000000-0000-7000-8000-{order[found[0]]:012d}", text)
        text = CODE.sub('"code": "a-code"', text)
        return json.loads(MOMENT.sub("2026-11-22T02:00:00+00:00", text))


@pytest.fixture
def conversation(house: House, work: Work, phone_in_hand: Callable[..., Citizen]) -> list[dict[str, Any]]:
    """A pensioner's daughter opens the mini-program, proves who she is, and looks around."""
    person_id = make_person(work, name="陈丽华", id_number=NUMBER, phone=PHONE)
    book(work, person_id, *run_of(date(2025, 1, 1), 12))
    post_interest(work, person_id, 2025)
    phone = phone_in_hand(openid="openid-of-the-recording", device="device-of-the-recording")
    recorder = Recorder(phone)
    ask = recorder.ask

    ask("signed-out", "GET", "/me")
    code = phone.outside.miniprogram.give(phone.identity())
    phone.token = ask("sign-in", "POST", "/sign-in/miniprogram", {"code": code})["token"]
    ask("me-unbound", "GET", "/me")
    ask("phone", "POST", "/phone/wechat", {"code": phone.outside.phone_button.give(PHONE)})
    ask("me-with-phone", "GET", "/me")
    proof = {"name": "陈丽", "id_number": NUMBER, "proof": "phone"}
    ask("binding-refused", "POST", "/binding", proof)
    ask("binding-invalid", "POST", "/binding", {**proof, "id_number": NUMBER[:-1]})
    ask("binding", "POST", "/binding", {**proof, "name": "陈丽华"})
    house.ports.get(DueWork).drain()
    person = ask("me", "GET", "/me")["person"]
    ask("accounts", "GET", f"/people/{person['person_id']}/accounts")
    message = ask("messages", "GET", "/messages")["items"][0]
    ask("message-read", "POST", f"/messages/{message['message_id']}/read")
    ask("consents", "GET", "/consents")
    ask("consent", "POST", "/consents", {"template": "result", "accepted": True})
    ask("sign-out", "DELETE", "/session")
    return recorder.recorded()


def test_the_recordings_are_what_the_api_answers(conversation: list[dict[str, Any]]) -> None:
    if os.environ.get("RECORD"):
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text(json.dumps(conversation, ensure_ascii=False, indent=2) + "\n")
    kept = {one["name"]: one for one in json.loads(FILE.read_text())}
    assert [one["name"] for one in conversation] == list(kept)
    for one in conversation:
        assert one == kept[one["name"]]
