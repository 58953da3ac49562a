"""`flask accounts` starts interest and finds whatever is posted otherwise than it computes."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text

from backend.accounts import commands, queries
from backend.accounts.rules.kinds import PENSION
from backend.cli import accounts as accounts_cli
from backend.kernel.jobs import DueWork
from backend.kernel.money import Fen
from backend.web.house import House
from tests.support.accounts import assessed, book, post_interest, run_of
from tests.support.command_line import command_line
from tests.support.people import SYSTEM, make_person


@pytest.fixture
def people(real_house: House, monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """Three people with two years of months, the first with interest of 2024 and something carried over."""
    monkeypatch.setattr(accounts_cli, "OWNERS_AT_ONCE", 2)
    with real_house.database.work() as work:
        made = [make_person(work) for _ in range(3)]
        carried = {"kind": PENSION, "amount": Fen(500_000), "booked_on": date(2024, 1, 1)}
        commands.carry_over(work, by=SYSTEM, person_id=made[0], **carried)
        for person_id in made:
            book(work, person_id, *run_of(date(2024, 1, 1), 24))
        post_interest(work, made[0], 2024)
    return made


def balance(house: House, person_id: UUID) -> int:
    with house.database.reading() as work:
        return queries.accounts(work, person_id)[0].balance


def by_hand(house: House, statement: str, **values: object) -> None:
    """What only the owner of the tables can do."""
    engine = create_engine(house.settings.owner_database)
    with engine.begin() as connection:
        assert connection.execute(text(statement), values).rowcount == 1
    engine.dispose()


def test_interest_is_started_and_posted_by_the_worker(real_house: House, people: list[UUID]) -> None:
    flask = command_line(real_house)
    result = flask("accounts", "interest", "--year", "2024")
    assert (result.exit_code, result.output) == (0, "started: the worker posts the interest of 2024\n")
    real_house.ports.get(DueWork).drain()
    # 24 x 320.00 + 320.00 x 78 x 2.62 % / 12; the first has had it before: on 5000.00 more, 131.00 more
    assert [balance(real_house, one) for one in people] == [
        500_000 + 768_000 + 5_450 + 13_100,
        768_000 + 5_450,
        768_000 + 5_450,
    ]
    assert flask("accounts", "recompute").output == "3 accounts: no differences\n"


@pytest.mark.parametrize(("year", "said"), [("2026", "该年度尚未结束"), ("2014", "个人账户记账利率")])
def test_a_year_that_cannot_be_is_refused(real_house: House, year: str, said: str) -> None:
    result = command_line(real_house)("accounts", "interest", "--year", year)
    assert result.exit_code == 1
    assert said in result.output


def test_nothing_to_compute(real_house: House) -> None:
    result = command_line(real_house)("accounts", "recompute")
    assert (result.exit_code, result.output) == (0, "0 accounts: no differences\n")


def test_corrections_make_no_difference(real_house: House, people: list[UUID]) -> None:
    with real_house.database.work() as work:
        month = work.session.scalars(queries.months(people[1], year=2025)).first()
        assert month
        right = assessed(month.fee_period, base=500_000)
        commands.correct_month(work, by=SYSTEM, month_id=month.id, month=right)
    result = command_line(real_house)("accounts", "recompute")
    assert (result.exit_code, result.output) == (0, "3 accounts: no differences\n")


def test_a_month_that_was_changed_by_hand_is_found(real_house: House, people: list[UUID]) -> None:
    statement = (
        "UPDATE contribution_month SET personal = 1 WHERE person_id = :id AND fee_period = '2025-03-01'"
    )
    by_hand(real_house, statement, id=people[2])
    result = command_line(real_house)("accounts", "recompute")
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"{people[2]} personal_pension contributions: posted 768000, computed {768_000 - 31_999}",
        f"{people[2]} personal_pension balance: posted 768000, computed {768_000 - 31_999}",
        "3 accounts: 2 differences",
    ]


def test_interest_that_the_law_does_not_give_is_found(real_house: House, people: list[UUID]) -> None:
    statement = (
        "WITH journals AS (SELECT id FROM journal WHERE event = '2024'), "
        "fund AS (UPDATE posting SET amount = amount - 7 FROM journals "
        "WHERE journal_id = journals.id AND amount < 0) "
        "UPDATE posting SET amount = amount + 7 FROM journals WHERE journal_id = journals.id AND amount > 0"
    )
    by_hand(real_house, statement)
    result = command_line(real_house)("accounts", "recompute")
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"{people[0]} personal_pension interest 2024: posted 18557, computed 18550",
        f"{people[0]} personal_pension balance: posted 1286557, computed 1286550",
        "3 accounts: 2 differences",
    ]


def test_a_booking_into_a_closed_year_is_found(real_house: House, people: list[UUID]) -> None:
    with real_house.database.work() as work:
        late = assessed(date(2023, 12, 1))
        book(
            work, people[0], commands.AssessedMonth(**{**vars(late), "accounting_period": date(2024, 12, 1)})
        )
    result = command_line(real_house)("accounts", "recompute")
    assert result.exit_code == 1
    assert f"{people[0]} personal_pension interest 2024: posted 18550, computed 18619" in result.output
