"""Hearing what the provider tells by itself: each notice once, and what it changes with it."""

from __future__ import annotations

from sqlalchemy import select

from backend.collections.models import PaymentOrder
from backend.collections.ports import Notice
from backend.collections.settling import settle
from backend.kernel import inbox
from backend.kernel.db import Work

PROVIDER = "wechat_pay"


def hear(work: Work, notice: Notice) -> None:
    """Takes a notice that was checked. One heard before, or about an order that is not ours, changes nothing.

    The tax authority's merchant account serves others too: an unknown number is kept, and left to
    reconciliation. A refund's notice only says that it is time to ask, which payouts do anyway.
    """
    if not inbox.take(work, provider=PROVIDER, event_id=notice.event_id, body=notice.raw):
        return
    order_id = work.session.scalar(select(PaymentOrder.id).where(PaymentOrder.number == notice.number))
    if order_id is not None and notice.trade is not None:
        settle(work, order_id, notice.trade)
