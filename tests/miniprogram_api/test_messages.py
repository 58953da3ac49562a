"""The inbox and the consents, by HTTP."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import event

from backend.kernel.clock import FixedClock
from backend.kernel.db import Work
from backend.messages import commands
from backend.web.house import House
from tests.support.citizens import Citizen, Insured

MakeInsured = Callable[..., Insured]


def tell(work: Work, who: Insured, times: int = 1) -> None:
    for number in range(times):
        commands.notify(
            work, person_id=who.person_id, template="bank_card_changed", params={}, source=f"test:{number}"
        )
    work.session.flush()


def test_the_inbox_shows_ones_own_messages_in_words(work: Work, insured: MakeInsured) -> None:
    mine, other = insured(), insured(name="李国庆")
    tell(work, mine)
    found = mine.get("/messages").json
    assert found["next_cursor"] is None
    (message,) = found["items"]
    assert message["title"] == "待遇银行卡变更提醒"
    assert "已于2026年11月22日 10:00变更" in message["text"]
    assert message["read_at"] is None
    assert mine.get("/me").json["attention"]["unread_messages"] == 1
    assert other.get("/messages").json["items"] == []
    assert other.post(f"/messages/{message['message_id']}/read").status_code == 404
    assert mine.post(f"/messages/{message['message_id']}/read").status_code == 204
    assert mine.post(f"/messages/{message['message_id']}/read").status_code == 204
    assert mine.get("/messages").json["items"][0]["read_at"] == "2026-11-22T02:00:00+00:00"
    assert mine.get("/me").json["attention"]["unread_messages"] == 0


def test_pages_of_any_length_cost_the_same(
    work: Work, house: House, insured: MakeInsured, clock: FixedClock
) -> None:
    mine = insured()
    tell(work, mine, 45)
    statements: list[str] = []
    event.listen(house.database.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    costs, seen, path = [], [], "/messages?limit=20"
    while path:
        statements.clear()
        page = mine.get(path).json
        costs.append(sum(not one.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")) for one in statements))
        seen += [one["message_id"] for one in page["items"]]
        path = f"/messages?limit=20&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert len(seen) == len(set(seen)) == 45
    assert len(set(costs)) == 1
    assert costs[0] <= 3


@pytest.mark.parametrize("path", ["/messages?cursor=forged", "/messages?limit=0", "/messages?other=1"])
def test_odd_pages_are_refused(insured: MakeInsured, path: str) -> None:
    assert insured().get(path).status_code == 422


def test_who_is_not_bound_has_no_inbox(visitor: Citizen, phone_in_hand: Callable[..., Citizen]) -> None:
    assert visitor.get("/messages").json["code"] == "binding_required"
    assert phone_in_hand().get("/messages").status_code == 401
    assert visitor.post(f"/messages/{uuid4()}/read").status_code == 403


def test_consents_are_asked_for_and_counted(visitor: Citizen) -> None:
    (card,) = visitor.get("/consents").json["items"]
    assert card == {
        "template": "result",
        "template_id": "demo-mini-result",
        "title": "业务办理结果通知",
        "remaining": 0,
    }
    assert visitor.post("/consents", {"template": "result", "accepted": True}).status_code == 204
    assert visitor.post("/consents", {"template": "result", "accepted": False}).status_code == 204
    assert visitor.get("/consents").json["items"][0]["remaining"] == 1


def test_a_tap_sent_twice_under_one_key_counts_once(visitor: Citizen) -> None:
    for _ in range(2):
        sent = visitor.post(
            "/consents", {"template": "result", "accepted": True}, Idempotency_Key="tap-00000001"
        )
        assert sent.status_code == 204
    assert visitor.get("/consents").json["items"][0]["remaining"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"template": "other", "accepted": True},
        {"template": "result"},
        {"template": "result", "accepted": "?"},
    ],
)
def test_odd_consents_are_refused(visitor: Citizen, body: dict) -> None:
    assert visitor.post("/consents", body).status_code == 422


def test_other_channels_have_nothing_to_allow(phone_in_hand: Callable[..., Citizen]) -> None:
    browser = phone_in_hand()
    phone = "13800138000"
    browser.ask_for_code(phone)
    assert browser.sign_in_by_phone(phone).status_code == 201
    assert browser.get("/consents").json == {"items": []}
    refused = browser.post("/consents", {"template": "result", "accepted": True})
    assert (refused.status_code, refused.json["code"]) == (409, "not_in_miniprogram")
