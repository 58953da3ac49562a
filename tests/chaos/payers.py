"""Citizens at the till: they tap, change their minds, tap on another phone, pay late, or never come back.

They tap through the product's own cashier and gateways, and pay in the sandbox, where nobody loses anything.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import requests

from backend.collections import commands
from backend.collections.cashier import Cashier, Opened, Payer
from backend.collections.errors import AlreadyPaid, CollectionState, NotPayable
from backend.collections.kinds import COUNTER_BILL
from backend.collections.ports import PaymentProvider
from backend.kernel.db import Work
from backend.kernel.errors import Unavailable
from backend.kernel.money import Fen
from backend.web.house import House
from tests.support.collections import APPID, wanted
from tests.support.people import SYSTEM, make_agency

PHONES = 20
THREADS = 8
AGAIN_AFTER_SECONDS = 0.1
GIVE_UP_SECONDS = 120
MORE = 1_000_000
"""What a changed bill grows by, so that each amount belongs to one bill, before or after its change."""


@dataclass(frozen=True)
class Bill:
    """What one household is to pay, the phones that it has, and its own luck."""

    bill_id: UUID
    amount: int
    phones: tuple[str, str]
    chance: random.Random


@dataclass
class Payers:
    """All of them; `did` counts what they did, `charged` the orders of a bill that took money in time."""

    house: House
    source: str
    did: Counter[str] = field(default_factory=Counter)
    charged: Counter[tuple[UUID, int]] = field(default_factory=Counter)
    done: int = 0
    _openids: dict[str, str] = field(default_factory=dict)
    _waiting: dict[UUID, str | None] = field(default_factory=dict)
    _writing: threading.Lock = field(default_factory=threading.Lock)
    _local: threading.local = field(default_factory=threading.local)

    def bills(self, count: int) -> list[Bill]:
        """Asks for money, and gives everybody a phone in each hand."""
        phones = [f"1380000{number:04d}" for number in range(PHONES)]
        for phone in phones:
            answer = self._world("PUT", f"phones/{phone}", {"name": "王秀英"})
            self._openids[phone] = answer.json()["mini_openid"]
        made: list[Bill] = []
        while len(made) < count:
            with self.house.database.work() as work:
                made += [self._bill(work, phones, n) for n in range(len(made), min(len(made) + 100, count))]
        return made

    def _bill(self, work: Work, phones: list[str], number: int) -> Bill:
        amount, agency_id = 1000 + number, make_agency(work, "46")
        source = f"{self.source}-{number}"
        bill_id = wanted(work, kind=COUNTER_BILL, amount=amount, agency_id=agency_id, source=source)
        pair = (phones[number % PHONES], phones[(number + 1) % PHONES])
        return Bill(bill_id, amount, pair, random.Random(source))

    @contextmanager
    def visiting(self, bills: list[Bill], visit: Callable[[Bill], None]) -> Iterator[Callable[[], bool]]:
        """A few households at a time; gives a function that says whether some are still to come."""
        self.done = 0

        def one(bill: Bill) -> None:
            visit(bill)
            with self._writing:
                self.done += 1

        with ThreadPoolExecutor(THREADS) as pool:
            futures = [pool.submit(one, bill) for bill in bills]
            yield lambda: not all(future.done() for future in futures)
            for future in futures:
                future.result()

    def first_day(self, bill: Bill) -> None:
        """One of many ways to deal with a bill."""
        ways = {
            self.plainly: 40,
            self.twice: 10,
            self.with_another_phone: 12,
            self.both_at_once: 8,
            self.changed: 10,
            self.withdrawn: 8,
            self.tapped_only: 8,
            self.never: 4,
        }
        [way] = bill.chance.choices(list(ways), list(ways.values()))
        self._count(way.__name__)
        way(bill)

    def next_day(self, bill: Bill) -> None:
        """Who has only tapped, or not even that: some pay the order of yesterday, some tap again."""
        with self._writing:
            number = self._waiting.get(bill.bill_id)
        way = bill.chance.random()
        if number and way < 0.4:
            self.pay_late(number)
        elif way < 0.8:
            self.pay(bill, 0, self.tap(bill, 0))

    def plainly(self, bill: Bill) -> None:
        self.pay(bill, 0, self.tap(bill, 0))

    def twice(self, bill: Bill) -> None:
        first, second = self.tap(bill, 0), self.tap(bill, 0)
        self.pay(bill, 0, second)
        self.pay(bill, 0, first)

    def with_another_phone(self, bill: Bill) -> None:
        first, second = self.tap(bill, 0), self.tap(bill, 1)
        self.pay(bill, 1, second)
        self.pay(bill, 0, first)
        if first and bill.chance.random() < 0.5:
            self.pay_late(first.number)

    def both_at_once(self, bill: Bill) -> None:
        """Two phones tap in the same moment, and both pay what they were shown."""
        with ThreadPoolExecutor(2) as pool:
            opened = list(pool.map(lambda hand: self.tap(bill, hand), (0, 1)))
            for paid in [pool.submit(self.pay, bill, hand, opened[hand]) for hand in (0, 1)]:
                paid.result()

    def changed(self, bill: Bill) -> None:
        """The amount grows while an order of the old one stands open."""
        first = self.tap(bill, 0)
        self._insist(
            lambda work: commands.change_amount(
                work, by=SYSTEM, collection_id=bill.bill_id, amount=Fen(bill.amount + MORE)
            )
        )
        if bill.chance.random() < 0.5:
            self.pay(bill, 0, first)
        second = self.tap(bill, 0)
        self.pay(bill, 0, second)
        if first and bill.chance.random() < 0.3:
            self.pay_late(first.number)

    def withdrawn(self, bill: Bill) -> None:
        opened = self.tap(bill, 0)
        self._insist(
            lambda work: commands.withdraw(work, by=SYSTEM, collection_id=bill.bill_id, reason="填写有误")
        )
        if opened and bill.chance.random() < 0.6 and not self.pay(bill, 0, opened):
            self.pay_late(opened.number)

    def tapped_only(self, bill: Bill) -> None:
        opened = self.tap(bill, 0)
        with self._writing:
            self._waiting[bill.bill_id] = opened.number if opened else None

    def never(self, bill: Bill) -> None:
        with self._writing:
            self._waiting[bill.bill_id] = None

    def tap(self, bill: Bill, hand: int) -> Opened | None:
        """Taps "pay" until the till opens; None when there is nothing to pay."""
        cashier = Cashier(self.house.ports.get(PaymentProvider))
        payer = Payer(APPID, self._openids[bill.phones[hand]])
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while True:
            try:
                opened = cashier.pay(self.house.database, collection_id=bill.bill_id, payer=payer)
            except (AlreadyPaid, NotPayable):
                self._count("nothing to pay")
                return None
            except Unavailable:
                self._count("till was busy")
                assert time.monotonic() < deadline, "the till never opened"
                time.sleep(AGAIN_AFTER_SECONDS * random.uniform(1, 4))  # two phones must not keep in step
            else:
                return opened

    def pay(self, bill: Bill, hand: int, opened: Opened | None) -> bool:
        """WeChat opens on the phone that tapped; False when it would not take the money."""
        if opened is None:
            return False
        answer = self._world("POST", f"phones/{bill.phones[hand]}/pay", dict(opened.parameters))
        if answer.status_code != requests.codes.ok:
            assert answer.status_code == requests.codes.conflict, answer.text
            self._count("refused to pay")
            return False
        self._count("paid in time")
        with self._writing:
            self.charged[bill.bill_id, answer.json()["amount"]] += 1
        return True

    def pay_late(self, number: str) -> None:
        """Money that was under way when the order was closed."""
        answer = self._world("POST", f"collector/orders/{number}/pay", {"late": True})
        if answer.status_code == requests.codes.ok:
            self._count("paid late")
        else:
            assert answer.status_code == requests.codes.conflict, answer.text

    def undecided(self, bills: list[Bill]) -> list[Bill]:
        """Those who come back on the next day."""
        return [bill for bill in bills if bill.bill_id in self._waiting]

    def charged_twice(self) -> set[UUID]:
        """Bills of which two orders of the same amount could be paid, neither of them late."""
        return {bill_id for (bill_id, _), times in self.charged.items() if times > 1}

    def _insist(self, act: Callable[[Work], None]) -> None:
        """Until it is done, or cannot be done any more."""
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while True:
            try:
                with self.house.database.work() as work:
                    act(work)
                return
            except CollectionState:
                return
            except Unavailable:
                assert time.monotonic() < deadline, "the database never came back"
                time.sleep(AGAIN_AFTER_SECONDS)

    def _world(self, method: str, path: str, wish: dict[str, object]) -> requests.Response:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        url = f"{self.house.settings.sandbox_url}/_world/{path}"
        return self._local.session.request(method, url, json=wish, timeout=60)

    def _count(self, what: str) -> None:
        with self._writing:
            self.did[what] += 1
