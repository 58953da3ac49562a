"""Workers and the database die, answers get lost, calls go wrong: every payout arrives, and arrives once.

Everything is real: the engine, the bank link with its signatures, and a bank in another process whose books
are compared with ours in the end.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

import pytest
import requests
from sqlalchemy import func, select

from backend.demo.process import Process, Program
from backend.ledger.models import Posting
from backend.payouts.models import Payout, PayoutAttempt
from tests.chaos.place import Place
from tests.support.payouts import ask, balances
from tests.support.people import make_agency

WORKERS = 2
AMOUNT = 100
PAYOUTS = int(os.environ.get("PAYOUTS", "200"))
KILLS = max(5, PAYOUTS // 20)
OUTAGES = max(1, PAYOUTS // 500)
LOST, ERRORS = 0.15, 0.05
PATHS = ("/bank/v1/payments", "/bank/v1/payments/query")
GIVE_UP_SECONDS = 120


def payer(place: Place, manner: str) -> Program:
    return Program(
        name=f"payer-{manner}",
        command=(sys.executable, "-m", "tests.chaos.payer", manner),
        environment={
            "DATA_DIR": str(place.settings.data_dir),
            "PORT": str(place.settings.port),
            "SANDBOX_PORT": str(place.settings.sandbox_port),
            "PYTHONUNBUFFERED": "1",
        },
    )


def ask_for(place: Place, source: str, count: int) -> None:
    for start in range(0, count, 100):
        with place.house.database.work() as work:
            agency_id = make_agency(work, "46")
            for number in range(start, min(start + 100, count)):
                ask(work, amount=AMOUNT, source=f"{source}-{number}", agency_id=agency_id)


def paid(place: Place, source: str) -> int:
    """How many have arrived by our books, which must be balanced whenever one looks."""
    with place.house.database.reading() as work:
        assert not work.session.scalar(select(func.sum(Posting.amount)))
        wanted = select(func.count()).where(Payout.source.startswith(f"{source}-"), Payout.state == "paid")
        return work.session.scalar(wanted) or 0


def at_the_bank(place: Place) -> tuple[int, int]:
    """How many payments the bank made, and how much that was."""
    told = requests.get(f"{place.settings.sandbox_url}/_world/bank", timeout=10).json()
    return told["payments"], told["paid"]


def bad_days(place: Place) -> None:
    url = f"{place.settings.sandbox_url}/_world/faults"
    for path in PATHS:
        for fault in (
            {"kind": "lost_answer", "share": LOST},
            {"kind": "http_status", "status": 500, "share": ERRORS},
        ):
            requests.post(url, json={"path": path, **fault}, timeout=10).raise_for_status()


def run_and_kill(place: Place, source: str, count: int, *, kills: int, outages: int) -> tuple[int, int]:
    """Runs everything while workers, and the database, are killed; how many of each died."""
    chance = random.Random(count)
    deaths = downs = 0
    deadline = time.monotonic() + GIVE_UP_SECONDS * max(1, count // 200)
    with place.running(*(payer(place, source) for _ in range(WORKERS))) as processes:
        while (arrived := paid(place, source)) < count:
            assert time.monotonic() < deadline, f"{arrived} of {count} paid, {deaths} killed"
            if deaths < kills and arrived >= count * deaths // kills:
                time.sleep(chance.random() * 0.05)
                victim: Process = chance.choice(processes)
                victim.kill()
                victim.start()
                deaths += 1
            if downs < outages and arrived > count * downs // outages:
                place.house.redis.flushall()
                place.servers.postgres.kill()
                place.servers.postgres.start()
                place.house.database.dispose()
                downs += 1
            time.sleep(0.02)
    return deaths, downs


@pytest.mark.timeout(0)
def test_every_payout_arrives_once(place: Place, tmp_path: Path) -> None:
    with place.running(place.sandbox()):
        bad_days(place)
        ask_for(place, "careful", PAYOUTS)
        deaths, downs = run_and_kill(place, "careful", PAYOUTS, kills=KILLS, outages=OUTAGES)
        payments, amount = at_the_bank(place)
        print(f"{PAYOUTS} payouts, {deaths} workers and {downs} databases killed: {payments} payments")
        assert (payments, amount) == (PAYOUTS, PAYOUTS * AMOUNT)
        with place.house.database.reading() as work:
            sent_again = work.session.scalar(select(func.count()).where(PayoutAttempt.asked > 0))
            assert balances(work)["payouts.paid"] == PAYOUTS * AMOUNT
        assert sent_again, "nothing went wrong: the faults came at the wrong moments"


@pytest.mark.timeout(0)
def test_a_new_number_on_each_try_would_pay_twice(place: Place) -> None:
    """The same days, with the mistake that everything else is built to prevent: the bank's books show it."""
    count = min(PAYOUTS, 200)
    with place.running(place.sandbox()):
        before, _ = at_the_bank(place)
        ask_for(place, "careless", count)
        run_and_kill(place, "careless", count, kills=3, outages=0)
        payments, _ = at_the_bank(place)
    print(f"with a new number on each try: {payments - before} payments for {count} payouts")
    assert payments - before > count
