"""Months are booked once, corrected by revisions, and every balance is what its postings say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.accounts import commands, interest, queries, runs
from backend.accounts.commands import AssessedMonth, MonthBooked, MonthSuperseded
from backend.accounts.interest import EarlierYearOpen, YearNotOver
from backend.accounts.models import ContributionMonth
from backend.accounts.rules.kinds import PENSION
from backend.accounts.views import AccountView, Gap
from backend.kernel.db import Work
from backend.kernel.errors import Forbidden, Invalid
from backend.kernel.jobs import DueWork
from backend.kernel.money import Fen
from backend.law.book import ParameterMissing
from backend.law.figures import evaluate
from backend.ledger.commands import AlreadyPosted
from backend.web.house import House
from tests.support.people import SYSTEM, make_person, staff_actor


def month(year: int, number: int, *, base: int = 400_000) -> AssessedMonth:
    day = date(year, number, 1)
    return AssessedMonth(day, day, Fen(base), Fen(base * 8 // 100), Fen(base * 12 // 100), Decimal("0.6"))


def book(work: Work, person_id: UUID, *months: AssessedMonth) -> None:
    commands.book_months(work, by=SYSTEM, person_id=person_id, insurance="110", months=months)


def pension(work: Work, person_id: UUID) -> AccountView:
    return next(one for one in queries.accounts(work, person_id) if one.kind == PENSION)


def test_a_month_goes_into_the_account_and_the_pool(work: Work) -> None:
    person_id = make_person(work)
    book(work, person_id, month(2024, 1), month(2024, 2), month(2024, 5))
    account = pension(work, person_id)
    assert account.balance == 3 * 32_000
    assert [(part.entry, part.amount) for part in account.parts] == [("contribution", 96_000)]
    assert account.months_paid == 3
    assert account.gaps == [Gap(date(2024, 3, 1), date(2024, 4, 1), 2)]


def test_a_person_without_postings_has_empty_accounts(work: Work) -> None:
    assert [(one.balance, one.parts) for one in queries.accounts(work, make_person(work))] == [(0, [])] * 2


def test_a_month_is_booked_once(work: Work) -> None:
    person_id = make_person(work)
    book(work, person_id, month(2024, 1))
    with pytest.raises(MonthBooked):
        book(work, person_id, month(2024, 2), month(2024, 1))
    assert pension(work, person_id).months_paid == 1
    assert pension(work, person_id).balance == 32_000


def test_a_correction_is_a_revision_and_the_old_row_stays(work: Work) -> None:
    person_id = make_person(work)
    book(work, person_id, month(2024, 1))
    row = work.session.scalars(queries.months(person_id)).one()
    right = AssessedMonth(date(2024, 1, 1), date(2024, 3, 1), Fen(500_000), Fen(40_000), Fen(60_000))
    commands.correct_month(work, by=SYSTEM, month_id=row.id, month=right)
    with pytest.raises(MonthSuperseded):
        commands.correct_month(work, by=SYSTEM, month_id=row.id, month=right)
    assert pension(work, person_id).balance == 40_000
    kept = work.session.scalars(select(ContributionMonth).order_by(ContributionMonth.revision)).all()
    assert [(one.revision, one.personal) for one in kept] == [(1, 32_000), (2, 40_000)]
    [year] = queries.years(work, person_id)
    assert (year.months, year.explain.personal.value, year.lowest_base) == (1, 40_000, 500_000)


@pytest.mark.parametrize(
    "wrong",
    [
        AssessedMonth(date(2024, 1, 2), date(2024, 1, 1), Fen(1), Fen(1), Fen(1)),
        AssessedMonth(date(2024, 1, 1), date(2024, 1, 31), Fen(1), Fen(1), Fen(1)),
        AssessedMonth(date(2024, 1, 1), date(2024, 1, 1), Fen(0), Fen(1), Fen(1)),
        AssessedMonth(date(2024, 1, 1), date(2024, 1, 1), Fen(1), Fen(-1), Fen(2)),
        AssessedMonth(date(2024, 1, 1), date(2024, 1, 1), Fen(1), Fen(0), Fen(0)),
    ],
)
def test_months_that_cannot_be_are_refused(work: Work, wrong: AssessedMonth) -> None:
    with pytest.raises(Invalid):
        book(work, make_person(work), wrong)


def test_only_the_system_books(work: Work) -> None:
    person_id, clerk = make_person(work), staff_actor("people.open", "enrolments.keep")
    with pytest.raises(Forbidden):
        commands.book_months(work, by=clerk, person_id=person_id, insurance="110", months=[month(2024, 1)])
    with pytest.raises(Forbidden):
        interest.post(work, by=clerk, person_id=person_id, kind=PENSION, year=2024)


def test_ten_years_of_interest_by_hand(work: Work) -> None:
    # 10 000.00 carried over on 2016-01-01, nothing paid since. Each year balance x rate, half up.
    #   2016 10000.00 x 8.31 % = 831.00    2021 14336.72 x 6.69 % = 959.13
    #   2017 10831.00 x 7.12 % = 771.17    2022 15295.85 x 6.12 % = 936.11
    #   2018 11602.17 x 8.29 % = 961.82    2023 16231.96 x 3.97 % = 644.41
    #   2019 12563.99 x 7.61 % = 956.12    2024 16876.37 x 2.62 % = 442.16
    #   2020 13520.11 x 6.04 % = 816.61    2025 17318.53 x 1.50 % = 259.78
    by_hand = [83100, 77117, 96182, 95612, 81661, 95913, 93611, 64441, 44216, 25978]
    person_id = make_person(work)
    commands.carry_over(
        work, by=SYSTEM, person_id=person_id, kind=PENSION, amount=Fen(1_000_000), booked_on=date(2016, 1, 1)
    )
    posted = [
        interest.post(work, by=SYSTEM, person_id=person_id, kind=PENSION, year=year)
        for year in range(2016, 2026)
    ]
    assert posted == by_hand
    assert pension(work, person_id).balance == 1_757_831
    explained = interest.years(work, person_id)
    assert [one.posted for one in reversed(explained)] == by_hand
    for one in explained:
        assert one.figure.value == one.posted == evaluate(one.figure.as_dict())


def test_a_year_with_contributions_by_hand(work: Work) -> None:
    # 320.00 a month in 2024: 12 + 11 + ... + 1 = 78 months of 320.00 at 2.62 % / 12 = 54.496, so 54.50.
    person_id = make_person(work)
    book(work, person_id, *(month(2024, number) for number in range(1, 13)))
    assert interest.post(work, by=SYSTEM, person_id=person_id, kind=PENSION, year=2024) == 5450


def test_interest_is_posted_once_in_order_and_for_years_that_have_a_rate(work: Work) -> None:
    person_id = make_person(work)
    book(work, person_id, month(2023, 1), month(2024, 1))

    def post(year: int) -> Fen | None:
        return interest.post(work, by=SYSTEM, person_id=person_id, kind=PENSION, year=year)

    assert post(2022) is None
    with pytest.raises(EarlierYearOpen):
        post(2024)
    assert post(2023) == 1270  # 320.00 x 3.97 %
    with pytest.raises(AlreadyPosted):
        post(2023)
    with pytest.raises(YearNotOver):
        post(2026)


def test_a_year_without_a_rate_is_an_error_that_names_it(work: Work) -> None:
    person_id = make_person(work)
    book(work, person_id, month(2015, 6))
    with pytest.raises(ParameterMissing, match="2015"):
        interest.post(work, by=SYSTEM, person_id=person_id, kind=PENSION, year=2015)


def test_a_run_posts_for_everybody_and_a_second_run_for_nobody(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "OWNERS_A_JOB", 2)
    with house.database.work() as work:
        people = [make_person(work) for _ in range(5)]
        for person_id in people:
            book(work, person_id, month(2025, 1))
    for _ in range(2):
        with house.database.work() as work:
            runs.start_run(work, by=SYSTEM, year=2025)
        house.ports.get(DueWork).drain()
        with house.database.reading() as work:
            assert [pension(work, one).balance for one in people] == [32_000 + 480] * 5
