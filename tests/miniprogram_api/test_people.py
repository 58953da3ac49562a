"""A person's own records, masked, for themselves and for helpers; and who looked at them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from backend.kernel.clock import FixedClock
from backend.kernel.db import Work
from backend.people import commands as people
from backend.people import queries
from backend.worklist import commands as worklist
from tests.support.citizens import Citizen, Insured
from tests.support.people import SYSTEM, card_number, make_agency, make_person, staff_actor
from tests.support.staff import Member, make_staff, sign_in_staff
from tests.support.statements import statements

MakeInsured = Callable[..., Insured]


@pytest.fixture
def mother(insured: MakeInsured) -> Insured:
    return insured(name="古丽·买买提")


@pytest.fixture
def daughter(insured: MakeInsured) -> Insured:
    return insured(name="李小红")


def delegate(helper: Insured, principal: Insured, *scopes: str) -> None:
    """Lets a helper act, both sides saying so over HTTP."""
    body = {
        "name": principal.name,
        "id_number": principal.id_number,
        "relation": "parent",
        "scopes": list(scopes),
        "until": "2027-11-22",
    }
    asked = helper.post("/family", body)
    assert asked.status_code == 201
    assert principal.post(f"/family/{asked.json['delegation_id']}/agree").status_code == 204


class TestOwnRecord:
    """The name whole, the numbers masked."""

    def test_profile(self, mother: Insured, work: Work) -> None:
        card = card_number()
        people.set_bank_card(work, by=SYSTEM, person_id=mother.person_id, bank="海南农商银行", number=card)
        answer = mother.get(f"/people/{mother.person_id}")
        assert answer.status_code == 200
        assert answer.json == {
            "person_id": str(mother.person_id),
            "name": "古丽·买买提",
            "id_number": f"{mother.id_number[:4]}**********{mother.id_number[-4:]}",
            "phone": f"{mother.phone[:3]}****{mother.phone[-4:]}",
            "bank_card": {"bank": "海南农商银行", "number": f"**** {card[-4:]}"},
            "agency_name": "机构460100",
            "category": "resident_pensioner",
            "category_label": "居民养老待遇领取人员",
            "state": "active",
            "state_label": "正常",
        }

    def test_without_phone_and_card(self, mother: Insured, work: Work) -> None:
        version = queries.record(work, mother.person_id).version
        people.change_phone(work, by=SYSTEM, person_id=mother.person_id, version=version, phone=None)
        profile = mother.get(f"/people/{mother.person_id}").json
        assert (profile["phone"], profile["bank_card"]) == (None, None)

    def test_enrolments(self, mother: Insured, work: Work) -> None:
        people.enrol(
            work,
            by=staff_actor("enrolments.keep"),
            person_id=mother.person_id,
            insurance="170",
            from_month=date(2024, 7, 1),
        )
        (item,) = mother.get(f"/people/{mother.person_id}/enrolments").json["items"]
        assert (item["insurance"], item["insurance_label"]) == ("170", "城乡居民基本养老保险")
        assert (item["from_month"], item["until_month"]) == ("2024-07", None)
        assert (item["employer_name"], item["agency_name"]) == (None, "机构460100")

    def test_looking_at_oneself_leaves_no_row(self, mother: Insured) -> None:
        mother.get(f"/people/{mother.person_id}")
        mother.get(f"/people/{mother.person_id}/enrolments")
        assert mother.get(f"/people/{mother.person_id}/access-log").json == {
            "items": [],
            "next_cursor": None,
        }


class TestOthers:
    """Nobody else's, and no hint of whether there is such a person."""

    @pytest.mark.parametrize("path", ["", "/enrolments", "/access-log"])
    def test_strangers_get_the_answer_of_nobody(
        self, mother: Insured, daughter: Insured, visitor: Citizen, database, path: str
    ) -> None:
        courses = []
        for person_id in (mother.person_id, uuid4()):
            with statements(database.engine) as said:
                answer = daughter.get(f"/people/{person_id}{path}")
            assert (answer.status_code, answer.json["code"]) == (404, "not_found")
            courses.append(({**answer.json, "request_id": ""}, said))
        assert courses[0] == courses[1]
        assert visitor.get(f"/people/{mother.person_id}{path}").json["code"] == "binding_required"

    @pytest.mark.parametrize("path", ["", "/enrolments", "/access-log"])
    def test_a_helper_needs_the_scope_to_look(
        self, mother: Insured, daughter: Insured, insured: MakeInsured, path: str
    ) -> None:
        son = insured(name="李强")
        delegate(son, mother, "pay", "certify")
        delegate(daughter, mother, "look")
        assert son.get(f"/people/{mother.person_id}{path}").status_code == 404
        assert daughter.get(f"/people/{mother.person_id}{path}").status_code == 200

    def test_a_helper_sees_it_masked_too(self, mother: Insured, daughter: Insured) -> None:
        delegate(daughter, mother, "look")
        shown = daughter.get(f"/people/{mother.person_id}").get_data(as_text=True)
        assert mother.id_number not in shown and mother.phone not in shown


class TestAccessLog:
    """Who looked and why: helpers by name, staff by post and agency."""

    @pytest.fixture
    def clerk(self, work: Work, mother: Insured) -> Member:
        made = make_staff(work, roles=("clerk",), agency_id=make_agency(work, "460100"), name="陈海")
        work.session.flush()
        return made

    def test_helpers_by_name(self, mother: Insured, daughter: Insured) -> None:
        delegate(daughter, mother, "look")
        daughter.get(f"/people/{mother.person_id}")
        daughter.get(f"/people/{mother.person_id}/enrolments")
        items = mother.get(f"/people/{mother.person_id}/access-log").json["items"]
        assert [(one["who"], one["action"], one["purpose"], one["agency_name"]) for one in items] == [
            ("家人 李小红", "家人查看", "查看参保情况", None),
            ("家人 李小红", "家人查看", "查看基本信息", None),
        ]

    def test_staff_by_post_and_agency_never_by_name(
        self, mother: Insured, clerk: Member, client: FlaskClient
    ) -> None:
        headers = sign_in_staff(client, clerk)
        opened = client.post(
            f"/api/admin/v1/people/{mother.person_id}/open",
            json={"purpose": "核对待遇领取资格"},
            headers=headers,
        )
        assert opened.status_code == 200
        client.get(f"/api/admin/v1/people/{mother.person_id}/channels", headers=headers)
        answer = mother.get(f"/people/{mother.person_id}/access-log")
        seen = [
            (one["who"], one["agency_name"], one["action"], one["purpose"]) for one in answer.json["items"]
        ]
        assert seen == [
            ("经办人员", "机构460100", "查看登录方式", ""),
            ("经办人员", "机构460100", "查看完整资料", "核对待遇领取资格"),
        ]  # newest first
        assert "陈海" not in answer.get_data(as_text=True)
        assert clerk.username not in answer.get_data(as_text=True)

    def test_in_pages_newest_first(self, mother: Insured, daughter: Insured, clock: FixedClock) -> None:
        delegate(daughter, mother, "look")
        for _ in range(5):
            clock.advance(timedelta(minutes=1))
            daughter.get(f"/people/{mother.person_id}")
        path, seen, cursor = f"/people/{mother.person_id}/access-log", [], ""
        for _ in range(3):
            page = mother.get(f"{path}?limit=2{cursor}").json
            seen += [one["at"] for one in page["items"]]
            cursor = f"&cursor={page['next_cursor']}"
        assert page["next_cursor"] is None
        assert len(seen) == 5 and seen == sorted(seen, reverse=True)
        for bad in ("cursor=forged", "limit=0", "limit=101", "page=2"):
            assert mother.get(f"{path}?{bad}").status_code == 422

    def test_a_page_takes_a_fixed_number_of_statements(
        self, mother: Insured, daughter: Insured, database
    ) -> None:
        delegate(daughter, mother, "look")
        counts = []
        for _ in range(2):
            for _ in range(3):
                daughter.get(f"/people/{mother.person_id}")
            with statements(database.engine) as said:
                mother.get(f"/people/{mother.person_id}/access-log")
            counts.append(len(said))
        assert counts[0] == counts[1]

    def test_tells_of_records_that_were_merged_into_it(
        self, mother: Insured, clerk: Member, client: FlaskClient, work: Work
    ) -> None:
        duplicate = make_person(work, name=mother.name)
        work.session.flush()
        headers = sign_in_staff(client, clerk)
        client.get(f"/api/admin/v1/people/{duplicate}/channels", headers=headers)
        maker, checker = staff_actor("people.merge"), staff_actor("people.merge_approve")
        approval_id = people.propose_merge(work, by=maker, person_id=duplicate, into_id=mother.person_id)
        worklist.approve(work, by=checker, approval_id=approval_id)
        work.session.flush()
        actions = {
            one["action"] for one in mother.get(f"/people/{mother.person_id}/access-log").json["items"]
        }
        assert {"查看登录方式", "合并重复档案"} <= actions
