"""Signing in with a phone number on a device, and proving a channel's phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from backend.kernel.clock import FixedClock
from backend.kernel.db import Work
from backend.kernel.errors import OutcomeUnknown, Unavailable
from tests.support.citizens import Citizen, Insured, mobile
from tests.support.fakes import Outside
from tests.support.people import make_person
from tests.support.statements import statements

Make = Callable[..., Citizen]
WRONG = "code_wrong"


def other_code(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_code_signs_a_phone_in(phone_in_hand: Make, outside: Outside) -> None:
    phone, number = phone_in_hand(), mobile()
    asked = phone.ask_for_code(number)
    assert (asked.status_code, asked.data) == (202, b"")
    ((to, code, minutes),) = outside.sms.sent
    assert (to, len(code), minutes) == (number, 6, 5) and code.isdigit()
    assert phone.sign_in_by_phone(number).status_code == 201
    channel = phone.get("/me").json["channel"]
    assert channel["kind"] == "phone" and channel["phone"] == f"{number[:3]}****{number[-4:]}"


def test_full_width_and_prefixed_numbers_are_the_same_phone(phone_in_hand: Make) -> None:
    phone, number = phone_in_hand(), mobile()
    assert phone.ask_for_code(f"+86 {number[:3]}-{number[3:7]}-{number[7:]}").status_code == 202
    assert phone.sign_in_by_phone(number).status_code == 201


def test_the_same_number_on_another_device_is_another_channel(
    phone_in_hand: Make, insured: Callable[..., Insured], clock: FixedClock
) -> None:
    first, second, number = phone_in_hand(), phone_in_hand(), mobile()
    first.ask_for_code(number)
    opened = first.sign_in_by_phone(number).json["channel_id"]
    clock.advance(timedelta(minutes=1))
    second.ask_for_code(number)
    assert second.sign_in_by_phone(number).json["channel_id"] != opened
    clock.advance(timedelta(minutes=1))
    first.ask_for_code(number)
    assert first.sign_in_by_phone(number).json["channel_id"] == opened


def test_a_bound_number_on_a_new_device_proves_the_person_again(
    phone_in_hand: Make, insured: Callable[..., Insured], clock: FixedClock
) -> None:
    citizen = insured()
    old, new = phone_in_hand(), phone_in_hand()
    old.ask_for_code(citizen.phone)
    old.sign_in_by_phone(citizen.phone)
    assert old.bind(citizen.name, citizen.id_number).status_code == 201
    clock.advance(timedelta(minutes=1))
    new.ask_for_code(citizen.phone)
    assert new.sign_in_by_phone(citizen.phone).json["bound"] is False
    assert new.get("/me").json["person"] is None


def test_a_device_must_be_named(phone_in_hand: Make, outside: Outside) -> None:
    for device in ("", "short", "a b c d e f g h", "x" * 65):
        answer = phone_in_hand(device=device).ask_for_code(mobile())
        assert answer.status_code == 422
        assert answer.json["errors"][0]["field"] == "X-Device-Id"
    assert outside.sms.sent == []


def test_a_code_is_good_once(phone_in_hand: Make) -> None:
    phone, number = phone_in_hand(), mobile()
    phone.ask_for_code(number)
    assert phone.sign_in_by_phone(number).status_code == 201
    phone.token = None
    again = phone.sign_in_by_phone(number)
    assert (again.status_code, again.json["code"]) == (422, WRONG)


def test_a_code_is_good_for_its_own_phone_and_purpose(visitor: Citizen, phone_in_hand: Make) -> None:
    phone, number, other = phone_in_hand(), mobile(), mobile()
    phone.ask_for_code(number)
    code = visitor.outside.sms.last(number)
    assert phone.sign_in_by_phone(other, code).json["code"] == WRONG
    assert visitor.put("/phone", {"phone": number, "code": code}).json["code"] == WRONG
    assert phone.sign_in_by_phone(number, code).status_code == 201


def test_a_code_is_good_for_five_minutes(phone_in_hand: Make, clock: FixedClock) -> None:
    phone, number = phone_in_hand(), mobile()
    phone.ask_for_code(number)
    clock.advance(timedelta(minutes=5))
    assert phone.sign_in_by_phone(number).json["code"] == WRONG
    phone.ask_for_code(number)
    clock.advance(timedelta(minutes=4, seconds=59))
    assert phone.sign_in_by_phone(number).status_code == 201


def test_the_newest_code_counts(phone_in_hand: Make, outside: Outside, clock: FixedClock) -> None:
    phone, number = phone_in_hand(), mobile()
    phone.ask_for_code(number)
    old = outside.sms.last(number)
    clock.advance(timedelta(minutes=1))
    phone.ask_for_code(number)
    if old != outside.sms.last(number):
        assert phone.sign_in_by_phone(number, old).json["code"] == WRONG
    assert phone.sign_in_by_phone(number).status_code == 201


def test_five_tries_and_the_code_is_dead(phone_in_hand: Make, outside: Outside) -> None:
    phone, number = phone_in_hand(), mobile()
    phone.ask_for_code(number)
    right = outside.sms.last(number)
    for _ in range(4):
        assert phone.sign_in_by_phone(number, other_code(right)).json["code"] == WRONG
    assert phone.sign_in_by_phone(number, right).status_code == 201


def test_the_sixth_try_fails_even_with_the_right_code(phone_in_hand: Make, outside: Outside) -> None:
    phone, number = phone_in_hand(), mobile()
    phone.ask_for_code(number)
    right = outside.sms.last(number)
    for _ in range(5):
        phone.sign_in_by_phone(number, other_code(right))
    assert phone.sign_in_by_phone(number, right).json["code"] == WRONG


def test_codes_are_not_kept_in_clear(phone_in_hand: Make, outside: Outside, work: Work) -> None:
    phone, number = phone_in_hand(), mobile()
    phone.ask_for_code(number)
    phone.sign_in_by_phone(number)
    rows = [
        str(row)
        for table in ("one_time_code", "channel", "audit_event", "attempt_window", "job")
        for row in work.session.execute(text(f"SELECT * FROM {table}"))
    ]
    assert not any(number in row or outside.sms.last(number) in row.split("'") for row in rows)


class TestSendingIsLimited:
    """Per phone, device and address; nobody floods a phone, and nobody pays for a flood."""

    def test_once_a_minute_to_one_phone(
        self, phone_in_hand: Make, outside: Outside, clock: FixedClock
    ) -> None:
        number = mobile()
        assert phone_in_hand().ask_for_code(number).status_code == 202
        refused = phone_in_hand().ask_for_code(number)
        assert (refused.status_code, refused.json["code"]) == (429, "too_many_attempts")
        assert refused.headers["Retry-After"] == "60"
        assert len(outside.sms.sent) == 1
        clock.advance(timedelta(minutes=1))
        assert phone_in_hand().ask_for_code(number).status_code == 202

    def test_ten_a_day_to_one_phone(self, phone_in_hand: Make, outside: Outside, clock: FixedClock) -> None:
        number = mobile()
        for _ in range(10):
            assert phone_in_hand().ask_for_code(number).status_code == 202
            clock.advance(timedelta(minutes=1))
        assert phone_in_hand().ask_for_code(number).status_code == 429
        assert phone_in_hand().ask_for_code(mobile()).status_code == 202
        clock.advance(timedelta(days=1))
        assert phone_in_hand().ask_for_code(number).status_code == 202

    def test_twenty_a_day_from_one_device(self, phone_in_hand: Make) -> None:
        phone = phone_in_hand()
        assert [phone.ask_for_code(mobile()).status_code for _ in range(21)] == [202] * 20 + [429]

    def test_the_limits_survive_a_flushed_redis(self, phone_in_hand: Make, house) -> None:
        number = mobile()
        phone_in_hand().ask_for_code(number)
        house.redis.flushall()
        assert phone_in_hand().ask_for_code(number).status_code == 429


class TestCarrierInTrouble:
    """The carrier is called after the commit, whatever it answers."""

    def test_what_was_not_sent_says_so(self, phone_in_hand: Make, outside: Outside) -> None:
        outside.sms.broken = Unavailable()
        assert phone_in_hand().ask_for_code(mobile()).status_code == 503

    def test_what_may_have_been_sent_is_waited_for(self, phone_in_hand: Make, outside: Outside) -> None:
        outside.sms.broken = OutcomeUnknown()
        assert phone_in_hand().ask_for_code(mobile()).status_code == 202


def test_asking_for_a_code_tells_nothing(phone_in_hand: Make, work: Work, database) -> None:
    known, unknown = mobile(), mobile()
    make_person(work, phone=known)
    courses = []
    for number in (known, unknown):
        with statements(database.engine) as said:
            answer = phone_in_hand().ask_for_code(number)
        courses.append((answer.status_code, answer.data, said))
    assert courses[0] == courses[1]


class TestPhoneOfAChannel:
    """A verified phone, by WeChat's button or by a code."""

    def test_by_the_button(self, visitor: Citizen) -> None:
        number = mobile()
        assert visitor.press_phone_button(number).status_code == 204
        assert visitor.get("/me").json["channel"]["phone"] == f"{number[:3]}****{number[-4:]}"

    def test_by_a_code(self, visitor: Citizen) -> None:
        number = mobile()
        assert visitor.post("/phone/codes", {"phone": number}).status_code == 202
        body = {"phone": number, "code": visitor.outside.sms.last(number)}
        assert visitor.put("/phone", body).status_code == 204
        assert visitor.get("/me").json["channel"]["phone_verified_at"]
        assert visitor.put("/phone", body).json["code"] == WRONG

    def test_a_wrong_code_changes_nothing(self, visitor: Citizen) -> None:
        number = mobile()
        visitor.post("/phone/codes", {"phone": number})
        wrong = other_code(visitor.outside.sms.last(number))
        assert visitor.put("/phone", {"phone": number, "code": wrong}).json["code"] == WRONG
        assert visitor.get("/me").json["channel"]["phone"] is None

    def test_a_stale_button_code_changes_nothing(self, visitor: Citizen) -> None:
        answer = visitor.post("/phone/wechat", {"code": "never-given"})
        assert (answer.status_code, answer.json["code"]) == (422, "code_refused")

    def test_a_phone_channel_keeps_its_number(self, phone_in_hand: Make, clock: FixedClock) -> None:
        phone, number, other = phone_in_hand(), mobile(), mobile()
        phone.ask_for_code(number)
        phone.sign_in_by_phone(number)
        refused = phone.press_phone_button(other)
        assert (refused.status_code, refused.json["code"]) == (409, "phone_is_sign_in")
        clock.advance(timedelta(days=2))
        before = phone.get("/me").json["channel"]["phone_verified_at"]
        phone.post("/phone/codes", {"phone": number})
        body = {"phone": number, "code": phone.outside.sms.last(number)}
        assert phone.put("/phone", body).status_code == 204
        assert phone.get("/me").json["channel"]["phone_verified_at"] > before


@pytest.mark.parametrize(
    "garbled",
    ["", "1380000000", "23800000000", "138000000000", "abc", "1380000000\x00", "１３８", "13800000000" * 20],
)
def test_what_is_no_phone_is_said_to_be_none(phone_in_hand: Make, garbled: str) -> None:
    answer = phone_in_hand().ask_for_code(garbled)
    assert answer.status_code in (400, 422)
    assert "手机号" in str(answer.json) or "请求格式" in str(answer.json) or "字符" in str(answer.json)
