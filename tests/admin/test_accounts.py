"""The staff on personal accounts: looks are traced; interest for everybody takes two people."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from backend.accounts import queries
from backend.kernel.db import BoundDatabase, Database
from backend.kernel.jobs import DueWork
from backend.law.figures import evaluate
from backend.web.house import House
from tests.admin.conftest import Hire
from tests.support.accounts import book, post_interest, run_of
from tests.support.people import make_person, traces
from tests.support.staff import URL, Member, sign_in_staff
from tests.support.statements import statements

Headers = dict[str, str]


@pytest.fixture
def person_id(house: House) -> UUID:
    """Somebody of 460100 who paid 60 months, 2021 to 2025."""
    with house.database.work() as work:
        person_id = make_person(work)
        book(work, person_id, *run_of(date(2021, 1, 1), 60))
        return person_id


@pytest.fixture
def clerk(client: FlaskClient, hire: Hire) -> Headers:
    return sign_in_staff(client, hire("clerk", at="460100"))


def post(client: FlaskClient, path: str, headers: Headers, status: int, **body: Any) -> Any:
    answer = client.post(URL + path, headers=headers, json=body or None)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.json


def trail(database: Database, action: str) -> list[Any]:
    with database.work() as work:
        return traces(work, action)


class TestLooking:
    def test_a_clerk_sees_what_the_person_sees(
        self, client: FlaskClient, house: House, clerk: Headers, person_id: UUID
    ) -> None:
        pension, _ = client.get(f"{URL}/people/{person_id}/accounts", headers=clerk).json["items"]
        assert (pension["balance"], pension["months_paid"], pension["gaps"]) == (60 * 32_000, 60, [])
        assert evaluate(pension["explain"]) == pension["balance"]
        page = client.get(f"{URL}/people/{person_id}/contribution-months?year=2025&limit=5", headers=clerk)
        assert [one["fee_period"] for one in page.json["items"]] == [
            f"2025-{number:02d}" for number in range(12, 7, -1)
        ]
        assert page.json["next_cursor"]
        looks = trail(house.database, "account.opened")
        assert [(one.subject_id, one.actor_kind) for one in looks] == [(person_id, "staff")] * 2

    def test_a_page_of_fifty_takes_a_few_statements(
        self, client: FlaskClient, database: BoundDatabase, clerk: Headers, person_id: UUID
    ) -> None:
        counts = []
        for limit in (1, 50):
            with statements(database.engine) as said:
                path = f"{URL}/people/{person_id}/contribution-months?limit={limit}"
                assert client.get(path, headers=clerk).status_code == 200
            counts.append(len(said))
        assert counts[0] == counts[1] <= 7, counts

    @pytest.mark.parametrize("what", ["accounts", "contribution-months"])
    def test_out_of_reach_is_not_there(
        self, client: FlaskClient, house: House, hire: Hire, person_id: UUID, what: str
    ) -> None:
        stranger = sign_in_staff(client, hire("clerk", at="469000"))
        auditor = sign_in_staff(client, hire("audit_administrator"))
        there, nowhere = (
            client.get(f"{URL}/people/{one}/{what}", headers=stranger) for one in (person_id, uuid4())
        )
        assert {**there.json, "request_id": ""} == {**nowhere.json, "request_id": ""}
        assert there.status_code == 404
        assert client.get(f"{URL}/people/{person_id}/{what}", headers=auditor).status_code == 403
        assert trail(house.database, "account.opened") == []


class TestInterestRuns:
    @pytest.fixture
    def maker(self, client: FlaskClient, hire: Hire) -> Headers:
        return sign_in_staff(client, hire("supervisor", at="460100"))

    @pytest.fixture
    def chief(self, hire: Hire) -> Member:
        """A supervisor of the whole province."""
        return hire("supervisor")

    def balance(self, house: House, person_id: UUID) -> int:
        with house.database.reading() as work:
            return queries.accounts(work, person_id)[0].balance

    def test_two_people_have_it_posted(
        self, client: FlaskClient, house: House, maker: Headers, chief: Member, person_id: UUID
    ) -> None:
        with house.database.work() as work:
            before = sum(post_interest(work, person_id, 2021, 2022, 2023, 2024).values())
        asked = post(client, "/interest-runs", maker, 201, year=2025, note="国家已公布记账利率")
        approval = f"/approvals/{asked['approval_id']}"
        assert post(client, f"{approval}/approve", maker, 403)["code"] == "own_approval"
        checker = sign_in_staff(client, chief)
        seen = client.get(URL + approval, headers=checker).json
        assert seen["changes"] == [
            {"label": "计息年度", "before": None, "after": "2025年"},
            {"label": "记账利率", "before": None, "after": "1.5%"},
        ]
        assert self.balance(house, person_id) == 60 * 32_000 + before
        post(client, f"{approval}/approve", checker, 200)
        [started] = trail(house.database, "interest.run_started")
        assert (started.actor_kind, started.values["after"]) == (
            "system",
            {"year": 2025, "approved_by": str(chief.staff_id)},
        )
        assert house.ports.get(DueWork).drain() >= 2
        # (48 x 320.00 + earlier interest) x 1.5 % + 320.00 x 78 x 1.5 % / 12, half up to fen
        thousandths = (48 * 32_000 + before) * 15 + 32_000 * 78 * 15 // 12
        assert self.balance(house, person_id) == 60 * 32_000 + before + (thousandths + 500) // 1000

    def test_of_two_checkers_below_the_province_none_may(
        self, client: FlaskClient, hire: Hire, maker: Headers
    ) -> None:
        asked = post(client, "/interest-runs", maker, 201, year=2025)
        other = sign_in_staff(client, hire("supervisor", at="460100"))
        post(client, f"/approvals/{asked['approval_id']}/approve", other, 404)

    def test_one_request_a_year_is_enough(self, client: FlaskClient, maker: Headers) -> None:
        post(client, "/interest-runs", maker, 201, year=2025)
        assert post(client, "/interest-runs", maker, 409, year=2025)["code"] == "approval_pending"
        post(client, "/interest-runs", maker, 201, year=2024)

    def test_a_year_that_runs_or_has_no_rate_is_refused(self, client: FlaskClient, maker: Headers) -> None:
        assert post(client, "/interest-runs", maker, 409, year=2026)["code"] == "year_not_over"
        assert post(client, "/interest-runs", maker, 409, year=2015)["code"] == "parameter_missing"
        assert post(client, "/interest-runs", maker, 422, year=25)["code"] == "invalid"

    def test_a_clerk_may_not_ask(self, client: FlaskClient, clerk: Headers) -> None:
        post(client, "/interest-runs", clerk, 403, year=2025)

    def test_an_account_with_an_open_year_keeps_nobody_waiting(
        self, client: FlaskClient, house: House, maker: Headers, chief: Member, person_id: UUID
    ) -> None:
        with house.database.work() as work:
            other = make_person(work)
            book(work, other, *run_of(date(2025, 1, 1), 1))
        asked = post(client, "/interest-runs", maker, 201, year=2025)
        post(client, f"/approvals/{asked['approval_id']}/approve", sign_in_staff(client, chief), 200)
        house.ports.get(DueWork).drain()
        assert self.balance(house, other) == 32_000 + 480
        assert self.balance(house, person_id) == 60 * 32_000
        [left] = trail(house.database, "interest.left_open")
        assert (left.subject_id, left.values["after"]["reason"]) == (person_id, "earlier_year_open")
