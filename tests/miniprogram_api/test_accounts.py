"""A person's accounts: every amount says how it came about; helpers are written down; pages stay cheap."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from uuid import uuid4
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from backend.accounts import commands
from backend.accounts.rules.kinds import PENSION
from backend.agencies import commands as agencies
from backend.audit.about import HELPER_LOOKED
from backend.kernel.db import BoundDatabase, Work
from backend.kernel.money import Fen
from backend.law.figures import evaluate
from backend.people.rules.insured import Insurance
from tests.support.accounts import assessed, book, post_interest, run_of
from tests.support.citizens import Citizen, Insured
from tests.support.people import SYSTEM, make_agency, traces
from tests.support.statements import statements
from tests.system.seed import credit_code

MakeInsured = Callable[..., Insured]
PATHS = ("accounts", "contribution-months", "contribution-months.xlsx", "contribution-years", "interest")


@pytest.fixture
def mother(insured: MakeInsured) -> Insured:
    return insured(name="古丽·买买提")


@pytest.fixture
def daughter(insured: MakeInsured) -> Insured:
    return insured(name="李小红")


def helped_by(helper: Insured, principal: Insured, *scopes: str) -> None:
    body = {"name": principal.name, "id_number": principal.id_number, "relation": "parent"}
    asked = helper.post("/family", {**body, "scopes": list(scopes), "until": "2027-11-22"})
    assert principal.post(f"/family/{asked.json['delegation_id']}/agree").status_code == 204


def path(person: Insured, what: str, query: str = "") -> str:
    return f"/people/{person.person_id}/{what}{query}"


class TestAccounts:
    def test_a_balance_is_its_parts_and_says_so(self, mother: Insured, work: Work) -> None:
        carried = Fen(1_000_000)
        commands.carry_over(
            work,
            by=SYSTEM,
            person_id=mother.person_id,
            kind=PENSION,
            amount=carried,
            booked_on=date(2024, 1, 1),
        )
        book(work, mother.person_id, *run_of(date(2024, 1, 1), 2), assessed(date(2024, 5, 1)))
        posted = post_interest(work, mother.person_id, 2024)[2024]
        # 10000.00 x 2.62 % + 320.00 x (12 + 11 + 8) x 2.62 % / 12 = 262.00 + 21.6586...
        assert posted == 28366
        pension, medical = mother.get(path(mother, "accounts")).json["items"]
        assert {key: pension[key] for key in ("kind", "label", "insurance", "balance", "months_paid")} == {
            "kind": "personal_pension",
            "label": "基本养老保险个人账户",
            "insurance": "110",
            "balance": 1_000_000 + 3 * 32_000 + posted,
            "months_paid": 3,
        }
        assert pension["parts"] == [
            {"entry": "carried_over", "label": "历史结转", "amount": 1_000_000},
            {"entry": "contribution", "label": "缴费划入", "amount": 96_000},
            {"entry": "interest", "label": "记账利息", "amount": posted},
        ]
        assert pension["gaps"] == [{"from_month": "2024-03", "to_month": "2024-04", "months": 2}]
        assert evaluate(pension["explain"]) == pension["balance"]
        assert pension["explain"]["formula"] == "carried_over + contribution + interest"
        assert (medical["balance"], medical["parts"], medical["months_paid"]) == (0, [], 0)
        assert evaluate(medical["explain"]) == 0

    def test_it_takes_one_statement_to_know_the_caller_and_two_to_answer(
        self, mother: Insured, work: Work, database: BoundDatabase
    ) -> None:
        book(work, mother.person_id, *run_of(date(2020, 1, 1), 30))
        with statements(database.engine) as said:
            assert mother.get(path(mother, "accounts")).status_code == 200
        assert len(said) == 3, said


class TestMonths:
    def test_a_month_as_the_law_has_it(self, mother: Insured, work: Work) -> None:
        book(work, mother.person_id, assessed(date(2024, 3, 1), base=487_860))
        [month] = mother.get(path(mother, "contribution-months")).json["items"]
        explain = month.pop("explain")
        assert month.pop("month_id")
        assert month == {
            "insurance": "110",
            "insurance_label": "企业职工基本养老保险",
            "fee_period": "2024-03",
            "accounting_period": "2024-03",
            "employer_name": None,
            "origin_region": "46",
            "origin_region_name": "海南省",
            "base": 487_860,
            "personal": 39_028,
            "pooled": 58_543,
            "contribution_index": "0.6",
            "revision": 1,
        }
        # 4878.60 x 8 % is 390.288, so 390.29, and not what was booked: that stands, as assessed.
        assert (explain["personal"]["kind"], explain["personal"]["origin"]) == ("given", "经办机构核定")
        assert explain["pooled"]["formula"] == "round_fen_half_up(base * rate)"
        assert evaluate(explain["pooled"]) == 58_543
        rate = explain["pooled"]["inputs"]["rate"]
        assert (rate["kind"], rate["value"], rate["from"], rate["until"]) == (
            "parameter",
            "0.12",
            "2006-01-01",
            None,
        )
        assert rate["source"].startswith("《中华人民共和国社会保险法》")
        index = explain["contribution_index"]
        assert index["inputs"]["wage"]["value"] == "813100"
        assert str(evaluate(index)) == "0.6000"

    def test_a_provisional_wage_makes_a_provisional_index(self, mother: Insured, work: Work) -> None:
        book(work, mother.person_id, assessed(date(2026, 3, 1), base=491_280))
        [month] = mother.get(path(mother, "contribution-months")).json["items"]
        assert month["explain"]["contribution_index"]["provisional"] is True
        assert month["explain"]["personal"]["provisional"] is False

    def test_years_without_a_wage_show_the_index_as_assessed(self, mother: Insured, work: Work) -> None:
        book(work, mother.person_id, assessed(date(2021, 3, 1), index="0.7312"))
        [month] = mother.get(path(mother, "contribution-months")).json["items"]
        assert month["contribution_index"] == "0.7312"
        assert month["explain"]["contribution_index"] == {
            "kind": "given",
            "label": "缴费指数",
            "value": "0.7312",
            "text": "0.7312",
            "unit": "number",
            "origin": "经办机构核定",
            "provisional": False,
        }

    def test_an_employer_and_a_correction_show(self, mother: Insured, work: Work) -> None:
        employer = agencies.register_employer(
            work,
            by=SYSTEM,
            agency_id=make_agency(work, "460100", under="46"),
            credit_code=credit_code(),
            name="=海口测试有限公司",
        )
        book(work, mother.person_id, assessed(date(2024, 3, 1)), employer_id=employer)
        [before] = mother.get(path(mother, "contribution-months")).json["items"]
        assert (before["employer_name"], before["revision"]) == ("=海口测试有限公司", 1)
        # An employer's share is 16 %, so 12 % is as assessed.
        assert before["explain"]["pooled"]["kind"] == "given"
        commands.correct_month(
            work, by=SYSTEM, month_id=before["month_id"], month=assessed(date(2024, 3, 1), base=500_000)
        )
        [after] = mother.get(path(mother, "contribution-months")).json["items"]
        assert (after["base"], after["revision"]) == (500_000, 2)

    def test_pages_are_whole_in_order_and_cheap(
        self, mother: Insured, work: Work, database: BoundDatabase
    ) -> None:
        months = run_of(date(2018, 1, 1), 105)
        book(work, mother.person_id, *months)
        seen: list[str] = []
        cursor = ""
        for _ in range(3):
            with statements(database.engine) as said:
                answer = mother.get(path(mother, "contribution-months", f"?limit=50{cursor}")).json
            assert len(said) <= 3, said
            seen += [one["fee_period"] for one in answer["items"]]
            cursor = f"&cursor={answer['next_cursor']}"
        assert answer["next_cursor"] is None
        assert seen == [f"{one.fee_period:%Y-%m}" for one in reversed(months)]

    def test_filters(self, mother: Insured, work: Work) -> None:
        book(work, mother.person_id, *run_of(date(2023, 11, 1), 4))
        book(work, mother.person_id, assessed(date(2024, 1, 1)), insurance=Insurance.MEDICAL.value)

        def found(query: str) -> list[tuple[str, str]]:
            items = mother.get(path(mother, "contribution-months", query)).json["items"]
            return [(one["insurance"], one["fee_period"]) for one in items]

        assert len(found("")) == 5
        assert found("?insurance=310") == [("310", "2024-01")]
        assert found("?insurance=110&year=2023") == [("110", "2023-12"), ("110", "2023-11")]
        for wrong in ("?insurance=210", "?year=24", "?month=2024-01"):
            assert mother.get(path(mother, "contribution-months", wrong)).status_code == 422


def test_years_add_up_and_say_how(mother: Insured, work: Work) -> None:
    book(work, mother.person_id, *run_of(date(2023, 10, 1), 5, base=483_000, index="0.6"))
    book(work, mother.person_id, *run_of(date(2024, 3, 1), 2, base=487_900, index="0.6001"))
    this, before = mother.get(path(mother, "contribution-years")).json["items"]
    assert (before["year"], before["months"]) == (2023, 3)
    assert {key: value for key, value in this.items() if key != "explain"} == {
        "year": 2024,
        "insurance": "110",
        "insurance_label": "企业职工基本养老保险",
        "months": 4,
        "lowest_base": 483_000,
        "highest_base": 487_900,
        "personal": 2 * 38_640 + 2 * 39_032,
        "pooled": 2 * 57_960 + 2 * 58_548,
        "average_index": "0.6001",  # 0.60005, half up
    }
    explain = this["explain"]
    assert explain["personal"]["formula"] == "month_1 * 2 + month_2 * 2"
    assert explain["personal"]["inputs"]["month_2"]["label"] == "3、4月每月"
    for key in ("personal", "pooled"):
        assert evaluate(explain[key]) == this[key]
    assert str(evaluate(explain["average_index"])) == this["average_index"]


def test_interest_year_by_year(mother: Insured, work: Work) -> None:
    book(work, mother.person_id, *run_of(date(2023, 1, 1), 24))
    posted = post_interest(work, mother.person_id, 2023, 2024)
    newest, oldest = mother.get(path(mother, "interest")).json["items"]
    # 320.00 x 78 x 3.97 % / 12 = 82.576
    # (12 x 320.00 + 82.58) x 2.62 % + 320.00 x 78 x 2.62 % / 12 = 157.2676
    assert posted == {2023: 8258, 2024: 15727}
    for year, one in ((2023, oldest), (2024, newest)):
        assert (one["year"], one["posted"], one["same"]) == (year, posted[year], True)
        assert (one["kind"], one["label"]) == ("personal_pension", "基本养老保险个人账户")
        assert evaluate(one["explain"]) == one["posted"]
    assert newest["explain"]["inputs"]["rate"]["source"].endswith("2024年职工基本养老保险个人账户记账利率")


def test_interest_that_would_differ_today_says_so(mother: Insured, work: Work) -> None:
    book(work, mother.person_id, assessed(date(2024, 1, 1)))
    post_interest(work, mother.person_id, 2024)
    book(work, mother.person_id, assessed(date(2024, 2, 1)))  # into the year that was closed
    [one] = mother.get(path(mother, "interest")).json["items"]
    assert (one["posted"], one["same"]) == (838, False)
    assert evaluate(one["explain"]) == 838 + 769  # 320.00 x 11 x 2.62 % / 12, added before rounding


class TestFile:
    def test_a_sheet_in_chinese_with_exact_yuan(self, mother: Insured, work: Work) -> None:
        book(work, mother.person_id, *run_of(date(2024, 1, 1), 3, base=487_867))
        answer = mother.get(path(mother, "contribution-months.xlsx", "?year=2024"))
        assert answer.status_code == 200
        assert answer.content_type == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        rows = list(load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True))
        assert rows[0][0] == "社会保险缴费明细"
        assert mother.id_number not in str(rows) and mother.name not in str(rows)
        assert f"{mother.id_number[:4]}**********{mother.id_number[-4:]}" in rows[1][0]
        assert rows[2][:4] == ("险种", "费款所属期", "入账年月", "缴费单位")
        assert [row[1] for row in rows[3:6]] == ["2024-03", "2024-02", "2024-01"]
        assert rows[3][3:8] == ("个人缴费", 4878.67, 390.29, 585.44, 0.6)
        assert rows[6][0] == "合计 3 条" and rows[6][5:7] == (1170.87, 1756.32)
        written = ZipFile(BytesIO(answer.data)).read("xl/worksheets/sheet1.xml").decode()
        assert "<v>4878.67</v>" in written

    def test_what_a_company_is_called_is_no_formula(self, mother: Insured, work: Work) -> None:
        employer = agencies.register_employer(
            work,
            by=SYSTEM,
            agency_id=make_agency(work, "460100", under="46"),
            credit_code=credit_code(),
            name="=1+1",
        )
        book(work, mother.person_id, assessed(date(2024, 3, 1)), employer_id=employer)
        answer = mother.get(path(mother, "contribution-months.xlsx"))
        assert "<f>" not in ZipFile(BytesIO(answer.data)).read("xl/worksheets/sheet1.xml").decode()
        cell = load_workbook(BytesIO(answer.data)).active["D4"]
        assert (cell.data_type, cell.value) == ("s", "=1+1")


class TestReach:
    @pytest.mark.parametrize("what", PATHS)
    def test_strangers_and_helpers_without_the_scope_find_nothing(
        self, what: str, mother: Insured, daughter: Insured, visitor: Citizen
    ) -> None:
        helped_by(daughter, mother, "certify")
        assert daughter.get(path(mother, what)).status_code == 404
        assert daughter.get(f"/people/{uuid4()}/{what}").status_code == 404
        assert visitor.get(path(mother, what)).status_code == 403

    def test_a_helper_looks_and_the_person_reads_at_what(
        self, mother: Insured, daughter: Insured, work: Work
    ) -> None:
        book(work, mother.person_id, assessed(date(2024, 1, 1)))
        helped_by(daughter, mother, "look")
        for what in PATHS:
            assert daughter.get(path(mother, what)).status_code == 200
        log = mother.get(path(mother, "access-log")).json["items"]
        assert [one["purpose"] for one in reversed(log)] == [
            "查看个人账户",
            "查看缴费明细",
            "导出缴费明细",
            "查看历年缴费",
            "查看个人账户利息",
        ]
        assert {one["who"] for one in log} == {"家人 李小红"}

    def test_ones_own_look_is_not_written_down(self, mother: Insured, work: Work) -> None:
        for what in PATHS:
            assert mother.get(path(mother, what)).status_code == 200
        assert traces(work, HELPER_LOOKED) == []
