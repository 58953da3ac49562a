"""What an outside system sends twice is taken once."""

from __future__ import annotations

from sqlalchemy import select

from backend.kernel import inbox
from backend.kernel.db import Work
from backend.kernel.inbox import ProviderEvent
from backend.web.house import House
from tests.support.racing import at_once


def test_many_deliveries_at_once_are_taken_once(real_house: House) -> None:
    def deliver(_: int) -> bool:
        with real_house.database.work() as work:
            return inbox.take(work, provider="wechat", event_id="m1", body="<xml/>")

    assert sorted(at_once(20, deliver)) == [False] * 19 + [True]


def test_what_was_not_committed_was_not_taken(real_house: House) -> None:
    def deliver(fail: bool) -> bool:
        with real_house.database.work() as work:
            taken = inbox.take(work, provider="wechat", event_id="m1", body="<xml/>")
            if fail:
                work.session.rollback()
            return taken

    assert deliver(fail=True)
    assert deliver(fail=False)
    assert not deliver(fail=False)


def test_the_body_is_kept_as_it_came_and_encrypted(work: Work) -> None:
    assert inbox.take(work, provider="wechat", event_id="m1", body="<Content>王秀英</Content>")
    assert inbox.take(work, provider="sms", event_id="m1", body="同号不同家")
    event = work.session.scalars(select(ProviderEvent).filter_by(provider="wechat")).one()
    assert event.body == "<Content>王秀英</Content>"
    assert "王秀英".encode() not in event.body_sealed
