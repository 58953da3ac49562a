"""The watch over orders: asks about those whose notice may have been lost, and closes those that are over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import select

from backend.collections.models import PaymentOrder
from backend.collections.ports import PaymentProvider, Trade, TradeAnswer
from backend.collections.settling import settle
from backend.kernel.db import Database, Work
from backend.kernel.jobs import enqueue

WATCH = "collections.watch"
EVERY = timedelta(seconds=15)
LEASE = timedelta(minutes=5)
LONGEST_SECONDS = 20
BATCH = 20
IN_HAND = timedelta(minutes=4)


@dataclass(frozen=True)
class Question:
    """An order to look at; `close` when it is over (again, at the last look), to be asked about otherwise."""

    order_id: UUID
    number: str
    close: bool


class Watch:
    """Looks at orders through the provider."""

    def __init__(self, provider: PaymentProvider) -> None:
        self._provider = provider

    def look(self, database: Database, _payload: Mapping[str, Any]) -> None:
        """The job: all that is due; when that takes long, another job goes on."""
        until = monotonic() + LONGEST_SECONDS
        while self.look_at_some(database):
            if monotonic() > until:
                with database.work() as work:
                    enqueue(work, WATCH, {})
                return

    def look_at_some(self, database: Database) -> bool:
        """Looks at one batch; False when nothing was due."""
        with database.work() as work:
            questions = claim(work)
        for one in questions:
            answer = self.call(one)
            with database.work() as work:
                settle(work, one.order_id, answer)
        return bool(questions)

    def call(self, question: Question) -> TradeAnswer:
        """What the provider says to one question."""
        if question.close:
            return closed(self._provider, question.number)
        return self._provider.query(question.number)


def closed(provider: PaymentProvider, number: str) -> TradeAnswer:
    """Closes an order; one that was paid before is asked about, since a refusal does not say how."""
    answer = provider.close(number)
    return provider.query(number) if answer.trade is Trade.PAID else answer


def claim(work: Work) -> list[Question]:
    """Takes orders that are due, so that no other worker looks at them meanwhile."""
    now = work.clock.now()
    due = (
        select(PaymentOrder)
        .where(PaymentOrder.due_at <= now)
        .order_by(PaymentOrder.due_at, PaymentOrder.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    questions = []
    for order in work.session.scalars(due, execution_options={"populate_existing": True}):
        order.due_at, order.asked = now + IN_HAND, order.asked + 1
        over = order.state == "closing" or (order.state == "open" and now >= order.expires_at)
        if over:
            order.state = "closing"
        questions.append(Question(order.id, order.number, close=over or order.state == "closed"))
    return questions


def next_turn(after: datetime) -> datetime:
    """When the worker looks again at what is due."""
    return after + EVERY
