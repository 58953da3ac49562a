"""Every house check finds the bad example planted for it, and leaves the good one alone."""

from __future__ import annotations

import pytest

from tests.house.lint import Check, Source, money, pins, rooms, shape, transactions, words

BAD: dict[str, tuple[Check, str, str]] = {
    "commit in a command": (transactions.check, "backend/people/commands.py", "work.session.commit()"),
    "rollback in a view": (transactions.check, "miniprogram_api/views.py", "db.rollback()"),
    "float type in rules": (money.check, "backend/pensions/rules.py", "def due(base: float) -> int: ..."),
    "float literal in rules": (money.check, "backend/pensions/rules/rates.py", "RATE = 0.08"),
    "float() in a money room": (money.check, "backend/ledger/commands.py", "total = float(amount)"),
    "float column in a money room": (money.check, "backend/payouts/models.py", "Column(sa.Float)"),
    "float named fen elsewhere": (money.check, "quiz/commands.py", "def pay(prize_fen: float): ..."),
    "fen attribute as float": (money.check, "quiz/queries.py", "self.prize_fen = 1.5"),
    "fen argument as float": (money.check, "quiz/queries.py", "pay(amount_fen=0.5)"),
    "float of fen": (money.check, "backend/web/parsing.py", "float(row.amount_fen)"),
    "fen divided into a float": (money.check, "backend/web/parsing.py", "yuan = amount_fen / 100"),
    "foreign models": (rooms.check, "backend/staff/queries.py", "from backend.people.models import Person"),
    "foreign models as a module": (rooms.check, "quiz/queries.py", "from backend.people import models"),
    "foreign models by import": (rooms.check, "quiz/queries.py", "import backend.people.models"),
    "sandbox used": (rooms.check, "backend/gateways/sms.py", "from backend.sandbox.sms import sign"),
    "sandbox uses": (rooms.check, "backend/sandbox/sms.py", "from backend.kernel.ids import new_id"),
    "room without a layer": (rooms.check, "backend/horoscopes/__init__.py", '"""No layer."""'),
    "long file": (shape.check, "clients/mobile/src/main.ts", "x\n" * 401),
    "path of a machine": (words.check, "README.md", "see /wo" + "rk/main"),
    "tracker number": (words.check, "docs/x.md", "as in issue" + " #12"),
    "registry": (words.check, "package-lock.json", "https://registry.npmjs." + "org/vue"),
    "loose pin": (pins.check, "requirements.txt", "tzdata>=2026.1\n"),
    "unsorted pins": (pins.check, "requirements-dev.txt", "tzdata==2026.6\nidna==3.20\n"),
    "pin without what it needs": (pins.check, "requirements.txt", "jinja2==3.1.6\n"),
}

GOOD: dict[str, tuple[Check, str, str]] = {
    "commit in the unit of work": (transactions.check, "backend/kernel/db.py", "session.commit()"),
    "commit in a test": (transactions.check, "tests/kernel/test_db.py", "session.commit()"),
    "decimal rates": (money.check, "backend/pensions/rules.py", "RATE = Decimal('0.08')"),
    "scores are no money": (money.check, "media/match/rules.py", "THRESHOLD = 0.68"),
    "whole fen": (money.check, "quiz/commands.py", "prize_fen: int = total_fen // 3"),
    "words that contain fen": (money.check, "backend/web/edge.py", "offence: float = 0.5"),
    "own models": (rooms.check, "backend/people/queries.py", "from backend.people.models import Person"),
    "models of a library": (rooms.check, "backend/web/edge.py", "from django.db import models"),
    "sandbox by itself": (rooms.check, "backend/sandbox/sms.py", "from backend.sandbox.store import Store"),
    "room with a layer": (rooms.check, "backend/people/__init__.py", '"""A room."""'),
    "file of 400 lines": (shape.check, "backend/web/edge.py", "x\n" * 400),
    "long data": (shape.check, "backend/people/rules/regions.tsv", "x\n" * 4000),
    "a word that contains the path": (words.check, "docs/x.md", "framework/ and backend/worklist"),
    "complete pins": (pins.check, "requirements.txt", "jinja2==3.1.6\nmarkupsafe==3.0.4\n"),
}


@pytest.mark.parametrize("name", BAD)
def test_the_bad_example_is_found(name: str) -> None:
    check, path, text = BAD[name]
    assert list(check(Source(path, text)))


@pytest.mark.parametrize("name", GOOD)
def test_the_good_example_passes(name: str) -> None:
    check, path, text = GOOD[name]
    assert list(check(Source(path, text))) == []


def test_a_finding_says_where() -> None:
    [finding] = transactions.check(Source("quiz/commands.py", "x = 1\n\nwork.commit()"))
    assert str(finding).startswith("quiz/commands.py:3: .commit()")
