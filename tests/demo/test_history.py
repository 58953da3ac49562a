"""What the demo's people have in their accounts is what their invented lives come to, to the fen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

import pytest

from backend.accounts import interest, queries
from backend.accounts.rules.kinds import PENSION
from backend.demo import province
from backend.demo.people_data import DemoPerson, generate
from backend.demo.personas import personas
from backend.kernel.db import Database
from backend.ledger import queries as ledger
from backend.people import queries as people
from backend.web.house import House

FEW = 12
RATES = "0.0831 0.0712 0.0829 0.0761 0.0604 0.0669 0.0612 0.0397 0.0262 0.0150"
Paid = dict[tuple[int, int], int]


@pytest.fixture
def loaded(house: House) -> Database:
    province.load(house.database, population=FEW)
    return house.database


def everybody(today: date) -> Iterator[DemoPerson]:
    yield from (one.person for one in personas(today))
    yield from generate(FEW, province.SEED, today)


def bases(person: DemoPerson, today: date) -> Paid:
    """The base of every month of the pension insurance that is over, by year and month."""
    found: Paid = {}
    for span in person.enrolments:
        end = min(span.until_month or today, today.replace(day=1))
        for year in range(span.from_month.year, end.year + 1):
            for month in range(1, 13):
                first = date(year, month, 1)
                if span.insurance == "110" and span.from_month <= first < end:
                    found[year, month] = [one.base for one in span.bases if one.from_month <= first][-1]
    return found


def by_hand(person: DemoPerson, paid: Paid) -> tuple[int, list[int]]:
    """The balance, and the interest of each year from 2016 on, by the month-weighted method."""
    shares = {when: base * 8 // 100 for when, base in paid.items()}
    balance = sum(share for (year, _), share in shares.items() if year < 2016)
    yearly = []
    for year, rate in zip(range(2016, 2026), map(Decimal, RATES.split()), strict=True):
        months = {month: share for (when, month), share in shares.items() if when == year}
        weighted = sum(share * (13 - month) for month, share in months.items())
        earned = (balance * rate + weighted * rate / 12).quantize(Decimal(1), ROUND_HALF_UP)
        if person.retired_on is None or year < person.retired_on.year:
            yearly.append(int(earned))
        balance += sum(months.values()) + (yearly[-1] if len(yearly) == year - 2015 else 0)
    return balance + sum(share for (year, _), share in shares.items() if year > 2025), yearly


def test_every_balance_is_what_a_life_comes_to(loaded: Database) -> None:
    today = loaded.clock.today()
    assert today.year == 2026
    with loaded.reading() as work:
        some = 0
        for person in everybody(today):
            person_id = known(loaded, person)
            paid = bases(person, today)
            balance, yearly = by_hand(person, paid)
            account = queries.accounts(work, person_id)[0]
            assert account.balance == balance, person
            assert account.months_paid == sum(year >= 2016 for year, _ in paid)
            account_id = ledger.account_of(work, PENSION, person_id)
            assert (ledger.balance(work, account_id) if account_id else 0) == balance
            again = interest.years(work, person_id)
            assert [one.posted for one in reversed(again)] == [one for one in yearly if one]
            assert all(one.same for one in again)
            some += bool(balance and yearly and paid)
        assert some > FEW / 2


def test_months_are_as_assessed_at_the_time(loaded: Database) -> None:
    """The persona who is paid 1.6 times the average wage, first by one employer and then by another."""
    person = personas(loaded.clock.today())[3].person
    with loaded.reading() as work:
        months = queries.listed(work, queries.months(known(loaded, person), insurance="110"))
    assert (months[0].fee_period, months[-1].fee_period) == (date(2026, 10, 1), date(2016, 1, 1))
    assert len(months) == 130
    found = {one.fee_period: one for one in months}
    assert len({one.employer_name for one in months}) == 2
    for month, share in (
        (date(2016, 4, 1), "0.20"),
        (date(2016, 5, 1), "0.19"),
        (date(2019, 4, 1), "0.19"),
        (date(2019, 5, 1), "0.16"),
        (date(2026, 10, 1), "0.16"),
    ):
        one = found[month]
        assert one.explain.pooled.value == int(one.base * Decimal(share))
        assert (one.accounting_period, one.origin_region) == (month, "46")
    # 8131 yuan, the law's wage of 2024; 7820 yuan, the invented one of 2022, which the law does not have.
    for year, wage, kind in ((2024, 8131, "Figure"), (2022, 7820, "Given")):
        one = found[date(year, 6, 1)]
        index = one.explain.contribution_index
        assert index is not None and type(index).__name__ == kind
        assert index.value == (Decimal(one.base) / wage / 100).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def known(database: Database, person: DemoPerson) -> UUID:
    with database.reading() as work:
        found = people.find_by_id_number(work, person.id_number)
    assert found, person
    return found
