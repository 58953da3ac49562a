"""What the mini-program's tests take the API to answer is what it answers: the same story, told again.

`RECORD=1` writes the recordings anew. Ids, codes, serial numbers and tokens, which differ each time, are
replaced by their order. Everybody in them is invented.
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

from backend.documents import kinds
from backend.kernel.db import Work
from backend.kernel.jobs import DueWork
from backend.web.house import House
from tests.support.accounts import book, post_interest, run_of
from tests.support.citizens import Citizen, Insured
from tests.support.documents import REMEMBERED
from tests.support.people import make_person

FILE = Path(__file__).resolve().parents[2] / "clients/miniprogram/test/recorded.json"
PHONE = "13812345678"
NUMBER = "460100197305129044"
MOTHER = "460100194803159023"
DAUGHTER = "460100199907049067"
TERMS = {"relation": "parent", "scopes": ["look", "certify"], "until": "2027-11-22"}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)")
SERIAL = re.compile(r"QY\d{8}-\d{6}")
CODE = re.compile(r'"code": "code\d+"')
TOKEN = re.compile(r'"token": "[^"]+"')


class Recorder:
    """A phone whose conversation is kept."""

    def __init__(self, citizen: Citizen) -> None:
        self.citizen = citizen
        self.told: list[dict[str, Any]] = []

    def ask(self, name: str, method: str, path: str, body: Any = None) -> Any:
        """Sends a request as WeChat does, always as JSON, and keeps the answer under a name."""
        answer = self.citizen.send(method, path, body, Content_Type="application/json")
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
        text = SERIAL.sub("QY20261122-000001", text)
        return json.loads(MOMENT.sub("2026-11-22T02:00:00+00:00", text))


@pytest.fixture
def recorder(
    house: House, work: Work, phone_in_hand: Callable[..., Citizen], monkeypatch: pytest.MonkeyPatch
) -> Recorder:
    """The phone of somebody who insures herself, and has paid for a year."""
    monkeypatch.setattr(kinds, "draw", REMEMBERED)
    person_id = make_person(work, name="陈丽华", id_number=NUMBER, phone=PHONE, category="flexible")
    book(work, person_id, *run_of(date(2025, 1, 1), 12))
    post_interest(work, person_id, 2025)
    return Recorder(phone_in_hand(openid="openid-of-the-recording", device="device-of-the-recording"))


@pytest.fixture
def conversation(house: House, recorder: Recorder, insured: Callable[..., Insured]) -> list[dict[str, Any]]:
    """She opens the mini-program, proves who she is, looks around, and helps her mother."""
    daughter = insured(name="李小红", id_number=DAUGHTER)
    mother = insured(name="王秀英", id_number=MOTHER)
    person_id = _arrive(recorder)
    house.ports.get(DueWork).drain()
    _look_around(recorder, person_id)
    _ask_for_a_statement(recorder, person_id, house.ports.get(DueWork).drain)
    asked = daughter.post("/family", {**TERMS, "name": "陈丽华", "id_number": NUMBER})
    _care_for_family(recorder, asked.json["delegation_id"], mother)
    recorder.ask("sign-out", "DELETE", "/session")
    return recorder.recorded()


def _arrive(recorder: Recorder) -> str:
    """From the first opening to the proved name."""
    ask, phone = recorder.ask, recorder.citizen
    ask("signed-out", "GET", "/me")
    code = phone.outside.miniprogram.give(phone.identity())
    phone.token = ask("sign-in", "POST", "/sign-in/miniprogram", {"code": code})["token"]
    ask("me-unbound", "GET", "/me")
    ask("messages-unbound", "GET", "/messages")
    ask("phone", "POST", "/phone/wechat", {"code": phone.outside.phone_button.give(PHONE)})
    ask("me-with-phone", "GET", "/me")
    proof = {"name": "陈丽", "id_number": NUMBER, "proof": "phone"}
    ask("binding-refused", "POST", "/binding", proof)
    ask("binding-invalid", "POST", "/binding", {**proof, "id_number": NUMBER[:-1] + "X"})
    card = {**proof, "name": "陈丽华", "proof": "card", "card": "6228480000000000001"}
    ask("binding-card-invalid", "POST", "/binding", card)
    ask("binding", "POST", "/binding", {**proof, "name": "陈丽华"})
    person_id: str = recorder.citizen.get("/me").json["person"]["person_id"]
    return person_id


def _look_around(recorder: Recorder, person_id: str) -> None:
    ask = recorder.ask
    ask("me", "GET", "/me")
    ask("accounts", "GET", f"/people/{person_id}/accounts")
    message = ask("messages", "GET", "/messages")["items"][0]
    ask("message-read", "POST", f"/messages/{message['message_id']}/read")
    ask("consents", "GET", "/consents")
    ask("consent", "POST", "/consents", {"template": "result", "accepted": True})
    ask("consents-one", "GET", "/consents")
    estimate = f"/people/{person_id}/pension-estimate"
    ask("estimate", "GET", estimate)
    ask("estimate-later", "GET", f"{estimate}?retire_months_earlier_later=1")


def _ask_for_a_statement(recorder: Recorder, person_id: str, drain: Callable[[], object]) -> None:
    ask = recorder.ask
    documents = f"/people/{person_id}/documents?limit=10"
    ask("documents-none", "GET", documents)
    asked = ask("statement", "POST", f"/people/{person_id}/statements", {"year": 2025})
    document = f"/documents/{asked['document_id']}"
    ask("document-requested", "GET", document)
    drain()
    ask("document", "GET", document)
    ask("documents", "GET", documents)


def _care_for_family(recorder: Recorder, asked: str, mother: Insured) -> None:
    """Lets her daughter help, and asks to help her mother, who agrees."""
    ask = recorder.ask
    ask("me-asked", "GET", "/me")
    ask("family-asked", "GET", "/family")
    ask("family-agree", "POST", f"/family/{asked}/agree")
    ask("family", "GET", "/family")
    terms = {**TERMS, "name": mother.name, "id_number": MOTHER}
    ask("family-ask-invalid", "POST", "/family", {**terms, "id_number": MOTHER[:-1] + "0"})
    helping = ask("family-ask", "POST", "/family", terms)["delegation_id"]
    assert mother.post(f"/family/{helping}/agree").status_code == 204
    ask("me-helping", "GET", "/me")
    ask("accounts-of-mother", "GET", f"/people/{mother.person_id}/accounts")
    ask("family-end", "POST", f"/family/{asked}/end")


def test_the_recordings_are_what_the_api_answers(conversation: list[dict[str, Any]]) -> None:
    if os.environ.get("RECORD"):
        FILE.parent.mkdir(parents=True, exist_ok=True)
        lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in conversation)
        FILE.write_text(f"[\n{lines}\n]\n")
    kept = {one["name"]: one for one in json.loads(FILE.read_text())}
    assert [one["name"] for one in conversation] == list(kept)
    for one in conversation:
        assert one == kept[one["name"]]
