"""The bank's and the wallet's own files, out of the running sandbox, through the product's own gateways.

What is paid, sent back, kept from us or never told of is decided over there; we learn of it by their files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from backend.gateways.bank import BankLink
from backend.gateways.bank_files import BankDayFiles
from backend.gateways.red_packet import RedPackets, WalletFlows
from backend.kernel.clock import FixedClock
from backend.kernel.db import BoundDatabase, Work
from backend.payouts import carrying
from backend.payouts.models import PayoutAttempt
from backend.payouts.ports import Answer, Inquiry, Instruction, Outcome, Payee, PayoutProvider, Provider
from backend.payouts.settling import settle
from backend.reconciliation.ports import Channel, DayFiles, Line
from tests.support.bank import account_number, files, link, skip_a_day
from tests.support.bank import order as bank_order
from tests.support.bank import today as bank_today
from tests.support.payouts import ask
from tests.support.people import make_agency
from tests.support.reconciliation import KINDS, channel, day_of, differences, reconcile_all
from tests.support.red_packets import flows, into_tomorrow, packets, pay_settings, quiet_day, wallet
from tests.support.red_packets import order as packet_order
from tests.support.sandbox import Sandbox, callback_port, running_world, settings, world

__all__ = [
    "callback_port",
    "files",
    "flows",
    "link",
    "packets",
    "pay_settings",
    "running_world",
    "settings",
    "wallet",
    "world",
]
pytestmark = [pytest.mark.usefixtures("house"), pytest.mark.timeout(300)]
QUIET, LOST, NEVER_SENT, STRANGERS = 200, 15, 5, 7
PACKETS = 100


def asked(database: BoundDatabase, provider: Provider, payees: Sequence[Payee]) -> dict[str, Instruction]:
    """A payout to each, taken in hand as if to be sent; the instructions by number."""
    with database.work() as work:
        agency_id = make_agency(work, "460100", under="46")
        for payee in payees:
            ask(work, amount=12_300, kind=KINDS[provider], agency_id=agency_id, payee=payee)
    made: dict[str, Instruction] = {}
    with database.work() as work:
        while claimed := carrying.claim(work, provider):
            made |= {one.number: one for one in claimed.send.values()}
    return made


def told(work: Work, provider: PayoutProvider, orders: Sequence[Instruction], *, heard: int) -> None:
    """Sends orders, and writes down what was said of the first of them; the other answers are lost."""
    numbers = [one.number for one in orders]
    said = dict(zip(numbers, provider.pay(orders), strict=True))
    ids = {
        number: id_ for id_, number in work.session.execute(select(PayoutAttempt.id, PayoutAttempt.number))
    }
    answers = {ids[number]: said[number] for number in numbers[:heard]}
    settle(work, answers | {ids[number]: Answer(Outcome.UNKNOWN) for number in numbers[heard:]})


def state_of(work: Work, numbers: Sequence[str]) -> Counter[str]:
    rows = work.session.execute(select(PayoutAttempt.number, PayoutAttempt.state))
    states = {row.number: row.state for row in rows}
    return Counter(states[number] for number in numbers)


def kinds(work: Work) -> Counter[tuple[str, str, str]]:
    return Counter((row.kind, row.direction, row.state) for row in differences(work))


class Spoiling:
    """Implements DayFiles: has the file come out wrong the first time."""

    def __init__(self, true: DayFiles, world: Sandbox, knob: str, how: str) -> None:
        self.true, self.world, self.knob, self.how = true, world, knob, how

    def lines(self, day: date) -> Sequence[Line]:
        self.world.put(self.knob, {"spoil": self.how})
        self.how = ""
        return self.true.lines(day)


def spoiled_then_right(database: BoundDatabase, clock: FixedClock, one: Channel, day: date) -> None:
    reconcile_all(database, one)
    with database.work() as work:
        row = day_of(work, day, one.name)
        assert (row.state, row.last_error, differences(work)) == ("waiting", "bad_day_file", [])
    clock.advance(timedelta(hours=1))
    reconcile_all(database, one)


@pytest.mark.parametrize("how", ["cut", "totals", "digest"])
def test_the_bank(
    database: BoundDatabase,
    clock: FixedClock,
    world: Sandbox,
    link: BankLink,
    files: BankDayFiles,
    how: str,
) -> None:
    skip_a_day(world)
    day = bank_today(world)
    clock.set(clock.now() + (day - clock.today()))
    account = account_number()
    world.put(f"/_world/bank/accounts/{account}", {"returns": "at_once"})
    ordinary, back = Payee("6228480000000000018", "王秀英"), Payee(account, "王秀英")
    made = asked(database, Provider.BANK, [ordinary] * (QUIET + LOST + NEVER_SENT) + [back] * LOST)
    right = [one for one in made.values() if one.payee == ordinary][: QUIET + LOST]
    never = [one for one in made.values() if one.payee == ordinary][QUIET + LOST :]
    returned = [one for one in made.values() if one.payee == back]
    with database.work() as work:
        told(work, link, right, heard=QUIET)
        told(work, link, returned, heard=0)
    link.pay([bank_order() for _ in range(STRANGERS)])
    ids = [one.number for one in right[:QUIET]]
    with database.work() as work:
        _ask_until_paid(work, link, right[:QUIET])
        assert state_of(work, ids) == {"paid": QUIET}
    skip_a_day(world)
    clock.advance(timedelta(days=1))
    one = channel(Spoiling(files, world, "/_world/bank/day-end", how))  # type: ignore[arg-type]
    spoiled_then_right(database, clock, one, day)
    with database.work() as work:
        assert kinds(work) == {
            ("state", "out", "mended"): 2 * LOST,
            ("state", "in", "mended"): LOST,
            ("extra", "out", "open"): STRANGERS,
        }
        assert state_of(work, [one.number for one in right]) == {"paid": QUIET + LOST}
        assert state_of(work, [one.number for one in never]) == {"sending": NEVER_SENT}
        assert state_of(work, [one.number for one in returned]) == {"returned": LOST}
        row = day_of(work, day)
        assert row.file_out_count == row.our_out_count + STRANGERS == QUIET + 2 * LOST + STRANGERS
        assert row.file_in_amount == row.our_in_amount == 12_300 * LOST


def _ask_until_paid(work: Work, link: BankLink, orders: Sequence[Instruction]) -> None:
    """The bank may have only taken them on at first."""
    rows = work.session.execute(select(PayoutAttempt.id, PayoutAttempt.number, PayoutAttempt.sent_at))
    known = {row.number: row for row in rows}
    said = link.query([Inquiry(one.number, known[one.number].sent_at) for one in orders])
    settle(work, {known[one.number].id: answer for one, answer in zip(orders, said, strict=True)})


@pytest.mark.parametrize("how", ["cut", "totals", "line"])
@pytest.mark.usefixtures("wallet")
def test_the_wallet(
    database: BoundDatabase,
    clock: FixedClock,
    world: Sandbox,
    packets: RedPackets,
    flows: WalletFlows,
    how: str,
) -> None:
    day = quiet_day(world)
    clock.set(clock.now() + (day - clock.today()))
    people = [Payee(world.person().oa_openid) for _ in range(PACKETS // 5)]  # nobody may have many a day
    made = list(asked(database, Provider.RED_PACKET, people * 5).values())
    with database.work() as work:
        told(work, packets, made, heard=PACKETS - LOST)
    packets.pay([packet_order(world.person()) for _ in range(STRANGERS)])
    into_tomorrow(world)
    clock.advance(timedelta(days=1))
    spoiling = Spoiling(flows, world, "/_world/wallet/bill", how)
    one = channel(spoiling, Provider.RED_PACKET)  # type: ignore[arg-type]
    spoiled_then_right(database, clock, one, day)
    with database.work() as work:
        assert kinds(work) == {("state", "out", "mended"): LOST, ("extra", "out", "open"): STRANGERS}
        assert state_of(work, [one.number for one in made]) == {"accepted": PACKETS}
        row = day_of(work, day, "red_packet")
        assert row.file_out_count == row.our_out_count + STRANGERS == PACKETS + STRANGERS
    into_tomorrow(world)  # nobody has opened them: they come back
    clock.advance(timedelta(days=1))
    reconcile_all(database, one)
    with database.work() as work:
        assert kinds(work)["state", "in", "mended"] == PACKETS
        assert kinds(work)["extra", "in", "open"] == STRANGERS
        assert state_of(work, [one.number for one in made]) == {"returned": PACKETS}
