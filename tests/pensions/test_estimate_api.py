"""An estimate over HTTP: of what is on record, by the law, refused with a reason where there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from backend.accounts import commands as accounts
from backend.accounts import interest
from backend.accounts.commands import AssessedMonth
from backend.accounts.rules.kinds import PENSION
from backend.kernel.db import Work
from backend.kernel.money import Fen
from backend.kernel.months import months_between, plus_months
from backend.law.figures import evaluate
from backend.law.queries import law
from backend.pensions.queries import Wish, outlook
from backend.pensions.rules.careers import AssessedYear, BookedMonth, History, Plan
from backend.pensions.rules.estimate import ASSUMPTIONS, estimate
from backend.pensions.rules.retirement import Category, retirement
from backend.people import commands as people
from backend.people.errors import PersonDead
from backend.web.house import House
from tests.support.citizens import Insured, make_insured
from tests.support.fakes import Outside
from tests.support.people import SYSTEM, id_number

MakeInsured = Callable[..., Insured]
BASE = 600_000
SHARE = BASE * 8 // 100


@pytest.fixture
def insured(work: Work, house: House, client: FlaskClient) -> MakeInsured:
    """Makes somebody who insures themselves, with a bound mini-program."""
    outside = Outside()
    outside.connect(house.ports)

    def make(*, born: date = date(1985, 5, 17), female: bool = False, **given: Any) -> Insured:
        number = id_number(born=born, female=female)
        given = {"category": "flexible", "name": "王海"} | given
        return make_insured(work, client, outside, id_number=number, **given)

    return make


def book(work: Work, citizen: Insured, first: date, count: int, index: str | None = "0.8") -> None:
    """Books successive months at one base."""
    months = [plus_months(first, number) for number in range(count)]
    assessed = [
        AssessedMonth(
            month, month, Fen(BASE), Fen(SHARE), Fen(BASE * 12 // 100), Decimal(index) if index else None
        )
        for month in months
    ]
    accounts.book_months(work, by=SYSTEM, person_id=citizen.person_id, insurance="110", months=assessed)


def post_interest(work: Work, citizen: Insured, years: Sequence[int]) -> None:
    interest.post_years(work, by=SYSTEM, person_id=citizen.person_id, kind=PENSION, years=years)


def ask(citizen: Insured, query: str = "", of: Insured | None = None) -> Any:
    return citizen.get(f"/people/{(of or citizen).person_id}/pension-estimate{query}")


def answer(citizen: Insured, query: str = "") -> Any:
    found = ask(citizen, query)
    assert found.status_code == 200, found.text
    return found.json


def refusal(citizen: Insured, query: str = "") -> tuple[int, str]:
    found = ask(citizen, query)
    assert any("\u4e00" <= one <= "\u9fff" for one in found.json["title"])
    return found.status_code, found.json["code"]


def test_the_estimate_is_that_of_the_rules_on_what_is_on_record(insured: MakeInsured, work: Work) -> None:
    citizen = insured()
    book(work, citizen, date(2024, 1, 1), 34)  # up to and with October 2026
    post_interest(work, citizen, [2024, 2025])
    found = answer(citizen)

    # 12 x 480.00, and its months' interest: 480.00 x 78 x 2.62 % / 12 = 81.744, so 81.74
    end_2024 = 12 * SHARE + 8174
    # 5841.74 x 1.5 % + 480.00 x 78 x 1.5 % / 12 = 87.6261 + 46.80, so 134.43
    end_2025 = end_2024 + 12 * SHARE + 13443
    history = History(
        years=(
            AssessedYear(2024, 12, Decimal("0.8")),
            AssessedYear(2025, 12, Decimal("0.8")),
            AssessedYear(2026, 10, Decimal("0.8")),
        ),
        settled=2025,
        balance=Fen(end_2025),
        booked=tuple(BookedMonth(date(2026, month, 1), Fen(SHARE)) for month in range(1, 11)),
    )
    of = retirement(law(), born=date(1985, 5, 1), category=Category.MALE_60)
    plan = Plan(base=Fen(BASE), first=date(2026, 11, 1), retiring=of.statutory)
    for given, assumption in zip(found["estimates"], ASSUMPTIONS, strict=True):
        right = estimate(law(), history=history, plan=plan, of=of, assumption=assumption)
        parts = [given[name] for name in ("basic", "personal", "transitional", "total")]
        assert parts == [part.value for part in right.pension.parts]
        assert given["in_todays_wages"] == right.in_todays_wages.value
        assert given["assumption"] == assumption.key
    assert found["plan"] == {
        "first": "2026-11",
        "retiring": "2048-05",
        "months": months_between(date(2026, 11, 1), date(2048, 5, 1)) + 1,
        "base": BASE,
    }
    assert (found["months_paid"], found["required_years"]) == (34, "20")
    assert found["missing_today"]["value"] == str(20 * 12 - 34)
    assert found["missing"]["value"] == "0"


def test_every_number_is_explained_and_says_that_it_is_provisional(insured: MakeInsured, work: Work) -> None:
    citizen = insured()
    book(work, citizen, date(2026, 1, 1), 11)
    found = answer(citizen, "?assumption=middle")
    [one] = found["estimates"]
    assert evaluate(one["explain"]) == one["total"] == one["basic"] + one["personal"] + one["transitional"]
    rows = {row["key"]: row for row in one["rows"]}
    for key in ("basic", "personal", "transitional", "total", "in_todays_wages"):
        assert rows[key]["value"] == str(one[key])
        assert rows[key]["lines"][0].startswith(rows[key]["label"])
    # The average wage of 2026 is that of 2025 until the bureau publishes its own.
    assert one["provisional"] is rows["basic"]["provisional"] is found["provisional"] is True
    assert any("暂定" in note for note in found["notes"])


def test_a_man_retires_by_the_reform(insured: MakeInsured) -> None:
    found = answer(insured(born=date(1967, 3, 14)))["retirement"]
    months = {name: found[name] for name in ("original", "statutory", "earliest", "latest")}
    assert months == {
        "original": "2027-03",
        "statutory": "2027-10",
        "earliest": "2027-03",
        "latest": "2030-10",
    }
    assert (found["delay"]["value"], found["age"]["value"]) == ("7", str(60 * 12 + 7))


@pytest.mark.parametrize(
    ("category", "query", "expected"),
    [
        ("flexible", "", "female-55"),
        ("employee", "", "female-50"),
        ("employee", "?category=female-55", "female-55"),
        ("flexible", "?category=female-50", "female-50"),
    ],
)
def test_a_woman_s_table_is_her_choice(
    insured: MakeInsured, category: str, query: str, expected: str
) -> None:
    found = answer(insured(female=True, category=category), query)["retirement"]
    assert (found["category"], found["original"]) == (expected, f"{1985 + int(expected[-2:])}-05")


def test_a_man_has_no_choice_of_tables(insured: MakeInsured) -> None:
    found = ask(insured(), "?category=female-50")
    assert found.status_code == 422
    assert "只适用于女性" in found.text


def test_the_wish_is_followed(insured: MakeInsured) -> None:
    citizen = insured()
    found = answer(citizen, "?retire_months_earlier_later=-36&future_base=800000&assumption=low")
    assert (found["shift"], found["plan"]["retiring"], found["plan"]["base"]) == (-36, "2045-05", 800_000)
    assert [one["assumption"] for one in found["estimates"]] == ["low"]
    assert found["estimates"][0]["total"] < answer(citizen, "?future_base=800000")["estimates"][0]["total"]


def test_who_never_paid_is_asked_for_the_lowest_base(insured: MakeInsured) -> None:
    found = answer(insured())
    assert found["plan"]["base"] == found["base_floor"] == 491_280
    assert found["months_paid"] == 0


def test_months_that_are_missing_are_named(insured: MakeInsured) -> None:
    found = answer(insured(born=date(1967, 3, 14)))
    months = found["plan"]["months"]
    assert (months, found["required_years"]) == (12, "15")
    assert found["missing"]["value"] == str(15 * 12 - months)
    assert any(f"仍差{15 * 12 - months}个月" in note for note in found["notes"])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?retire_months_earlier_later=37", "invalid"),
        ("?retire_months_earlier_later=x", "invalid"),
        ("?future_base=491279", "base_outside_limits"),
        ("?future_base=2456401", "base_outside_limits"),
        ("?assumption=best", "invalid"),
        ("?category=male-60", "invalid"),
        ("?salary=1", "invalid"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(insured: MakeInsured, query: str, code: str) -> None:
    assert refusal(insured(), query) == (422, code)


def test_a_month_that_is_not_open_is_refused_with_those_that_are(insured: MakeInsured) -> None:
    citizen = insured(born=date(1967, 3, 14))
    assert refusal(citizen, "?retire_months_earlier_later=-8") == (422, "retirement_month_not_open")
    assert "2027年3月至2030年10月" in ask(citizen, "?retire_months_earlier_later=-8").text
    assert answer(citizen, "?retire_months_earlier_later=-7")["plan"]["retiring"] == "2027-03"


def test_who_has_reached_the_age_can_only_retire_later(insured: MakeInsured) -> None:
    citizen = insured(born=date(1966, 1, 20))  # 60 years and 4 months in May 2026
    found = answer(citizen)
    assert (found["retirement"]["statutory"], found["plan"]["retiring"], found["shift"]) == (
        "2026-05",
        "2026-11",
        6,
    )
    assert refusal(citizen, "?retire_months_earlier_later=5") == (422, "retirement_month_not_open")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"category": "pensioner"}, "already_drawing"),
        ({"category": "resident_pensioner"}, "already_drawing"),
        ({"born": date(2011, 1, 1)}, "below_working_age"),
        ({"born": date(1955, 1, 1)}, "past_retirement"),
        ({"born": date(1930, 1, 1)}, "past_retirement"),
    ],
)
def test_people_without_a_pension_to_come_are_told_why(
    insured: MakeInsured, given: dict[str, Any], code: str
) -> None:
    assert refusal(insured(**given)) == (409, code)


def test_the_dead_get_no_estimate(insured: MakeInsured, work: Work) -> None:
    citizen = insured()
    people.decease(work, by=SYSTEM, person_id=citizen.person_id, died_on=date(2026, 11, 1))
    with pytest.raises(PersonDead):
        outlook(work, citizen.person_id, Wish())


def test_who_moved_away_is_sent_on(insured: MakeInsured, work: Work) -> None:
    citizen = insured()
    people.leave(work, by=SYSTEM, person_id=citizen.person_id, left_on=date(2026, 11, 1))
    assert refusal(citizen) == (409, "account_moved_away")


def test_a_past_without_index_is_not_guessed(insured: MakeInsured, work: Work) -> None:
    citizen = insured()
    book(work, citizen, date(2025, 1, 1), 2, index=None)
    assert refusal(citizen) == (409, "index_not_assessed")
    assert "2025年" in ask(citizen).json["detail"]


def test_a_year_without_a_rate_is_named(insured: MakeInsured, work: Work) -> None:
    citizen = insured()
    book(work, citizen, date(2015, 1, 1), 2)
    assert refusal(citizen) == (409, "parameter_missing")
    assert "2015年" in ask(citizen).json["detail"]


def test_a_month_that_is_paid_is_not_planned_again(insured: MakeInsured, work: Work) -> None:
    citizen = insured()
    book(work, citizen, date(2026, 1, 1), 11)
    assert answer(citizen)["plan"]["first"] == "2026-12"


def delegate(helper: Insured, principal: Insured) -> None:
    body = {
        "name": principal.name,
        "id_number": principal.id_number,
        "relation": "parent",
        "scopes": ["look"],
        "until": "2027-11-22",
    }
    asked = helper.post("/family", body)
    assert asked.status_code == 201, asked.text
    assert principal.post(f"/family/{asked.json['delegation_id']}/agree").status_code == 204


def test_a_helper_may_look_and_leaves_a_trace_and_a_stranger_may_not(insured: MakeInsured) -> None:
    helper, principal, stranger = insured(name="李小红"), insured(), insured(name="陈生")
    delegate(helper, principal)
    assert ask(helper, of=principal).status_code == 200
    assert ask(stranger, of=principal).status_code == 404
    log = principal.get(f"/people/{principal.person_id}/access-log").json["items"]
    assert ("家人 李小红", "测算养老金") in [(one["who"], one["purpose"]) for one in log]
