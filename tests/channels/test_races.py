"""Two of everything at once, with real commits: one channel, one use of a code, no guess for free."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import func, select

from backend.channels import commands, queries
from backend.channels.commands import CardProof, CounterCodeProof, one_time_codes
from backend.channels.commands.binding import BINDING, AlreadyBound, BindingRefused
from backend.channels.commands.counter_codes import IssuedJustNow
from backend.channels.commands.one_time_codes import CodeWrong
from backend.channels.models import BindingCode, Channel, OneTimeCode
from backend.channels.ports import WeChatIdentity
from backend.kernel.actor import Actor, Origin, anonymous
from backend.kernel.errors import Limited
from backend.kernel.ids import new_id
from backend.people import commands as people
from backend.web.house import House
from tests.support.people import SYSTEM, card_number, id_number, make_person, staff_actor
from tests.support.racing import at_once

NAME = "王秀英"
PHONE = "13812345678"
STRANGER = anonymous(Origin("r", "127.0.0.1", "device-0001"))


def visitor(house: House, number: int, unionid: str | None = None) -> Actor:
    """Someone who has just signed in through the mini-program."""
    with house.database.work() as work:
        identity = WeChatIdentity(f"openid-{number}", unionid)
        opened = commands.sign_in_through_wechat(work, by=STRANGER, kind="miniprogram", identity=identity)
        actor = queries.signed_in(work, opened.channel_id)
        assert actor
        return actor


@pytest.fixture
def person(real_house: House) -> dict:
    """A person with a card."""
    number, card = id_number(), card_number()
    with real_house.database.work() as work:
        person_id = make_person(work, name=NAME, id_number=number)
        people.set_bank_card(work, by=SYSTEM, person_id=person_id, bank="农业银行", number=card)
    return {"person_id": person_id, "id_number": number, "card": card}


def issue(house: House, person_id: UUID) -> str:
    with house.database.work() as work:
        clerk = staff_actor("binding_codes.issue")
        return commands.issue_counter_code(work, by=clerk, person_id=person_id).code


def count(house: House, *wanted) -> int:
    with house.database.reading() as work:
        return work.session.scalar(select(func.count()).where(*wanted)) or 0


def test_first_sign_ins_at_once_make_one_channel(real_house: House) -> None:
    opened = at_once(8, lambda _: visitor(real_house, 1, "union-1").channel_id)
    assert len(set(opened)) == 1
    assert count(real_house, Channel.id.is_not(None)) == 1


def test_guesses_at_once_share_five_tries(real_house: House) -> None:
    with real_house.database.work() as work:
        right = commands.start_code(work, by=STRANGER, purpose="sign_in", phone=PHONE)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"

    def guess(_number: int) -> None:
        with real_house.database.work() as work:
            one_time_codes.use_code(work, purpose="sign_in", phone=PHONE, code=wrong)

    assert all(isinstance(one, CodeWrong) for one in at_once(12, guess))
    with real_house.database.reading() as work:
        assert work.session.scalars(select(OneTimeCode.tries)).one() == 5


def test_a_code_used_at_once_is_used_once(real_house: House) -> None:
    with real_house.database.work() as work:
        code = commands.start_code(work, by=STRANGER, purpose="sign_in", phone=PHONE)

    def sign_in(_number: int) -> UUID:
        with real_house.database.work() as work:
            return commands.sign_in_through_phone(work, by=STRANGER, phone=PHONE, code=code).channel_id

    ends = at_once(5, sign_in)
    assert sum(isinstance(one, UUID) for one in ends) == 1
    assert sum(isinstance(one, CodeWrong) for one in ends) == 4


def test_codes_asked_for_at_once_are_one(real_house: House) -> None:
    def ask(number: int) -> str:
        with real_house.database.work() as work:
            stranger = anonymous(Origin("r", "127.0.0.1", f"device-{number:04d}"))
            return commands.start_code(work, by=stranger, purpose="sign_in", phone=PHONE)

    ends = at_once(6, ask)
    assert sum(isinstance(one, str) for one in ends) == 1
    assert sum(isinstance(one, Limited) for one in ends) == 5


def test_two_phones_with_one_counter_code(real_house: House, person: dict) -> None:
    code = issue(real_house, person["person_id"])
    phones = [visitor(real_house, number) for number in range(2)]

    def bind(number: int) -> UUID:
        with real_house.database.work() as work:
            proof = CounterCodeProof(code)
            return commands.bind(
                work, by=phones[number], name=NAME, id_number=person["id_number"], proof=proof
            )

    ends = at_once(2, bind)
    assert sum(one == person["person_id"] for one in ends) == 1
    assert sum(isinstance(one, BindingRefused) for one in ends) == 1


def test_two_phones_of_one_person_with_the_card(real_house: House, person: dict) -> None:
    phones = [visitor(real_house, number) for number in range(2)]

    def bind(number: int) -> UUID:
        with real_house.database.work() as work:
            proof = CardProof(person["card"])
            return commands.bind(
                work, by=phones[number], name=NAME, id_number=person["id_number"], proof=proof
            )

    assert at_once(2, bind) == [person["person_id"]] * 2


def test_one_channel_binds_once(real_house: House, person: dict) -> None:
    phone = visitor(real_house, 1)

    def bind(_number: int) -> UUID:
        with real_house.database.work() as work:
            proof = CardProof(person["card"])
            return commands.bind(work, by=phone, name=NAME, id_number=person["id_number"], proof=proof)

    ends = at_once(4, bind)
    assert sum(one == person["person_id"] for one in ends) == 1
    assert sum(isinstance(one, AlreadyBound) for one in ends) == 3


def test_guesses_at_once_share_the_bound_of_a_person(real_house: House, person: dict) -> None:
    guessers = [visitor(real_house, number) for number in range(15)]

    def guess(number: int) -> None:
        with real_house.database.work() as work:
            commands.bind(
                work,
                by=guessers[number],
                name=NAME,
                id_number=person["id_number"],
                proof=CardProof(card_number()),
            )

    ends = at_once(15, guess)
    most = BINDING["person"].most
    assert sum(isinstance(one, BindingRefused) for one in ends) == most
    assert sum(isinstance(one, Limited) for one in ends) == 15 - most


def test_two_clerks_leave_one_code_that_counts(real_house: House, person: dict) -> None:
    ends = at_once(4, lambda _: issue(real_house, person["person_id"]))
    assert all(isinstance(one, str | IssuedJustNow) for one in ends)
    assert any(isinstance(one, str) for one in ends)
    still = (BindingCode.revoked_at.is_(None), BindingCode.used_at.is_(None))
    assert count(real_house, *still) == 1


def test_a_person_who_is_nobody_has_no_code(real_house: House) -> None:
    phone = visitor(real_house, 1)
    with pytest.raises(BindingRefused), real_house.database.work() as work:
        commands.bind(
            work, by=phone, name=NAME, id_number=id_number(), proof=CounterCodeProof(str(new_id())[:10])
        )
