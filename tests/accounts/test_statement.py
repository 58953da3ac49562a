"""The statement shows what the account holds, is made once, and made anew when the account has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from backend.accounts import commands as accounts
from backend.accounts import interest, queries
from backend.accounts.commands import AssessedMonth
from backend.accounts.rules.kinds import PENSION
from backend.accounts.statement import NothingOnRecord, request_statement, statement
from backend.documents import kinds
from backend.documents import queries as documents
from backend.documents.verification import verify_file
from backend.kernel.clock import FixedClock
from backend.kernel.db import Work
from backend.kernel.errors import Invalid
from backend.kernel.jobs import DueWork
from backend.kernel.money import Fen, yuan_text
from backend.people import commands as people
from backend.web.house import House
from tests.support.citizens import Insured, make_insured
from tests.support.documents import KEYS, text_of
from tests.support.fakes import Outside
from tests.support.people import SYSTEM, make_person, staff_actor

BASE = 600_000
SHARE, POOLED = 48_000, 72_000


def month(year: int, number: int, base: int = BASE, index: str | None = "0.75") -> AssessedMonth:
    day = date(year, number, 1)
    shares = Fen(base * 8 // 100), Fen(base * 12 // 100)
    return AssessedMonth(day, day, Fen(base), *shares, Decimal(index) if index else None)


def book_years(work: Work, person_id: UUID, *years: int, **given: Any) -> None:
    months = [month(year, number, **given) for year in years for number in range(1, 13)]
    accounts.book_months(work, by=SYSTEM, person_id=person_id, insurance="110", months=months)


def settle(work: Work, person_id: UUID, *years: int) -> None:
    interest.post_years(work, by=SYSTEM, person_id=person_id, kind=PENSION, years=years)


def correct(work: Work, person_id: UUID, year: int, number: int, base: int) -> None:
    """Corrects a booked month, as of this month."""
    found = queries.listed(work, queries.months(person_id, year=year))
    month_id = next(one.month_id for one in found if one.fee_period.month == number)
    new = month(year, number, base)
    right = AssessedMonth(**vars(new) | {"accounting_period": date(2026, 11, 1)})
    accounts.correct_month(work, by=SYSTEM, month_id=month_id, month=right)


@pytest.fixture
def person_id(work: Work) -> UUID:
    """Somebody with two paid years, both with interest."""
    found = make_person(work, name="王秀英", category="flexible")
    book_years(work, found, 2024, 2025)
    settle(work, found, 2024, 2025)
    return found


def test_amounts_by_hand(work: Work, person_id: UUID) -> None:
    # 2024: 12 x 480.00, interest 480.00 x 78 x 2.62 % / 12 = 81.744, so 81.74.
    # 2025: 5841.74 x 1.5 % + 480.00 x 78 x 1.5 % / 12 = 87.6261 + 46.80, so 134.43.
    shown = statement(work, person_id, 2025)
    assert shown["parts"] == [
        {
            "label": "基本养老保险个人账户",
            "opening": 584_174,
            "contributions": 576_000,
            "interest": 13_443,
            "payments": 0,
            "closing": 1_173_617,
        }
    ]
    assert (shown["from_month"], shown["until_month"], shown["as_of"]) == ("2025-01", "2025-12", "2025-12-31")
    assert shown["months"] == {"in_period": 12, "paid": 24}
    year: dict[str, Any] = {"months": 12, "base": 12 * BASE, "own": 12 * (SHARE + POOLED), "employer": 0}
    year |= {"credited": 12 * SHARE, "index": "0.7500"}
    assert shown["years"] == [{"year": number, **year} for number in (2024, 2025)]
    sources = {one["label"]: (one["value"], one["source"]) for one in shown["sources"]}
    assert sources["2025年个人账户记账利率"][0] == "1.5%"
    assert "琼107号" in sources["2025年全省月平均工资"][1]


def test_a_year_says_only_what_was_known_of_it(work: Work, person_id: UUID) -> None:
    shown = statement(work, person_id, 2024)
    assert shown["parts"][0]["closing"] == 584_174
    assert [one["year"] for one in shown["years"]] == [2024]
    assert shown["months"] == {"in_period": 12, "paid": 12}


def test_the_year_that_runs_ends_today(work: Work, person_id: UUID) -> None:
    shown = statement(work, person_id, 2026)
    assert (shown["until_month"], shown["as_of"]) == ("2026-11", "2026-11-22")
    assert (shown["parts"][0]["opening"], shown["parts"][0]["closing"]) == (1_173_617, 1_173_617)
    assert any("尚未结算" in note for note in shown["notes"])


def test_the_year_that_runs_equals_the_account(work: Work, person_id: UUID) -> None:
    correct(work, person_id, 2025, 3, 700_000)
    pension = next(one for one in queries.accounts(work, person_id) if one.kind == PENSION)
    assert statement(work, person_id, 2026)["parts"][0]["closing"] == pension.balance == 1_173_617 + 8_000


def test_an_index_that_is_not_assessed_is_left_open(work: Work) -> None:
    person_id = make_person(work)
    book_years(work, person_id, 2025, index=None)
    assert statement(work, person_id, 2025)["years"][0]["index"] is None


def test_whether_somebody_is_insured_is_said(work: Work, person_id: UUID) -> None:
    assert statement(work, person_id, 2025)["status"] == "未在参保"
    people.enrol(
        work,
        by=staff_actor("enrolments.keep"),
        person_id=person_id,
        insurance="110",
        from_month=date(2024, 1, 1),
    )
    assert statement(work, person_id, 2025)["status"] == "正常参保"


def test_without_a_record_there_is_no_statement(work: Work, person_id: UUID) -> None:
    with pytest.raises(NothingOnRecord):
        statement(work, make_person(work), 2025)
    with pytest.raises(NothingOnRecord):
        statement(work, person_id, 2023)
    with pytest.raises(Invalid):
        statement(work, person_id, 2027)


def request(house: House, person_id: UUID, year: int = 2025) -> UUID:
    with house.database.work() as work:
        return request_statement(work, by=SYSTEM, person_id=person_id, year=year)


def test_the_file_shows_the_account_and_verifies(house: House) -> None:
    with house.database.work() as work:
        person_id = make_person(work, name="王秀英", category="flexible")
        book_years(work, person_id, 2024, 2025)
        settle(work, person_id, 2024, 2025)
    document_id = request(house, person_id)
    house.ports.get(DueWork).drain()
    with house.database.reading() as work:
        assert documents.get(work, document_id).state == "ready"
        file = documents.pdf_bytes(work, document_id)
        part = statement(work, person_id, 2025)["parts"][0]
    text = text_of(file)
    assert "王秀英" in text
    for name in ("opening", "contributions", "interest", "closing"):
        assert f"{Decimal(yuan_text(Fen(part[name]))):,}" in text
    assert verify_file(file, KEYS).holder == "**英"


def test_it_is_made_once_and_anew_after_a_correction(house: House) -> None:
    with house.database.work() as work:
        person_id = make_person(work)
        book_years(work, person_id, 2025)
        settle(work, person_id, 2025)
    first = request(house, person_id)
    assert request(house, person_id) == first
    with house.database.work() as work:
        correct(work, person_id, 2025, 3, 700_000)
    second = request(house, person_id)
    assert second != first
    assert request(house, person_id) == second


def test_a_changed_name_makes_a_new_one(house: House) -> None:
    with house.database.work() as work:
        person_id = make_person(work, name="王秀英")
        book_years(work, person_id, 2025)
    first = request(house, person_id)
    with house.database.work() as work:
        people.correct(work, by=staff_actor("people.correct"), person_id=person_id, version=1, name="王秀瑛")
    assert request(house, person_id) != first


def test_a_statement_of_the_year_that_runs_is_made_anew_each_day(house: House, clock: FixedClock) -> None:
    with house.database.work() as work:
        person_id = make_person(work)
        book_years(work, person_id, 2025)
    first = request(house, person_id, 2026)
    assert request(house, person_id, 2026) == first
    clock.advance(timedelta(days=1))
    assert request(house, person_id, 2026) != first


def test_a_content_of_every_year_can_be_drawn(work: Work, person_id: UUID) -> None:
    for year in (2024, 2025, 2026):
        kinds.read("statement", 1, statement(work, person_id, year))


@pytest.fixture
def insured(work: Work, house: House, client: FlaskClient) -> Callable[..., Insured]:
    """Makes somebody with a bound mini-program and a paid year."""
    outside = Outside()
    outside.connect(house.ports)

    def make(**given: Any) -> Insured:
        citizen = make_insured(work, client, outside, **given)
        book_years(work, citizen.person_id, 2025)
        return citizen

    return make


def ask(citizen: Insured, of: Insured | None = None, year: int = 2025, **headers: str) -> Any:
    return citizen.post(f"/people/{(of or citizen).person_id}/statements", {"year": year}, **headers)


class TestOverHttp:
    """Asked for by the person, or by somebody whom they let look."""

    def test_the_same_document_every_time(self, insured: Callable[..., Insured]) -> None:
        citizen = insured()
        first, second = ask(citizen), ask(citizen, Idempotency_Key="key-of-a-statement")
        assert first.status_code == second.status_code == 202
        assert first.json == second.json
        UUID(first.json["document_id"])

    def test_years_without_a_statement(self, insured: Callable[..., Insured]) -> None:
        citizen = insured()
        assert (ask(citizen, year=2027).status_code, ask(citizen, year=1991).status_code) == (422, 422)
        none = ask(citizen, year=2024)
        assert (none.status_code, none.json["code"]) == (409, "nothing_on_record")

    def test_a_stranger_learns_nothing(self, insured: Callable[..., Insured]) -> None:
        assert ask(insured(), of=insured(name="陈生")).status_code == 404
