"""Collections over lines that drop, delay and repeat, while everything dies: none is lost, none doubled.

Everything is real: the till, the gateways with their signatures, the web that hears notices, workers, and a
WeChat Pay and a tax authority in another process, whose books are compared with ours in the end. Pauses of
hours are passed by as in the demo, by days that all clocks travel.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

import psutil
import pytest
import requests
from redis import Redis

from backend.bootstrap import assemble
from backend.collections import settling
from backend.collections.cashier import Cashier, Opened, Payer, live_order
from backend.collections.ports import Trade
from backend.demo import programs
from backend.demo.process import Process, Program
from backend.kernel.clock import TravellingClock
from backend.kernel.db import Database
from backend.kernel.jobs import DueWork
from backend.web.house import House
from tests.chaos.both_books import Found, World, compared, under_way
from tests.chaos.payers import THREADS, Bill, Payers
from tests.chaos.place import Place
from tests.chaos.proxy import BadLine, bad_line
from tests.conftest import KEYRING

COLLECTIONS = int(os.environ.get("COLLECTIONS", "200"))
FEW, FEW_DAYS = 25, 2
WORKERS = 3
KILLS = max(8, COLLECTIONS // 20)
BLACKOUTS = max(1, COLLECTIONS // 2500)
MOST_DAYS, DAYS_OF_KILLING = 40, 2
WEATHER_SECONDS = 0.5
LEAST_SECONDS, PATIENCE_SECONDS = 1.0, 1.2
DAY_FILES = ("/v3/bill/tradebill", "/tax/v1/day-end")


@dataclass
class Run:
    """A house whose lines to the outside are bad, and all who pay there."""

    place: Place
    house: House
    clock: TravellingClock
    lines: dict[str, BadLine]
    source: str
    processes: list[Process] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    _weather_until: float = 0.0

    def __post_init__(self) -> None:
        self.payers = Payers(self.house, self.source)
        self.world = World(self.place.settings.data_dir)

    def keep_day_files_away(self) -> None:
        """What the day-end files would mend must not need to be mended."""
        for path in DAY_FILES:
            self._world("POST", "faults", {"path": path, "kind": "http_status", "status": 503, "share": 1})

    def first_day(self, bills: list[Bill], *, kills: int, blackouts: int) -> None:
        """Everybody is at the till, while processes and servers die."""
        chance, killed = random.Random(len(bills)), 0
        with self.payers.visiting(bills, self.payers.first_day) as busy:
            while busy():
                share = self.payers.done / len(bills)
                self._change_the_weather(chance)
                if killed < kills * share:
                    self._kill(chance)
                    killed += 1
                if self.met["blackouts"] < blackouts and share > (self.met["blackouts"] + 0.5) / blackouts:
                    self._blackout()
                time.sleep(0.02)
        self._world("DELETE", "collector/notices")
        self.met["killed on the first day"] = killed

    def days(self, bills: list[Bill], most: int, *, kills: bool) -> None:
        """Days pass until everything is over, but for so many; after the first one some come back."""
        chance = random.Random(len(bills))
        while self.met["days"] < most and (self.left() or self.met["days"] < 2):
            self.clock.advance(1)
            self.met["days"] += 1
            if kills and self.met["days"] <= DAYS_OF_KILLING:
                time.sleep(chance.random())
                self._kill(chance)
            self._until_quiet()
            if self.met["days"] == 1:
                self._second_day(bills, chance)

    def left(self) -> Counter[str]:
        """What is not over yet."""
        with self.house.database.reading() as work:
            return under_way(work)

    def _second_day(self, bills: list[Bill], chance: random.Random) -> None:
        with self.payers.visiting(self.payers.undecided(bills), self.payers.next_day) as busy:
            while busy():
                self._change_the_weather(chance)
                time.sleep(0.02)
        self._world("DELETE", "collector/notices")

    def _until_quiet(self) -> None:
        """Waits until all that fell due is done, or nobody goes on: whoever had it in hand was killed."""
        if not self.processes:
            self.house.ports.get(DueWork).drain()
            return
        began = since = time.monotonic()
        seen = self._due()
        while (seen or self.left()) and time.monotonic() < max(
            began + LEAST_SECONDS, since + PATIENCE_SECONDS * bool(seen)
        ):
            time.sleep(0.15)
            if (now := self._due()) != seen:
                seen, since = now, time.monotonic()

    def _due(self) -> Counter[str]:
        with self.house.database.reading() as work:
            return under_way(work, before=self.clock.now())

    def _kill(self, chance: random.Random) -> None:
        """One of the forked workers, or of the web's; their parents replace it."""
        parent = chance.choice(self.processes)
        children = psutil.Process(parent.pid).children()
        if children:
            chance.choice(children).kill()
            self.met[f"{parent.program.name} killed"] += 1

    def _blackout(self) -> None:
        """The database and the web die, and Redis forgets all."""
        self.house.redis.flushall()
        self.place.servers.postgres.kill()
        for process in self.processes:
            process.kill()
        self.place.servers.postgres.start()
        for process in self.processes:
            process.start()
        self.met["blackouts"] += 1

    def _change_the_weather(self, chance: random.Random) -> None:
        """Every now and then: some notices are never told, some are told again and again, in any order."""
        if time.monotonic() < self._weather_until:
            return
        self._weather_until = time.monotonic() + WEATHER_SECONDS
        wish = {"dropped": chance.random() < 0.15, "copies": chance.choice([1, 1, 2, 3]), "scatter": 1.5}
        self._world("PUT", "collector/notices", wish)

    def _world(self, method: str, path: str, wish: object = None) -> None:
        url = f"{self.house.settings.sandbox_url}/_world/{path}"
        requests.request(method, url, json=wish, timeout=60).raise_for_status()

    def found(self) -> Found:
        """What is wrong with the books."""
        with self.house.database.reading() as work:
            return compared(work, self.world)


@contextmanager
def started(place: Place, source: str, *, processes: bool) -> Iterator[Run]:
    """A house behind bad lines, the sandbox, and the product's processes, unless the house does it all."""
    sandbox, web = place.settings.sandbox_port, place.settings.port
    with bad_line(sandbox, seed=1) as pay, bad_line(sandbox, seed=2) as tax, bad_line(web, seed=3) as notices:
        lines = {"to wechat pay": pay, "to the tax authority": tax, "to us": notices}
        outside = {"wechat_pay_api_url": pay.url, "tax_api_url": tax.url, "collector_notify_url": notices.url}
        world = with_environment(place.sandbox(), CALLBACK_SECONDS="1")
        with place.running(world), house_behind(place, outside) as house:
            run = Run(place, house, TravellingClock(place.settings.data_dir / "clock.json"), lines, source)
            run.keep_day_files_away()
            web_server = programs.application(house.settings)[1]
            workers = Program("workers", (sys.executable, "-m", "tests.chaos.nursery", str(WORKERS)))
            wanted = [web_server, with_environment(workers, **web_server.environment)] if processes else []
            behind = {name.upper(): url for name, url in outside.items()}
            with place.running(*(with_environment(one, **behind) for one in wanted)) as run.processes:
                yield run


@contextmanager
def house_behind(place: Place, outside: dict[str, str]) -> Iterator[House]:
    """The house of this process, on the same database; its clock travels, as those of all processes do."""
    settings = place.settings.model_copy(update=outside)
    clock = TravellingClock(settings.data_dir / "clock.json")
    database = Database(settings.app_database, clock, pool_size=THREADS * 2)
    redis = Redis.from_url(settings.redis, socket_timeout=2)
    yield assemble(settings, KEYRING, clock, database, redis)
    redis.close()
    database.dispose()


def with_environment(program: Program, **more: str) -> Program:
    return replace(program, environment={**program.environment, **more})


def report(run: Run, count: int, seconds: float) -> None:
    lines = {name: dict(line.met) for name, line in run.lines.items()}
    print(f"{count} collections in {seconds:.0f} s: {dict(run.met)}")
    print(f"  lines: {lines}")
    print(f"  payers: {dict(run.payers.did)}; notices: {dict(run.world.notices())}")
    print(f"  not owed and given back: {sum(run.world.refunds().values())}")


@pytest.mark.timeout(0)
def test_no_payment_is_lost_and_none_is_doubled(place: Place) -> None:
    with started(place, "careful", processes=True) as run:
        began = time.monotonic()
        bills = run.payers.bills(COLLECTIONS)
        run.first_day(bills, kills=KILLS, blackouts=BLACKOUTS)
        run.met["seconds of the first day"] = round(time.monotonic() - began)
        run.days(bills, MOST_DAYS, kills=True)
        report(run, COLLECTIONS, time.monotonic() - began)
        assert not run.left(), f"not over after {MOST_DAYS} days"
        assert run.found() == {}
        assert not run.payers.charged_twice()


@pytest.mark.timeout(0)
def test_a_late_payment_that_is_ignored_is_found_missing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same days, with a mistake that only money which comes too late can show."""
    true = settling.step

    def planted(known: settling.Known, answer: settling.TradeAnswer) -> settling.Step | None:
        late = known.state == "closed" and answer.trade is Trade.PAID
        return None if late else true(known, answer)

    monkeypatch.setattr(settling, "step", planted)
    found, _ = run_of_few(place, "deaf")
    print(f"with late payments ignored: {len(found['lost payment'])} lost")
    assert found["lost payment"]


@pytest.mark.timeout(0)
def test_orders_side_by_side_are_found_to_be_paid_twice(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same days, with a till that opens a new order on each tap and leaves the old one open."""
    true = Cashier.pay

    def planted(till: Cashier, database: Database, *, collection_id: UUID, payer: Payer) -> Opened:
        with database.work() as work:
            if (order := live_order(work, collection_id)) is not None:
                order.state = "closed"
        return true(till, database, collection_id=collection_id, payer=payer)

    monkeypatch.setattr(Cashier, "pay", planted)
    _, twice = run_of_few(place, "careless")
    print(f"with orders side by side: {len(twice)} of {FEW} bills could be paid twice")
    assert twice


def run_of_few(place: Place, source: str) -> tuple[Found, set[UUID]]:
    """A small run in which this process does everything, and nobody hears notices; what is wrong after it.

    That are the books' differences, and the bills that two could pay.
    """
    with started(place, source, processes=False) as run:
        bills = run.payers.bills(FEW)
        run.first_day(bills, kills=0, blackouts=0)
        run.days(bills, FEW_DAYS, kills=False)
        return run.found(), run.payers.charged_twice()
