"""The whole way round: people do things in the sandbox, WeChat tells the product, and the product answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from backend.kernel.jobs import DueWork
from backend.messages import commands, replies
from backend.messages.models import Consent, Delivery, Follower, Message
from backend.web.house import House
from tests.support.racing import at_once
from tests.support.reachable import CARD, Reachable, bind, make_reachable
from tests.support.sandbox import Sandbox, eventually


@pytest.fixture
def who(served: House, world: Sandbox) -> Reachable:
    with served.database.work() as work:
        return make_reachable(work, world)


def replied(who: Reachable) -> list[str]:
    return [str(message["text"]) for message in who.at.messages() if message["kind"] == "reply"]


def following(served: House) -> list[bool]:
    with served.database.reading() as work:
        return list(work.session.scalars(select(Follower.following)))


def counted(served: House) -> list[tuple[int, int]]:
    with served.database.reading() as work:
        return [(row.told_by_wechat, row.remaining) for row in work.session.scalars(select(Consent))]


def settled(served: House) -> Callable[[], list[str]]:
    def look() -> list[str]:
        with served.database.reading() as work:
            states = list(work.session.scalars(select(Delivery.state)))
        return states if states and "unknown" not in states else []

    return look


def test_the_sandbox_takes_the_address(served: House, world: Sandbox) -> None:
    assert world.post("/_world/verify-callback")["ok"]


def test_words_and_buttons_are_answered(who: Reachable) -> None:
    who.at.does("follow")
    eventually(lambda: replied(who) == [replies.WELCOME])
    who.at.does("say", text="怎么刷脸认证啊？")
    eventually(lambda: replied(who)[1:] == [replies.CERTIFY])
    who.at.does("say", text="blah")
    eventually(lambda: replied(who)[2:] == [replies.HELP])
    who.at.does("click", key="PAY")
    eventually(lambda: replied(who)[3:] == [replies.PAY])


def test_following_is_known(served: House, who: Reachable) -> None:
    who.at.does("follow")
    eventually(lambda: following(served) == [True])
    a_second_later(who)
    who.at.does("unfollow")
    eventually(lambda: following(served) == [False])
    a_second_later(who)
    who.at.does("follow")
    eventually(lambda: following(served) == [True])


def test_consents_are_counted_and_withdrawn(served: House, who: Reachable) -> None:
    with served.database.work() as work:
        bind(work, who)
    who.at.does("allow", template_id=CARD, accept=True)
    eventually(lambda: counted(served) == [(1, 1)])
    a_second_later(who)
    who.at.does("allow", template_id=CARD, accept=True)
    eventually(lambda: counted(served) == [(2, 2)])
    a_second_later(who)
    who.at.does("allow", template_id=CARD, accept=False)
    who.at.does("allow", template_id="demo-mini-due", accept=True)
    who.at.does("refuse", template_id=CARD)
    eventually(lambda: counted(served) == [])


def test_a_message_goes_out_by_the_consent_that_wechat_told(served: House, who: Reachable) -> None:
    with served.database.work() as work:
        bind(work, who)
    who.at.does("allow", template_id=CARD, accept=True)
    eventually(lambda: counted(served) == [(1, 1)])
    notify(served, who)
    served.ports.get(DueWork).drain()
    assert who.kinds() == ["subscribe"]
    assert eventually(settled(served)) == ["sent"]


def test_wechats_word_finds_the_message_whose_answer_was_lost(
    served: House, who: Reachable, world: Sandbox
) -> None:
    with served.database.work() as work:
        bind(work, who)
    who.at.does("allow", template_id=CARD, accept=True)
    eventually(lambda: counted(served) == [(1, 1)])
    world.fault("/cgi-bin/message/subscribe/send", "lost_answer")
    notify(served, who)
    served.ports.get(DueWork).drain()
    assert eventually(settled(served)) == ["sent"]
    assert who.kinds() == ["subscribe"]


def test_a_template_message_to_somebody_who_only_followed(
    served: House, who: Reachable, world: Sandbox
) -> None:
    unionid = world.put(f"/_world/phones/{who.at.phone}", {"name": who.name})["unionid"]
    with served.database.work() as work:
        bind(work, who, union=unionid)
    who.at.does("follow")
    eventually(lambda: following(served) == [True])
    served.ports.get(DueWork).drain()
    notify(served, who)
    served.ports.get(DueWork).drain()
    assert who.kinds() == ["template"]


def test_many_workers_carry_one_message_once(served: House, who: Reachable) -> None:
    with served.database.work() as work:
        bind(work, who)
    notify(served, who)
    with served.database.reading() as work:
        message_id = str(work.session.scalars(select(Message.id)).one())
    deliver = served.registry.handlers[commands.DELIVER].run
    at_once(6, lambda _: deliver(served.database, {"message_id": message_id}))
    assert who.kinds() == ["sms"]


def a_second_later(who: Reachable) -> None:
    """WeChat's events carry seconds: two alike in one second cannot be told from one told twice."""
    who.at.sandbox.post("/_world/clock", {"seconds": 1})


def notify(served: House, who: Reachable) -> None:
    with served.database.work() as work:
        commands.notify(
            work, person_id=who.person_id, template="family_asked", params={"name": "*强"}, source="t:1"
        )
