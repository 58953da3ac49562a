"""The bank in a running sandbox, and links to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from backend.gateways.bank import BankLink
from backend.gateways.bank_files import BankDayFiles
from backend.gateways.bank_signing import Signer, demo_signers
from backend.kernel.clock import SystemClock
from backend.kernel.money import Fen
from backend.payouts.ports import Answer, Inquiry, Instruction, Outcome, Payee
from tests.support.sandbox import Sandbox

CLIENT = "hnsb-demo"
PAY, QUERY, DAY_END = "/bank/v1/payments", "/bank/v1/payments/query", "/bank/v1/day-end"
NOW = SystemClock().now()
NO_SM2 = "OpenSSL's command line is not here, or does not sign with SM2"
_sequence = count(1)


def account_number() -> str:
    return f"62284800000001{next(_sequence):05d}"


def order(account: str = "6228480000000000018", *, amount: int = 12_345, name: str = "王秀英") -> Instruction:
    return Instruction(f"TEST{next(_sequence):08d}", Fen(amount), Payee(account, name), "养老金")


def asked(*orders: Instruction) -> list[Inquiry]:
    return [Inquiry(one.number, NOW) for one in orders]


def outcomes(answers: Iterable[Answer]) -> list[Outcome]:
    return [one.outcome for one in answers]


def keys(sandbox: Sandbox) -> Path:
    return Path(sandbox.environment["DATA_DIR"]) / "sandbox" / "bank-keys"


@pytest.fixture
def link(world: Sandbox) -> BankLink:
    return link_to(world, demo_signers(keys(world))[0])


@pytest.fixture
def files(world: Sandbox) -> BankDayFiles:
    return BankDayFiles(world.url, CLIENT, demo_signers(keys(world))[0], SystemClock())


def link_to(world: Sandbox, by: Signer) -> BankLink:
    return BankLink(world.url, CLIENT, by, SystemClock())


def out(world: Sandbox) -> int:
    return int(world.get("/_world/bank")["paid"])


def balance(world: Sandbox) -> int:
    return int(world.get("/_world/bank")["balance"])


def today(world: Sandbox) -> date:
    return datetime.fromisoformat(world.get("/_world/clock")["now"]).date()


def skip_a_day(world: Sandbox) -> None:
    world.post("/_world/clock", {"seconds": 86_400})


class Tampered(requests.Session):
    """Hands the bank's answers on after someone has been at them, and remembers the first."""

    def __init__(self, link: BankLink, change: Callable[[requests.Response], object]) -> None:
        super().__init__()
        self.adapters = link._calls._session.adapters
        self.change = change
        self.first: requests.Response | None = None
        link._calls._session = self

    def send(self, request: requests.PreparedRequest, **given: Any) -> requests.Response:
        answer = super().send(request, **given)
        self.first = self.first or answer
        self.change(answer)
        return answer


def garble(answer: requests.Response) -> None:
    answer.headers["X-Bank-Signature"] = "?"
