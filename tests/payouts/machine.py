"""A provider with bad days, workers that die, answers late, twice and contrary: what holds all the same."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Engine

from backend.kernel.clock import FixedClock
from backend.kernel.db import BoundDatabase
from backend.payouts import carrying, commands
from backend.payouts.carrying import Claim
from backend.payouts.courier import Courier
from backend.payouts.errors import PayoutState
from backend.payouts.ports import Answer, Outcome, Provider
from backend.payouts.settling import settle
from tests.support.payouts import ask, attempts, balances, carry, payout
from tests.support.people import SYSTEM, make_agency
from tests.support.providers import MemoryProvider

BEGIN = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
AMOUNTS = st.sampled_from((1, 250, 99_999))
MINUTES = st.sampled_from((0, 1, 4, 70))
WEATHER = st.sampled_from(("fine", "fine", "lost_answer", "lost_request", "declined"))
FATE = st.sampled_from(("paid", "paid", "accepted", "failed", "busy", "returned"))
FINAL = {"paid", "failed", "returned", "cancelled"}


class Payouts(RuleBasedStateMachine):
    """The engine against a provider whose books we can read. `engine` is set by whoever runs the machine."""

    engine: Engine

    @initialize()
    def open(self) -> None:
        self.clock = FixedClock(BEGIN)
        self.connection = self.engine.connect()
        self.outer = self.connection.begin()
        self.database = BoundDatabase(self.connection, self.clock)
        self.weather, self.fate = "fine", "paid"
        self.bank = MemoryProvider(weather=lambda: self.weather, fate=lambda: self.fate)  # type: ignore[arg-type,return-value]
        self.owed: dict[UUID, int] = {}
        self.in_hand: list[Claim] = []
        self.heard: list[dict[UUID, Answer]] = []
        with self.database.work() as work:
            self.agency_id = make_agency(work, "46")

    def teardown(self) -> None:
        if not hasattr(self, "outer"):
            return
        try:
            self._finish()
        finally:
            self.outer.rollback()
            self.connection.close()

    @rule(amount=AMOUNTS, source=st.integers(0, 1))
    def ask(self, amount: int, source: int) -> None:
        """The same business event may ask again and again."""
        source_name = f"{source}-{amount}"
        with self.database.work() as work:
            payout_id = ask(work, amount=amount, source=source_name, agency_id=self.agency_id)
        assert self.owed.setdefault(payout_id, amount) == amount

    @rule(minutes=MINUTES, weather=WEATHER, fate=FATE)
    def carry(self, minutes: int, weather: str, fate: str) -> None:
        """Some time later a worker does one batch from beginning to end."""
        self._later(minutes, weather, fate)
        with self.database.work() as work:
            claimed = carrying.claim(work, Provider.BANK)
        self._settle(self._call(claimed))

    @rule(sent=st.booleans(), fate=FATE)
    def die_after_claiming(self, sent: bool, fate: str) -> None:
        """It may have sent, and nobody heard the answer; the call itself may also still be on its way."""
        self._later(0, "fine", fate)
        with self.database.work() as work:
            claimed = carrying.claim(work, Provider.BANK)
        if sent:
            self._call(claimed)
        elif claimed:
            self.in_hand.append(claimed)

    @precondition(lambda self: self.in_hand)
    @rule(data=st.data(), fate=FATE)
    def wake_up_late(self, data: st.DataObject, fate: str) -> None:
        """A worker that everybody held for dead sends what it had in hand, and says so."""
        self._later(0, "fine", fate)
        claimed = self.in_hand.pop(data.draw(st.integers(0, len(self.in_hand) - 1)))
        self._settle(self._call(claimed))

    @precondition(lambda self: self.heard)
    @rule(data=st.data())
    def hear_again(self, data: st.DataObject) -> None:
        """An old answer comes once more, out of order. What the provider said then, it did say."""
        answers = data.draw(st.sampled_from(self.heard))
        with self.database.work() as work:
            settle(work, {key: one for key, one in answers.items() if one.outcome is not Outcome.DECLINED})

    @precondition(lambda self: any(one.fate == "accepted" for one in self.bank.orders.values()))
    @rule(data=st.data(), fate=st.sampled_from(("paid", "failed", "returned")))
    def provider_goes_on(self, data: st.DataObject, fate: Any) -> None:
        numbers = sorted(number for number, one in self.bank.orders.items() if one.fate == "accepted")
        self.bank.becomes(data.draw(st.sampled_from(numbers)), fate)

    @precondition(lambda self: self.owed)
    @rule(data=st.data())
    def contradict(self, data: st.DataObject) -> None:
        """A final answer is followed by its contrary, a lie: nobody but a person may believe it."""
        payout_id = data.draw(st.sampled_from(sorted(self.owed)))
        with self.database.work() as work:
            for one in attempts(work, payout_id):
                lie = {"paid": Outcome.FAILED, "failed": Outcome.PAID, "returned": Outcome.PAID}.get(
                    one.state
                )
                if lie:
                    settle(work, {one.id: Answer(lie, code="LIE")})

    @precondition(lambda self: self.owed)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """A clerk takes one back, if that is allowed."""
        self._command(data, partial(commands.cancel, reason="重复申请"))

    @precondition(lambda self: self.owed)
    @rule(data=st.data())
    def reissue(self, data: st.DataObject) -> None:
        """A clerk sends one again, if that is allowed."""
        self._command(data, commands.reissue)

    @invariant()
    def nothing_is_doubled(self) -> None:
        """Of all numbers of a payout at most one left money with somebody."""
        if not hasattr(self, "database"):
            return
        with self.database.work() as work:
            for payout_id in self.owed:
                orders = [self.bank.orders.get(one.number) for one in attempts(work, payout_id)]
                kept = [one for one in orders if one and one.fate == "paid" and one.payments]
                assert sum(one.payments for one in kept) <= 1

    @invariant()
    def nothing_is_lost(self) -> None:
        """What we call final is so in the provider's books, and what is open can still be found."""
        if not hasattr(self, "database"):
            return
        with self.database.work() as work:
            for payout_id, amount in self.owed.items():
                row = payout(work, payout_id)
                tried = attempts(work, payout_id)
                assert row.amount == amount == tried[-1].amount
                self._require_truth(row, tried)

    def _require_truth(self, row: Any, tried: list[Any]) -> None:
        last = tried[-1]
        order = self.bank.orders.get(last.number)
        if last.state == "paid":
            assert order is not None
            assert order.fate in ("paid", "returned")
        if last.state == "failed":
            assert order is not None
            assert order.fate in ("failed", "busy")
        if last.state == "returned":
            assert order is not None
            assert order.fate == "returned"
        if row.state == "in_progress":
            assert last.due_at is not None, "nobody will ever look at it again"
        assert (last.state in FINAL) == (last.settled_at is not None)
        assert (row.state in FINAL) == (row.settled_at is not None)
        assert sum(one.state not in FINAL for one in tried) <= 1
        if row.state in FINAL - {"cancelled"}:
            assert row.state == last.state
        if row.state == "cancelled":
            assert order is None or order.fate in ("failed", "busy", "returned"), "it went out all the same"

    @invariant()
    def every_fen_is_in_one_place(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.work() as work:
            found = balances(work)
            rows = [(payout(work, one), attempts(work, one)[-1]) for one in self.owed]
        assert sum(found.values()) == 0
        paid = sum(row.amount for row, _ in rows if row.state == "paid")
        transit = sum(
            row.amount for row, last in rows if last.sent_at and row.state in ("in_progress", "manual")
        )
        assert found.get("payouts.paid", 0) == paid
        assert found.get("payouts.in_transit", 0) == transit
        owed = sum(row.amount for row, _ in rows if row.state != "cancelled")
        assert -found.get("fund.test", 0) == owed

    def _later(self, minutes: int, weather: str, fate: str) -> None:
        self.clock.advance(timedelta(minutes=minutes))
        self.weather, self.fate = weather, fate

    def _command(self, data: st.DataObject, command: Any) -> None:
        payout_id = data.draw(st.sampled_from(sorted(self.owed)))
        with suppress(PayoutState), self.database.work() as work:
            command(work, by=SYSTEM, payout_id=payout_id, version=payout(work, payout_id).version)

    def _call(self, claimed: Claim) -> dict[UUID, Answer]:
        return Courier({Provider.BANK: self.bank}).call(Provider.BANK, claimed)

    def _settle(self, answers: dict[UUID, Answer]) -> None:
        if answers:
            self.heard.append(answers)
            with self.database.work() as work:
                settle(work, answers)

    def _finish(self) -> None:
        """Good weather, and time for everything: nothing stays open that a machine can end."""
        self.weather, self.fate = "fine", "paid"
        for number, order in self.bank.orders.items():
            if order.fate == "accepted":
                self.bank.becomes(number, "paid")
        for _ in range(4):
            self.clock.advance(timedelta(hours=2))
            carry(self.database, self.bank)
        self.nothing_is_doubled()
        self.nothing_is_lost()
        self.every_fen_is_in_one_place()
        with self.database.work() as work:
            rows = [payout(work, one) for one in self.owed]
        assert {row.state for row in rows} <= {*FINAL, "manual"}
        assert self.bank.money_out == sum(row.amount for row in rows if row.state == "paid")
