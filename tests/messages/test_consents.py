"""Consents are counted once per tap, taken once per message, and gone when WeChat says so."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from backend.channels import commands as channels
from backend.channels import queries as channel_queries
from backend.channels.ports import WeChatIdentity
from backend.kernel.actor import Actor, Origin, anonymous
from backend.kernel.db import Work
from backend.kernel.errors import Unauthenticated
from backend.messages import consents
from backend.messages.models import Consent
from backend.web.house import House
from tests.support.people import SYSTEM, traces
from tests.support.racing import at_once
from tests.support.reachable import remaining


def visitor(work: Work, kind: str = "miniprogram", openid: str = "oVisitor") -> Actor:
    signed_in = channels.sign_in_through_wechat(
        work,
        by=anonymous(Origin(device="device-1")),
        kind=kind,  # type: ignore[arg-type]
        identity=WeChatIdentity(openid, None),
    )
    actor = channel_queries.signed_in(work, signed_in.channel_id)
    assert actor is not None
    return actor


@given(taps=st.lists(st.sampled_from(["app", "wechat", "both"]), max_size=6), messages=st.integers(0, 8))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_tap_told_twice_is_one_message(work: Work, taps: list[str], messages: int) -> None:
    work.session.execute(delete(Consent))
    actor = visitor(work)
    for told_by in taps:
        if told_by in ("app", "both"):
            consents.tell(work, by=actor, card="result", accepted=True)
        if told_by in ("wechat", "both"):
            consents.told_by_wechat(work, openid="oVisitor", card="result", accepted=True)
    told = max(sum(tap in (who, "both") for tap in taps) for who in ("app", "wechat"))
    assert actor.channel_id is not None
    taken = [consents.take(work, channel_id=actor.channel_id, card="result") for _ in range(messages)]
    assert taken.count(True) == min(told, messages)
    assert remaining(work, actor) == max(told - messages, 0)


def test_a_refusal_is_no_consent_and_a_withdrawal_ends_all(work: Work) -> None:
    actor = visitor(work)
    consents.tell(work, by=actor, card="result", accepted=False)
    consents.told_by_wechat(work, openid="oVisitor", card="result", accepted=False)
    assert remaining(work, actor) == 0
    for _ in range(3):
        consents.tell(work, by=actor, card="result", accepted=True)
    consents.withdrawn(work, openid="oVisitor", card="result")
    assert remaining(work, actor) == 0
    assert [event.action for event in traces(work, "consent.declined")] == ["consent.declined"]
    assert len(traces(work, "consent.accepted")) == 3


def test_giving_back_never_makes_more_than_was_taken(work: Work) -> None:
    actor = visitor(work)
    assert actor.channel_id is not None
    consents.tell(work, by=actor, card="result", accepted=True)
    for _ in range(3):
        consents.give_back(work, channel_id=actor.channel_id, card="result")
    assert remaining(work, actor) == 1


def test_strangers_have_no_consents(work: Work) -> None:
    consents.told_by_wechat(work, openid="oNobody", card="result", accepted=True)
    consents.withdrawn(work, openid="oNobody", card="result")
    assert work.session.scalar(select(func.count()).select_from(Consent)) == 0


def test_only_the_mini_program_asks(work: Work) -> None:
    with pytest.raises(consents.NotInMiniProgram):
        consents.tell(work, by=visitor(work, "official_account", "oOther"), card="result", accepted=True)
    with pytest.raises(Unauthenticated):
        consents.tell(work, by=SYSTEM, card="result", accepted=True)


def test_ten_consents_are_taken_by_ten_of_thirty(real_house: House) -> None:
    with real_house.database.work() as work:
        actor = visitor(work)
        for _ in range(10):
            consents.tell(work, by=actor, card="result", accepted=True)

    def take(_: int) -> bool:
        with real_house.database.work() as one:
            assert actor.channel_id is not None
            return consents.take(one, channel_id=actor.channel_id, card="result")

    assert at_once(30, take).count(True) == 10
