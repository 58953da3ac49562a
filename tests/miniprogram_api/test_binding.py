"""Proving the real name: what is accepted, what is refused, and what a refusal tells (nothing)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from backend.channels import commands as channels
from backend.channels.commands import binding
from backend.channels.events import ChannelBound
from backend.kernel.clock import FixedClock
from backend.kernel.db import Work
from backend.kernel.errors import Limited
from backend.people import commands as people
from backend.web.house import House
from tests.support.citizens import Citizen, Insured, mobile
from tests.support.people import (
    SYSTEM,
    card_number,
    id_number,
    listen,
    make_person,
    staff_actor,
    told,
    traces,
)
from tests.support.statements import statements

Make = Callable[..., Citizen]
NAME = "王秀英"


@pytest.fixture
def registered(work: Work) -> dict:
    """A person with a phone and a card."""
    number, phone, card = id_number(), mobile(), card_number()
    person_id = make_person(work, name=NAME, id_number=number, phone=phone)
    people.set_bank_card(work, by=SYSTEM, person_id=person_id, bank="海南农商银行", number=card)
    return {"person_id": person_id, "id_number": number, "phone": phone, "card": card}


def counter_code(work: Work, person_id) -> str:
    """A code as the counter prints it."""
    clerk = staff_actor("binding_codes.issue")
    return channels.issue_counter_code(work, by=clerk, person_id=person_id).code


def refused(answer) -> bool:
    """Whether this is the one refusal of all mismatches."""
    assert (answer.status_code, answer.json["code"]) == (422, "binding_refused"), answer.json
    assert answer.json["title"] == binding.BindingRefused.title
    assert set(answer.json) == {"type", "title", "status", "code", "request_id"}
    return True


class TestProofs:
    """Name and number, and one thing more."""

    def test_the_phone_known_to_the_bureau(self, visitor: Citizen, registered: dict, house: House) -> None:
        visitor.press_phone_button(registered["phone"])
        answer = visitor.bind(NAME, registered["id_number"])
        assert (answer.status_code, answer.json["bound"]) == (201, True)
        person = visitor.get("/me").json["person"]
        assert person["person_id"] == str(registered["person_id"])
        assert registered["id_number"] not in str(person) and NAME not in str(person)

    def test_the_card(self, visitor: Citizen, registered: dict) -> None:
        card = " ".join((registered["card"][:4], registered["card"][4:]))
        assert visitor.bind(NAME, registered["id_number"], "card", card=card).status_code == 201

    def test_a_counter_code_although_the_phone_is_stale(
        self, visitor: Citizen, registered: dict, work: Work
    ) -> None:
        visitor.press_phone_button(mobile())
        code = counter_code(work, registered["person_id"])
        assert refused(visitor.bind(NAME, registered["id_number"]))
        answer = visitor.bind(NAME, registered["id_number"], "counter_code", counter_code=f" {code.lower()} ")
        assert answer.status_code == 201

    def test_a_phone_channel_proves_with_its_number(self, phone_in_hand: Make, registered: dict) -> None:
        phone = phone_in_hand()
        phone.ask_for_code(registered["phone"])
        phone.sign_in_by_phone(registered["phone"])
        assert phone.bind(NAME, registered["id_number"]).status_code == 201

    def test_binding_is_told_and_written_down(
        self, visitor: Citizen, registered: dict, house: House, work: Work
    ) -> None:
        listen(house.registry, ChannelBound)
        visitor.bind(NAME, registered["id_number"], "card", card=registered["card"])
        (event,) = told(work, ChannelBound)
        assert event == {"channel_id": visitor.channel_id, "person_id": str(registered["person_id"])}
        (trace,) = traces(work, "channel.bound")
        assert trace.subject_id == registered["person_id"]
        assert trace.values["after"] == {"proof": "card"}

    @pytest.mark.parametrize(
        "name", ["阿卜杜拉·买买提", "古丽·阿依·买买提", "𠮷野家", "赵", "MARIA DA SILVA", "欧阳㛃"]
    )
    def test_names_of_every_kind(self, visitor: Citizen, work: Work, name: str) -> None:
        number, card = id_number(), card_number()
        person_id = make_person(work, name=name, id_number=number)
        people.set_bank_card(work, by=SYSTEM, person_id=person_id, bank="农业银行", number=card)
        typed = name.replace("·", "•").lower()
        assert visitor.bind(typed, number, "card", card=card).status_code == 201


class TestMismatches:
    """All look the same."""

    def test_the_wrong_name_number_card_or_code(self, visitor: Citizen, registered: dict, work: Work) -> None:
        number, card = registered["id_number"], registered["card"]
        code = counter_code(work, registered["person_id"])
        assert refused(visitor.bind("王秀莲", number, "card", card=card))
        assert refused(visitor.bind(NAME, id_number(), "card", card=card))
        assert refused(visitor.bind(NAME, number, "card", card=card_number()))
        assert refused(visitor.bind(NAME, number, "counter_code", counter_code="ACDEF-34679"))
        assert refused(visitor.bind("王秀莲", number, "counter_code", counter_code=code))
        assert visitor.get("/me").json["person"] is None
        assert visitor.bind(NAME, number, "counter_code", counter_code=code).status_code == 201

    def test_the_wrong_phone(self, visitor: Citizen, registered: dict) -> None:
        visitor.press_phone_button(mobile())
        assert refused(visitor.bind(NAME, registered["id_number"]))

    def test_somebody_elses_code(self, visitor: Citizen, registered: dict, work: Work) -> None:
        other = make_person(work, name="李红")
        code = counter_code(work, other)
        assert refused(visitor.bind(NAME, registered["id_number"], "counter_code", counter_code=code))

    def test_the_dead(self, visitor: Citizen, registered: dict, work: Work) -> None:
        code = counter_code(work, registered["person_id"])
        people.decease(work, by=SYSTEM, person_id=registered["person_id"], died_on=date(2026, 11, 1))
        given = (NAME, registered["id_number"])
        assert refused(visitor.bind(*given, "card", card=registered["card"]))
        assert refused(visitor.bind(*given, "counter_code", counter_code=code))

    def test_a_refusal_is_written_down_without_a_name(
        self, visitor: Citizen, registered: dict, work: Work
    ) -> None:
        visitor.bind("王秀莲", registered["id_number"], "card", card=registered["card"])
        (trace,) = traces(work, "channel.binding_refused")
        assert (trace.subject_id, str(trace.object_id)) == (None, visitor.channel_id)

    @pytest.mark.parametrize("proof", ["phone", "card", "counter_code"])
    def test_the_same_is_done_for_those_who_do_not_exist(
        self, visitor: Citizen, registered: dict, work: Work, database, proof: str
    ) -> None:
        visitor.press_phone_button(mobile())
        counter_code(work, registered["person_id"])
        typed = {
            "phone": {},
            "card": {"card": card_number()},
            "counter_code": {"counter_code": "ACDEF34679"},
        }[proof]
        courses = []
        for name, number in (
            (NAME, registered["id_number"]),
            ("王秀莲", registered["id_number"]),
            (NAME, id_number()),
        ):
            with statements(database.engine) as said:
                answer = visitor.bind(name, number, proof, **typed)
            assert refused(answer)
            courses.append(said)
        assert courses[0] == courses[1] == courses[2]


class TestCounterCodes:
    """Single use, 72 hours, the newest counts."""

    def test_is_good_once(self, phone_in_hand: Make, registered: dict, work: Work) -> None:
        code = counter_code(work, registered["person_id"])
        first, second = phone_in_hand(), phone_in_hand()
        first.open_miniprogram()
        second.open_miniprogram()
        given = (NAME, registered["id_number"], "counter_code")
        assert first.bind(*given, counter_code=code).status_code == 201
        assert refused(second.bind(*given, counter_code=code))

    def test_is_good_for_72_hours(
        self, visitor: Citizen, registered: dict, work: Work, clock: FixedClock
    ) -> None:
        given = (NAME, registered["id_number"], "counter_code")
        code = counter_code(work, registered["person_id"])
        clock.advance(timedelta(hours=72))
        assert refused(visitor.bind(*given, counter_code=code))
        code = counter_code(work, registered["person_id"])
        clock.advance(timedelta(hours=71, minutes=59))
        assert visitor.bind(*given, counter_code=code).status_code == 201

    def test_a_new_one_revokes_the_old(self, visitor: Citizen, registered: dict, work: Work) -> None:
        given = (NAME, registered["id_number"], "counter_code")
        old = counter_code(work, registered["person_id"])
        new = counter_code(work, registered["person_id"])
        assert refused(visitor.bind(*given, counter_code=old))
        assert visitor.bind(*given, counter_code=new).status_code == 201


class TestLimits:
    """Guesses run out, also spread over channels, devices or persons."""

    def test_ten_a_day_from_one_channel(self, visitor: Citizen, registered: dict, clock: FixedClock) -> None:
        for _ in range(10):
            assert refused(visitor.bind(NAME, id_number(), "card", card=card_number()))
        right = (NAME, registered["id_number"], "card")
        limited = visitor.bind(*right, card=registered["card"])
        assert (limited.status_code, limited.json["code"]) == (429, "too_many_attempts")
        assert limited.json["title"] == Limited.title
        clock.advance(timedelta(days=1))
        assert visitor.bind(*right, card=registered["card"]).status_code == 201

    def test_ten_a_day_from_one_device(self, phone_in_hand: Make) -> None:
        device = "device-of-a-guesser"
        answers = []
        for _ in range(11):
            phone = phone_in_hand(device=device)
            phone.open_miniprogram()
            answers.append(phone.bind(NAME, id_number(), "card", card=card_number()).status_code)
        assert answers == [422] * 10 + [429]

    def test_ten_a_day_for_one_person_but_not_at_the_counter(
        self, phone_in_hand: Make, registered: dict, work: Work
    ) -> None:
        number = registered["id_number"]
        for _ in range(10):
            guesser = phone_in_hand()
            guesser.open_miniprogram()
            assert refused(guesser.bind(NAME, number, "card", card=card_number()))
        person = phone_in_hand()
        person.open_miniprogram()
        assert person.bind(NAME, number, "card", card=registered["card"]).status_code == 429
        code = counter_code(work, registered["person_id"])
        assert person.bind(NAME, number, "counter_code", counter_code=code).status_code == 201

    def test_two_hundred_a_day_from_one_address(
        self, phone_in_hand: Make, work: Work, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(binding.BINDING, "address", binding.Limit(3, timedelta(days=1)))
        answers = []
        for _ in range(4):
            phone = phone_in_hand(address="203.0.113.9")
            phone.open_miniprogram()
            answers.append(phone.bind(NAME, id_number(), "card", card=card_number()).status_code)
        assert answers == [422] * 3 + [429]
        elsewhere = phone_in_hand(address="203.0.113.10")
        elsewhere.open_miniprogram()
        assert refused(elsewhere.bind(NAME, id_number(), "card", card=card_number()))

    def test_success_clears_the_counters(self, visitor: Citizen, registered: dict) -> None:
        right = (NAME, registered["id_number"], "card")
        for _ in range(9):
            visitor.bind(*right, card=card_number())
        assert visitor.bind(*right, card=registered["card"]).status_code == 201
        visitor.delete("/binding")
        for _ in range(9):
            assert refused(visitor.bind(*right, card=card_number()))
        assert visitor.bind(*right, card=registered["card"]).status_code == 201

    def test_counts_survive_a_flushed_redis(self, visitor: Citizen, house: House) -> None:
        for _ in range(10):
            visitor.bind(NAME, id_number(), "card", card=card_number())
        house.redis.flushall()
        visitor.token = None
        visitor.open_miniprogram()
        assert visitor.bind(NAME, id_number(), "card", card=card_number()).status_code == 429


class TestPhoneProofNeedsAFreshPhone:
    """Numbers are handed on: what was verified long ago proves nothing now."""

    def test_never_verified(self, visitor: Citizen, registered: dict) -> None:
        answer = visitor.bind(NAME, registered["id_number"])
        assert (answer.status_code, answer.json["code"]) == (409, "phone_not_verified")

    def test_verified_too_long_ago(self, visitor: Citizen, registered: dict, clock: FixedClock) -> None:
        visitor.press_phone_button(registered["phone"])
        clock.advance(timedelta(hours=24))
        assert visitor.bind(NAME, registered["id_number"]).json["code"] == "phone_not_verified"
        visitor.press_phone_button(registered["phone"])
        assert visitor.bind(NAME, registered["id_number"]).status_code == 201


class TestBoundChannels:
    """One channel, one person, until it is let go."""

    def test_binds_nobody_else_before_it_is_unbound(
        self, insured: Callable[..., Insured], registered: dict
    ) -> None:
        citizen = insured(name="李红")
        other = (NAME, registered["id_number"], "card")
        answer = citizen.bind(*other, card=registered["card"])
        assert (answer.status_code, answer.json["code"]) == (409, "already_bound")
        assert citizen.delete("/binding").status_code == 204
        assert citizen.get("/me").json["person"] is None
        assert citizen.get(f"/people/{citizen.person_id}").json["code"] == "binding_required"
        assert citizen.bind(*other, card=registered["card"]).status_code == 201

    def test_an_unbound_channel_cannot_be_unbound(self, visitor: Citizen) -> None:
        answer = visitor.delete("/binding")
        assert (answer.status_code, answer.json["code"]) == (403, "binding_required")

    def test_one_key_is_one_binding(self, visitor: Citizen, registered: dict) -> None:
        body = {
            "name": NAME,
            "id_number": registered["id_number"],
            "proof": "card",
            "card": registered["card"],
        }
        first = visitor.post("/binding", body, Idempotency_Key="binding-0001")
        again = visitor.post("/binding", body, Idempotency_Key="binding-0001")
        assert first.status_code == again.status_code == 201
        assert first.data == again.data and again.headers["Idempotency-Replayed"] == "true"

    def test_a_person_may_have_many(self, insured: Callable[..., Insured], phone_in_hand: Make) -> None:
        citizen, second = insured(), phone_in_hand()
        second.open_miniprogram()
        second.press_phone_button(citizen.phone)
        assert second.bind(citizen.name, citizen.id_number).status_code == 201
        assert len(second.get("/channels").json["items"]) == 2


class TestWhatWasTyped:
    """Errors of fields, which tell nothing but what was typed."""

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("id_number", "460106196603140021"),  # check digit
            ("id_number", "46010619660314"),
            ("id_number", "1" * 5000),
            ("name", "王1英"),
            ("name", "🙂🙂"),
            ("name", "王\ud800英".encode("utf-8", "surrogatepass").decode("utf-8", "replace")),
            ("name", "王" * 101),
            ("name", ""),
            ("card", "6228480000000000001"),
            ("card", "abc"),
        ],
    )
    def test_is_an_error_of_its_field(self, visitor: Citizen, work: Work, field: str, value: str) -> None:
        body = {"name": NAME, "id_number": id_number(), "proof": "card", "card": card_number()}
        answer = visitor.post("/binding", body | {field: value})
        assert answer.status_code == 422
        (error,) = answer.json["errors"]
        assert error["field"] == field and error["message"]
        assert value == "" or value not in answer.get_data(as_text=True)
        assert traces(work, "channel.binding_refused") == []

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"proof": "card"}, "card"),
            ({"proof": "counter_code"}, "counter_code"),
            ({"proof": "phone", "card": "6228480000000000007"}, "card"),
            ({"proof": "face"}, "proof"),
            ({}, "proof"),
            ({"proof": "phone", "surprise": 1}, "surprise"),
        ],
    )
    def test_the_proof_must_fit(self, visitor: Citizen, given: dict, field: str) -> None:
        answer = visitor.post("/binding", {"name": NAME, "id_number": id_number()} | given)
        assert answer.status_code == 422
        assert answer.json["errors"][0]["field"] == field
