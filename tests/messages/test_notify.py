"""Who is told what: once for each thing that happens, through the events of the other rooms."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.channels import commands as channels
from backend.channels import queries as channel_queries
from backend.channels.commands import PhoneProof
from backend.channels.ports import WeChatIdentity
from backend.family import commands as family
from backend.family.rules import Relation
from backend.kernel.actor import Actor, Origin, anonymous
from backend.kernel.clock import FixedClock
from backend.kernel.db import Work
from backend.kernel.errors import NotFound
from backend.kernel.jobs import DueWork, emit
from backend.messages import commands, consents, queries
from backend.messages.models import Message
from backend.people import commands as people
from backend.people import queries as people_queries
from backend.people.events import BankCardChanged, PersonMerged
from backend.web.house import House
from tests.support.people import id_number, make_person, staff_actor
from tests.support.racing import at_once
from tests.support.reachable import CARD, Reachable, bind, make_reachable
from tests.support.sandbox import Sandbox


def inbox(work: Work, person_id: UUID) -> list[tuple[str, str]]:
    """The messages of a person as (title, text), oldest first."""
    work.session.expire_all()
    rows = work.session.scalars(queries.inbox(person_id).order_by(Message.id))
    return [(view.title, view.text) for view in map(queries.view, rows)]


def citizen(person_id: UUID) -> Actor:
    return Actor("citizen", None, "miniprogram", person_id=person_id)


def test_one_source_tells_once(work: Work) -> None:
    person_id = make_person(work)
    for source in ("a:1", "a:1", "a:2"):
        commands.notify(work, person_id=person_id, template="bank_card_changed", params={}, source=source)
    assert len(inbox(work, person_id)) == 2


def test_at_once_too(real_house: House) -> None:
    with real_house.database.work() as work:
        person_id = make_person(work)

    def tell(_: int) -> object:
        with real_house.database.work() as one:
            return commands.notify(
                one, person_id=person_id, template="bank_card_changed", params={}, source="a:1"
            )

    assert sum(isinstance(told, UUID) for told in at_once(8, tell)) == 1


def test_a_missing_param_is_found_while_writing(work: Work) -> None:
    with pytest.raises(KeyError):
        commands.notify(work, person_id=make_person(work), template="family_asked", params={}, source="a:1")


def test_what_is_read_is_the_readers_own(work: Work, clock: FixedClock) -> None:
    person_id = make_person(work)
    commands.notify(work, person_id=person_id, template="bank_card_changed", params={}, source="a:1")
    message = work.session.scalars(queries.inbox(person_id)).one()
    with pytest.raises(NotFound):
        commands.read(work, by=citizen(make_person(work)), message_id=message.id)
    commands.read(work, by=citizen(person_id), message_id=message.id)
    first = message.read_at
    clock.advance(timedelta(hours=1))
    commands.read(work, by=citizen(person_id), message_id=message.id)
    assert message.read_at == first is not None


def test_a_new_channel_is_told_to_all_others_but_not_to_itself(
    house: House, work: Work, world: Sandbox
) -> None:
    who = make_reachable(work, world)
    bind(work, who, "official_account")
    who.at.does("follow")
    thief = world.person("贼")
    signed_in = channels.sign_in_through_wechat(
        work,
        by=anonymous(Origin(device="device-2")),
        kind="miniprogram",
        identity=WeChatIdentity(thief.mini_openid, None),
    )
    actor = channel_queries.signed_in(work, signed_in.channel_id)
    assert actor is not None
    thief.does("allow", template_id=CARD, accept=True)
    consents.tell(work, by=actor, card="result", accepted=True)
    channels.take_verified_phone(work, by=actor, phone=who.at.phone)
    channels.bind(work, by=actor, name=who.name, id_number=who.number, proof=PhoneProof())
    house.ports.get(DueWork).drain()
    assert sorted(who.kinds()) == ["sms", "template"]
    assert "微信小程序" in who.text() or "社保账号绑定" in who.text()
    assert thief.messages() == []
    assert [title for title, _ in inbox(work, who.person_id)] == ["账号绑定提醒"]


def test_a_changed_phone_is_told_to_the_old_and_the_new_number(
    house: House, work: Work, world: Sandbox
) -> None:
    who, new = make_reachable(work, world), world.person()
    clerk = staff_actor("people.correct", "people.open")
    version = people_queries.summary(work, who.person_id).version
    people.change_phone(work, by=clerk, person_id=who.person_id, version=version, phone=new.phone)
    house.ports.get(DueWork).drain()
    assert who.kinds() == ["sms"]
    assert [message["kind"] for message in new.messages()] == ["sms"]
    assert "手机号已于2026年11月22日 10:00变更" in who.text()


def test_a_changed_card_is_told_without_its_number(house: House, work: Work, world: Sandbox) -> None:
    who = make_reachable(work, world)
    emit(work, BankCardChanged(who.person_id))
    work.session.flush()
    house.ports.get(DueWork).drain()
    assert who.kinds() == ["sms"]
    assert "银行卡" in who.text()


def test_family_is_told_on_both_sides(house: House, work: Work, world: Sandbox) -> None:
    helper = make_reachable(work, world, name="王志强")
    principal = make_reachable(work, world, name="王秀英")
    asked = ask(work, helper, principal.name, principal.number)
    house.ports.get(DueWork).drain()
    assert inbox(work, helper.person_id) == []
    assert principal.kinds() == ["sms"]
    assert "**强" in principal.text()
    assert "王志强" not in principal.text()
    family.agree(work, by=citizen(principal.person_id), delegation_id=asked)
    house.ports.get(DueWork).drain()
    assert [title for title, _ in inbox(work, helper.person_id)] == ["亲情账户已授权"]
    family.end(work, by=citizen(helper.person_id), delegation_id=asked)
    house.ports.get(DueWork).drain()
    assert [title for title, _ in inbox(work, helper.person_id)][1:] == ["亲情账户授权已结束"]
    assert [title for title, _ in inbox(work, principal.person_id)] == [
        "亲情账户申请",
        "亲情账户授权提醒",
        "亲情账户授权已结束",
    ]


def test_a_request_for_nobody_ends_like_one_that_is_not_answered(
    house: House, work: Work, world: Sandbox, clock: FixedClock
) -> None:
    helper = make_reachable(work, world)
    other = make_person(work, name="李国庆", id_number=(number := id_number()))
    ask(work, helper, "李国庆", number)
    ask(work, helper, "李国庆", id_number())
    house.ports.get(DueWork).drain()
    clock.advance(timedelta(days=60))
    house.ports.get(DueWork).drain()
    told = inbox(work, helper.person_id)
    assert len(told) == 2
    assert told[0] == told[1]
    assert [title for title, _ in inbox(work, other)] == ["亲情账户申请"]


def test_a_refused_request_is_told_to_the_helper_only(house: House, work: Work, world: Sandbox) -> None:
    helper, principal = make_reachable(work, world), make_reachable(work, world, name="李国庆")
    asked = ask(work, helper, principal.name, principal.number)
    family.refuse(work, by=citizen(principal.person_id), delegation_id=asked)
    house.ports.get(DueWork).drain()
    assert [title for title, _ in inbox(work, helper.person_id)] == ["亲情账户申请未通过"]
    assert [title for title, _ in inbox(work, principal.person_id)] == ["亲情账户申请"]


def test_messages_follow_a_merge(house: House, work: Work) -> None:
    duplicate, kept = make_person(work), make_person(work)
    for person_id, source in ((duplicate, "a:1"), (duplicate, "a:2"), (kept, "a:2")):
        commands.notify(work, person_id=person_id, template="bank_card_changed", params={}, source=source)
    emit(work, PersonMerged(duplicate, kept))
    work.session.flush()
    house.ports.get(DueWork).drain()
    assert len(inbox(work, kept)) == 2
    assert sorted(work.session.scalars(select(Message.source).where(Message.person_id == kept))) == [
        "a:1",
        "a:2",
    ]


def ask(work: Work, helper: Reachable, name: str, number: str) -> UUID:
    return family.ask(
        work,
        by=citizen(helper.person_id),
        name=name,
        id_number=number,
        relation=next(iter(Relation)),
        scopes=["look"],
        until=date(2027, 6, 30),
    )
