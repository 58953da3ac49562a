"""How a message reaches people, over a real socket to the sandbox."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.kernel.clock import FixedClock
from backend.kernel.db import Work
from backend.kernel.jobs import DueWork, Job
from backend.messages import commands, consents, deliveries
from backend.messages.models import Consent, Delivery, Follower, Message
from backend.messages.templates import TEMPLATES
from backend.web.house import House
from tests.support.reachable import CARD, Reachable, bind, make_reachable, remaining
from tests.support.reachable import deliveries as delivered
from tests.support.sandbox import Sandbox

SUBSCRIBE = "/cgi-bin/message/subscribe/send"
TEMPLATE = "/cgi-bin/message/template/send"


@pytest.fixture
def who(work: Work, world: Sandbox) -> Reachable:
    return make_reachable(work, world)


def send(
    house: House, work: Work, who: Reachable, template: str = "family_agreed", source: str = "t:1"
) -> None:
    """Writes a message and lets the worker carry it."""
    params = {"name": "*志强", "channel": "微信小程序"}
    commands.notify(work, person_id=who.person_id, template=template, params=params, source=source)
    house.ports.get(DueWork).drain()


def allow(work: Work, who: Reachable) -> object:
    """Binds the mini-program and lets its owner allow one message, here and at WeChat."""
    actor = bind(work, who)
    who.at.does("allow", template_id=CARD, accept=True)
    consents.tell(work, by=actor, card="result", accepted=True)
    return actor


def test_a_subscribe_message_comes_first(house: House, work: Work, who: Reachable) -> None:
    actor = allow(work, who)
    send(house, work, who, "family_asked")
    assert who.kinds() == ["subscribe"]
    assert "亲情账户帮办申请" in who.text()
    assert delivered(work) == [("subscribe", "sent")]
    assert remaining(work, actor) == 0


def test_without_consent_the_official_account_carries_it(house: House, work: Work, who: Reachable) -> None:
    bind(work, who)
    bind(work, who, "official_account")
    who.at.does("follow")
    send(house, work, who, "family_asked")
    assert who.kinds() == ["template"]
    assert delivered(work) == [("template", "sent")]


def test_who_does_not_follow_is_not_asked_again(house: House, work: Work, who: Reachable) -> None:
    bind(work, who, "official_account")
    send(house, work, who)
    assert delivered(work) == [("template", "failed")]
    assert not work.session.scalars(select(Follower)).one().following
    send(house, work, who, source="t:2")
    assert delivered(work) == [("template", "failed")]
    assert who.kinds() == []


def test_only_what_is_important_goes_by_sms(house: House, work: Work, who: Reachable) -> None:
    send(house, work, who, "family_agreed", "t:1")
    assert who.kinds() == []
    send(house, work, who, "family_asked", "t:2")
    assert who.kinds() == ["sms"]
    assert who.text().startswith("【海南社保】*志强于2026年11月22日 10:00申请帮您办理社保业务")


def test_a_consent_that_wechat_no_longer_has_is_forgotten(house: House, work: Work, who: Reachable) -> None:
    actor = bind(work, who)
    for _ in range(3):
        consents.tell(work, by=actor, card="result", accepted=True)
    send(house, work, who, "family_asked")
    assert delivered(work) == [("subscribe", "failed"), ("sms", "sent")]
    assert remaining(work, actor) == 0


def test_a_refused_message_gives_its_consent_back(
    house: House, work: Work, who: Reachable, world: Sandbox
) -> None:
    actor = allow(work, who)
    world.fault(SUBSCRIBE, "errcode", errcode=47003)
    send(house, work, who, "family_asked")
    assert delivered(work) == [("subscribe", "failed"), ("sms", "sent")]
    assert remaining(work, actor) == 1
    assert work.session.scalars(select(Delivery.error).where(Delivery.via == "subscribe")).one() == "47003"


def test_a_lost_answer_is_unknown_and_never_sent_again(
    house: House, work: Work, who: Reachable, world: Sandbox, clock: FixedClock
) -> None:
    actor = allow(work, who)
    world.fault(SUBSCRIBE, "lost_answer")
    send(house, work, who, "family_asked")
    clock.advance(timedelta(days=1))
    house.ports.get(DueWork).drain()
    assert delivered(work) == [("subscribe", "unknown")]
    assert who.kinds() == ["subscribe"]
    assert remaining(work, actor) == 0


def test_wechats_word_settles_what_was_unknown(
    house: House, work: Work, who: Reachable, world: Sandbox
) -> None:
    allow(work, who)
    world.fault(SUBSCRIBE, "lost_answer")
    send(house, work, who, "family_asked")
    told = {"via": "subscribe", "openid": who.at.mini_openid, "reference": "77", "card": "result"}
    deliveries.reported(work, **told, error=None)
    deliveries.reported(work, **told, error=None)
    assert delivered(work) == [("subscribe", "sent")]


def test_wechats_word_that_it_failed_opens_the_next_way(
    house: House, work: Work, who: Reachable, world: Sandbox
) -> None:
    allow(work, who)
    send(house, work, who, "family_asked")
    reference = work.session.scalars(select(Delivery.reference)).one()
    deliveries.reported(
        work, via="subscribe", openid=who.at.mini_openid, reference=reference, card="result", error="4"
    )
    house.ports.get(DueWork).drain()
    assert delivered(work) == [("subscribe", "failed"), ("sms", "sent")]


def test_reports_about_others_change_nothing(house: House, work: Work, who: Reachable) -> None:
    allow(work, who)
    send(house, work, who)
    deliveries.reported(work, via="subscribe", openid="oOther", reference="1", card="result", error="4")
    deliveries.reported(work, via="template", openid=who.at.mini_openid, reference="1", card=None, error="4")
    assert delivered(work) == [("subscribe", "sent")]


def test_a_busy_wechat_is_tried_again_later(
    house: House, work: Work, who: Reachable, world: Sandbox, clock: FixedClock
) -> None:
    actor = allow(work, who)
    world.fault(SUBSCRIBE, "errcode", errcode=-1)
    send(house, work, who)
    assert delivered(work) == [("subscribe", "waiting")]
    assert remaining(work, actor) == 1
    clock.advance(timedelta(minutes=1))
    house.ports.get(DueWork).drain()
    assert delivered(work) == [("subscribe", "sent")]
    assert who.kinds() == ["subscribe"]


def test_what_is_important_does_not_wait_for_wechat(
    house: House, work: Work, who: Reachable, world: Sandbox, clock: FixedClock
) -> None:
    actor = allow(work, who)
    world.fault(SUBSCRIBE, "http_status", status=503)
    send(house, work, who, "family_asked")
    assert delivered(work) == [("subscribe", "waiting"), ("sms", "sent")]
    clock.advance(timedelta(days=1))
    house.ports.get(DueWork).drain()
    assert who.kinds() == ["sms"]
    assert remaining(work, actor) == 1


def test_a_run_that_was_killed_midway_may_have_sent(house: House, work: Work, who: Reachable) -> None:
    allow(work, who)
    commands.notify(
        work, person_id=who.person_id, template="family_asked", params={"name": "*强"}, source="t:1"
    )
    message_id = work.session.scalars(select(Message.id)).one()
    plan = deliveries.plan(work, message_id)
    assert deliveries.begin(work, message_id, plan.routes[0], plan.template) is not None
    work.session.flush()
    house.ports.get(DueWork).drain()
    assert delivered(work) == [("subscribe", "unknown")]
    assert who.kinds() == []


def test_two_runs_never_take_the_same_way(house: House, work: Work, who: Reachable) -> None:
    allow(work, who)
    consents.told_by_wechat(work, openid=who.at.mini_openid, card="result", accepted=True)
    consents.told_by_wechat(work, openid=who.at.mini_openid, card="result", accepted=True)
    commands.notify(
        work, person_id=who.person_id, template="family_asked", params={"name": "*强"}, source="t:1"
    )
    message_id = work.session.scalars(select(Message.id)).one()
    first, second = (deliveries.plan(work, message_id) for _ in range(2))
    assert deliveries.begin(work, message_id, first.routes[0], first.template) is not None
    assert deliveries.begin(work, message_id, second.routes[0], second.template) is None


def test_a_link_in_a_name_keeps_the_sms_back(house: House, work: Work, who: Reachable) -> None:
    params = {"name": "见t.cn/x"}
    commands.notify(work, person_id=who.person_id, template="family_asked", params=params, source="t:1")
    house.ports.get(DueWork).drain()
    assert delivered(work) == [("sms", "failed")]
    assert who.kinds() == []


def test_what_must_be_told_everywhere_goes_every_way(
    house: House, work: Work, who: Reachable, world: Sandbox
) -> None:
    allow(work, who)
    bind(work, who, "official_account")
    who.at.does("follow")
    send(house, work, who, "bank_card_changed")
    assert sorted(who.kinds()) == ["sms", "subscribe", "template"]
    assert sorted(delivered(work)) == [("sms", "sent"), ("subscribe", "sent"), ("template", "sent")]


def test_one_way_that_fails_does_not_hold_up_the_others(
    house: House, work: Work, who: Reachable, world: Sandbox, clock: FixedClock
) -> None:
    allow(work, who)
    world.fault(SUBSCRIBE, "drop")
    world.fault("/", "http_status", status=500)
    send(house, work, who, "bank_card_changed")
    assert sorted(delivered(work)) == [("sms", "waiting"), ("subscribe", "unknown")]
    clock.advance(timedelta(minutes=1))
    house.ports.get(DueWork).drain()
    assert sorted(delivered(work)) == [("sms", "sent"), ("subscribe", "unknown")]


def test_a_follower_is_recognised_by_unionid(house: House, work: Work, who: Reachable) -> None:
    unionid = who.at.sandbox.put(f"/_world/phones/{who.at.phone}", {"name": who.name})["unionid"]
    bind(work, who, union=unionid)
    who.at.does("follow")
    commands.followed(work, openid=who.at.oa_openid)
    house.ports.get(DueWork).drain()
    send(house, work, who)
    assert who.kinds() == ["template"]


def test_a_busy_user_info_is_asked_again(
    house: House, work: Work, who: Reachable, world: Sandbox, clock: FixedClock
) -> None:
    world.fault("/cgi-bin/user/info", "drop")
    commands.followed(work, openid=who.at.oa_openid)
    house.ports.get(DueWork).drain()
    assert work.session.scalars(select(Follower.union_digest)).one() is None
    clock.advance(timedelta(minutes=1))
    house.ports.get(DueWork).drain()
    work.session.expire_all()
    assert work.session.scalars(select(Follower.union_digest)).one() is not None


def test_jobs_and_rows_hold_nothing_personal(house: House, work: Work, who: Reachable) -> None:
    allow(work, who)
    send(house, work, who, "bank_card_changed")
    seen = [job.payload for job in work.session.scalars(select(Job))]
    seen += [
        vars(row) for table in (Message, Delivery, Consent) for row in work.session.scalars(select(table))
    ]
    for personal in (who.at.phone, who.at.mini_openid, who.name, who.number):
        assert personal not in str(seen)


def test_every_template_says_how_it_goes() -> None:
    assert all(template.important for template in TEMPLATES.values() if template.everywhere)
