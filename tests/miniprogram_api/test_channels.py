"""A citizen's channels and sessions: seen, dropped and ended one by one or all together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest

from backend.channels import handlers
from backend.kernel.db import Work
from backend.kernel.jobs import emit
from backend.people import commands as people
from backend.people.events import PersonMerged
from backend.web.house import House
from tests.support.citizens import Citizen, Insured
from tests.support.jobs import do_jobs
from tests.support.people import SYSTEM, make_person, traces

Make = Callable[..., Citizen]
MakeInsured = Callable[..., Insured]


@pytest.fixture
def second(insured: MakeInsured, phone_in_hand: Make) -> tuple[Insured, Citizen]:
    """One person with a mini-program and a phone number, both bound."""
    citizen, phone = insured(), phone_in_hand()
    phone.ask_for_code(citizen.phone)
    assert phone.sign_in_by_phone(citizen.phone).status_code == 201
    assert phone.bind(citizen.name, citizen.id_number).status_code == 201
    return citizen, phone


def test_both_show_with_what_they_are(second: tuple[Insured, Citizen]) -> None:
    citizen, _ = second
    items = {one["kind"]: one for one in citizen.get("/channels").json["items"]}
    assert set(items) == {"miniprogram", "phone"}
    assert items["miniprogram"]["current"] and not items["phone"]["current"]
    assert items["phone"]["label"] == "手机号登录" and items["phone"]["bound"]
    assert items["phone"]["first_seen_at"] <= items["phone"]["last_seen_at"]
    assert citizen.phone not in str(items) and citizen.openid not in str(items)


def test_a_dropped_channel_is_out_at_once(second: tuple[Insured, Citizen], house: House) -> None:
    citizen, phone = second
    assert citizen.delete(f"/channels/{phone.channel_id}").status_code == 204
    assert phone.get("/me").status_code == 401
    assert [one["kind"] for one in citizen.get("/channels").json["items"]] == ["miniprogram"]
    assert citizen.delete(f"/channels/{phone.channel_id}").status_code == 404


def test_a_dropped_channel_is_out_although_its_session_lives(
    second: tuple[Insured, Citizen], house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen, phone = second
    monkeypatch.setattr(house.sessions, "close_all", lambda *_: None)
    citizen.delete(f"/channels/{phone.channel_id}")
    assert house.sessions.find("citizen", phone.token)
    assert phone.get("/me").status_code == 401


def test_dropping_ones_own_signs_out(second: tuple[Insured, Citizen]) -> None:
    citizen, phone = second
    assert citizen.delete(f"/channels/{citizen.channel_id}").status_code == 204
    assert citizen.get("/me").status_code == 401
    assert phone.get("/me").status_code == 200
    dropped = citizen.channel_id
    citizen.token = None
    assert citizen.open_miniprogram().json["bound"] is False
    assert citizen.channel_id != dropped


def test_nobody_drops_anothers(insured: MakeInsured, visitor: Citizen, work: Work) -> None:
    mine, other = insured(name="李红"), insured()
    for caller in (mine, visitor):
        for target in (other.channel_id, str(uuid4())):
            answer = caller.delete(f"/channels/{target}")
            assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert other.get("/me").status_code == 200
    assert traces(work, "channel.dropped") == []


def test_a_visitor_sees_and_drops_their_own_only(visitor: Citizen, phone_in_hand: Make) -> None:
    other = phone_in_hand()
    other.open_miniprogram()
    assert [one["channel_id"] for one in visitor.get("/channels").json["items"]] == [visitor.channel_id]
    assert visitor.delete(f"/channels/{visitor.channel_id}").status_code == 204
    assert visitor.get("/me").status_code == 401


class TestSessions:
    """Every place where the person is signed in."""

    def test_are_listed_over_all_channels(self, second: tuple[Insured, Citizen]) -> None:
        citizen, phone = second
        items = citizen.get("/sessions").json["items"]
        assert {one["channel_id"] for one in items} == {citizen.channel_id, phone.channel_id}
        assert [one["channel_id"] for one in items if one["current"]] == [citizen.channel_id]
        assert citizen.token not in str(items)

    def test_one_can_be_ended(self, second: tuple[Insured, Citizen]) -> None:
        citizen, phone = second
        (other,) = (one["id"] for one in citizen.get("/sessions").json["items"] if not one["current"])
        assert citizen.delete(f"/sessions/{other}").status_code == 204
        assert phone.get("/me").status_code == 401
        assert citizen.get("/me").status_code == 200
        assert citizen.delete(f"/sessions/{other}").status_code == 404

    def test_all_can_be_ended(self, second: tuple[Insured, Citizen]) -> None:
        citizen, phone = second
        assert citizen.delete("/sessions").status_code == 204
        assert citizen.get("/me").status_code == phone.get("/me").status_code == 401

    def test_anothers_cannot(self, insured: MakeInsured, visitor: Citizen) -> None:
        victim = insured()
        (theirs,) = (one["id"] for one in victim.get("/sessions").json["items"])
        for session_id in (theirs, "0" * 40, "x"):
            assert visitor.delete(f"/sessions/{session_id}").status_code == 404
        visitor.delete("/sessions")
        assert victim.get("/me").status_code == 200


class TestTheRegistryTells:
    """Merges and deaths."""

    def test_channels_follow_a_merge(self, insured: MakeInsured, work: Work, house: House) -> None:
        citizen = insured()
        kept = make_person(work)
        emit(work, PersonMerged(citizen.person_id, kept))
        work.session.flush()
        assert do_jobs(house, handlers.PERSON_MERGED) == 1
        assert citizen.get("/me").json["person"]["person_id"] == str(kept)
        assert citizen.get(f"/people/{citizen.person_id}").status_code == 404
        (trace,) = traces(work, "channel.moved")
        assert trace.subject_id == kept

    def test_the_channel_of_the_deceased_can_still_look(self, insured: MakeInsured, work: Work) -> None:
        citizen = insured()
        people.decease(work, by=SYSTEM, person_id=citizen.person_id, died_on=date(2026, 11, 1))
        work.session.flush()
        assert citizen.get(f"/people/{citizen.person_id}").json["state_label"] == "已登记死亡"
