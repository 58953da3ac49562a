"""Rights change when two people agree, and nobody decides on their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from werkzeug.test import TestResponse

from backend.kernel.db import sqlstate
from backend.staff.functions import FUNCTIONS, ROLES
from backend.web.house import House
from tests.admin.conftest import Hire
from tests.support.staff import URL, Member, give_role, sign_in_staff

ADMINISTRATORS = ("system_administrator", "security_administrator", "audit_administrator")


@dataclass
class Desk:
    """Somebody at their console."""

    client: FlaskClient
    member: Member
    headers: dict[str, str]

    def get(self, path: str) -> TestResponse:
        return self.client.get(URL + path, headers=self.headers)

    def post(self, path: str, body: object = None) -> TestResponse:
        return self.client.post(URL + path, json=body, headers=self.headers)

    def ask(self, of: Member, role: str, agency_id: UUID, action: str = "grant") -> TestResponse:
        body = {"staff_id": str(of.staff_id), "role": role, "agency_id": str(agency_id), "action": action}
        return self.post("/role-changes", body)

    def decide(self, asked: TestResponse) -> TestResponse:
        assert asked.status_code == 201, asked.json
        return self.post(f"/approvals/{asked.json['approval_id']}/approve")


@pytest.fixture
def desk(client: FlaskClient) -> Callable[[Member], Desk]:
    return lambda member: Desk(client, member, sign_in_staff(client, member))


@pytest.fixture
def maker(hire: Hire, desk: Callable[[Member], Desk]) -> Desk:
    return desk(hire("system_administrator", name="林制单"))


@pytest.fixture
def checker(hire: Hire, desk: Callable[[Member], Desk]) -> Desk:
    return desk(hire("security_administrator", name="黄复核"))


def test_the_catalogue_and_the_roles_can_be_read(maker: Desk) -> None:
    functions = {one["code"] for one in maker.get("/functions").json["items"]}
    assert functions == set(FUNCTIONS)
    roles = {one["code"]: set(one["functions"]) for one in maker.get("/roles").json["items"]}
    assert roles == {role.code: set(role.functions) for role in ROLES}
    assert all(given <= functions for given in roles.values())


def test_a_role_is_given_by_two_people(
    maker: Desk, checker: Desk, hire: Hire, desk: Callable[[Member], Desk], agency: Callable[[str], UUID]
) -> None:
    newcomer = desk(hire(at="460100", name="陈海"))
    asked = maker.ask(newcomer.member, "clerk", agency("460100"))
    assert newcomer.get("/me").json["functions"] == []

    waiting = checker.get("/approvals?state=pending").json["items"]
    assert [(one["label"], one["maker_name"]) for one in waiting] == [("岗位授权变更", "林制单")]
    opened = checker.get(f"/approvals/{asked.json['approval_id']}").json
    assert opened["changes"] == [
        {
            "label": "人员",
            "before": f"陈海（{newcomer.member.username}）",
            "after": f"陈海（{newcomer.member.username}）",
        },
        {"label": "岗位", "before": None, "after": "经办人员（机构460100）"},
    ]

    decided = checker.decide(asked)
    assert decided.status_code == 200, decided.json
    assert (decided.json["state"], decided.json["checker_name"]) == ("approved", "黄复核")
    assert "people.register" in newcomer.get("/me").json["functions"], "from the very next request"


def test_a_role_is_ended_by_two_people_and_its_grant_stays_on_record(
    house: House, maker: Desk, checker: Desk, hire: Hire, desk: Callable[[Member], Desk], agency: Callable
) -> None:
    clerk = desk(hire("clerk", at="460100"))
    assert clerk.get("/me").json["grants"]
    assert checker.decide(maker.ask(clerk.member, "clerk", agency("460100"), "end")).status_code == 200
    assert clerk.get("/me").json["grants"] == []
    with house.database.reading() as work:
        ended = work.session.scalar(
            text("SELECT count(*) FROM role_grant WHERE staff_id = :id AND ended_at IS NOT NULL"),
            {"id": clerk.member.staff_id},
        )
    assert ended == 1


def test_the_maker_cannot_decide(maker: Desk, checker: Desk, hire: Hire, agency: Callable) -> None:
    asked = checker.ask(hire(), "clerk", agency("46"))
    refused = checker.decide(asked)
    assert (refused.status_code, refused.json["code"]) == (403, "own_approval")
    unseen = maker.decide(asked)
    assert unseen.status_code == 404, "who may only propose does not see what others proposed"


def test_nobody_asks_for_themselves(maker: Desk, agency: Callable) -> None:
    refused = maker.ask(maker.member, "clerk", agency("46"))
    assert (refused.status_code, refused.json["code"]) == (403, "own_roles")


def test_nobody_decides_on_their_own_role(maker: Desk, checker: Desk, agency: Callable) -> None:
    asked = maker.ask(checker.member, "security_administrator", agency("460100"))
    refused = checker.decide(asked)
    assert (refused.status_code, refused.json["code"]) == (403, "own_roles")
    assert checker.get(f"/approvals/{asked.json['approval_id']}").json["state"] == "pending"


def test_clerks_neither_ask_nor_decide(hire: Hire, desk: Callable, agency: Callable, maker: Desk) -> None:
    clerk = desk(hire("clerk"))
    assert clerk.ask(hire(), "clerk", agency("46")).status_code == 403
    assert clerk.decide(maker.ask(hire(), "clerk", agency("46"))).status_code == 404


@pytest.mark.parametrize("held", [*ADMINISTRATORS, "clerk"])
@pytest.mark.parametrize("wanted", [*ADMINISTRATORS, "supervisor"])
def test_kinds_of_roles_exclude_each_other(
    maker: Desk, hire: Hire, agency: Callable, held: str, wanted: str
) -> None:
    member = hire(held)
    answer = maker.ask(member, wanted, agency("460100"))
    if held == wanted or (held, wanted) == ("clerk", "supervisor"):
        assert answer.status_code == 201, answer.json
    else:
        assert (answer.status_code, answer.json["code"]) == (409, "roles_exclude")


def test_an_excluded_role_is_refused_at_the_decision_too(
    house: House, maker: Desk, checker: Desk, hire: Hire, agency: Callable
) -> None:
    member = hire()
    asked = maker.ask(member, "clerk", agency("46"))
    with house.database.work() as work:
        give_role(work, member.staff_id, "audit_administrator", agency("46"))
        work.session.execute(text("UPDATE staff SET version = 1 WHERE id = :id"), {"id": member.staff_id})
    refused = checker.decide(asked)
    assert (refused.status_code, refused.json["code"]) == (409, "roles_exclude")


def test_the_database_keeps_the_three_administrators_apart(
    house: House, hire: Hire, agency: Callable
) -> None:
    member = hire("system_administrator")
    grant = text(
        "INSERT INTO role_grant (id, staff_id, role_id, role_kind, agency_id, granted_at)"
        " SELECT gen_random_uuid(), :staff, id, kind, :agency, now() FROM role WHERE code = :role"
    )
    for role in ("security_administrator", "audit_administrator", "clerk"):
        with pytest.raises(IntegrityError) as caught, house.database.work() as work:
            work.session.execute(grant, {"staff": member.staff_id, "agency": agency("460100"), "role": role})
        assert sqlstate(caught.value) == "23P01"
    lied = text(
        "INSERT INTO role_grant (id, staff_id, role_id, role_kind, agency_id, granted_at)"
        " SELECT gen_random_uuid(), :staff, id, 'system', :agency, now() FROM role WHERE code = 'clerk'"
    )
    with pytest.raises(IntegrityError) as caught, house.database.work() as work:
        work.session.execute(lied, {"staff": member.staff_id, "agency": agency("460100")})
    assert sqlstate(caught.value) == "23503", "a grant cannot lie about its role's kind"


def test_a_role_is_held_once_an_agency(maker: Desk, hire: Hire, agency: Callable) -> None:
    clerk = hire("clerk")
    assert maker.ask(clerk, "clerk", agency("46")).json["code"] == "already_granted"
    assert maker.ask(clerk, "supervisor", agency("46"), "end").json["code"] == "not_granted"


def test_one_change_of_a_member_waits_at_a_time(maker: Desk, hire: Hire, agency: Callable) -> None:
    member = hire()
    assert maker.ask(member, "clerk", agency("46")).status_code == 201
    assert maker.ask(member, "supervisor", agency("46")).json["code"] == "approval_pending"


def test_a_change_to_the_account_in_between_needs_a_new_request(
    client: FlaskClient, maker: Desk, checker: Desk, hire: Hire, agency: Callable
) -> None:
    member = hire()
    version = maker.get(f"/staff/{member.staff_id}").json["version"]
    asked = maker.ask(member, "clerk", agency("46"))
    body = {"version": version, "name": "陈海涛"}
    assert client.patch(f"{URL}/staff/{member.staff_id}", json=body, headers=maker.headers).status_code == 200
    assert checker.decide(asked).json["code"] == "approval_stale"


def test_the_last_administrator_of_the_province_stays(
    maker: Desk, checker: Desk, hire: Hire, agency: Callable
) -> None:
    body = {"version": maker.get(f"/staff/{checker.member.staff_id}").json["version"], "state": "disabled"}
    refused = maker.client.patch(f"{URL}/staff/{checker.member.staff_id}", json=body, headers=maker.headers)
    assert refused.json["code"] == "last_administrator"
    ending = maker.ask(checker.member, "security_administrator", agency("46"), "end")
    assert ending.json["code"] == "last_administrator"
    second = hire("security_administrator")
    assert maker.ask(second, "security_administrator", agency("46"), "end").status_code == 201


def test_disabled_members_are_given_nothing(house: House, maker: Desk, hire: Hire, agency: Callable) -> None:
    member = hire()
    with house.database.work() as work:
        work.session.execute(
            text("UPDATE staff SET state = 'disabled' WHERE id = :id"), {"id": member.staff_id}
        )
    assert maker.ask(member, "clerk", agency("46")).json["code"] == "staff_disabled"


def test_reach_bounds_who_may_ask_and_decide(
    hire: Hire, desk: Callable[[Member], Desk], agency: Callable, maker: Desk
) -> None:
    haikou = desk(hire("system_administrator", at="460100"))
    sanya_checker = desk(hire("security_administrator", at="460200"))
    mine, stranger = hire(at="460100"), hire(at="460200")
    assert haikou.ask(mine, "clerk", agency("46")).status_code == 403, "the role reaches further than they do"
    assert haikou.ask(stranger, "clerk", agency("460100")).status_code == 404, "not their colleague"
    asked = haikou.ask(mine, "clerk", agency("460100"))
    assert sanya_checker.decide(asked).status_code == 404
    assert sanya_checker.get("/approvals").json["items"] == []
    assert [one["state"] for one in haikou.get("/approvals").json["items"]] == ["pending"]


def test_unknown_roles_agencies_and_members_are_named(maker: Desk, hire: Hire, agency: Callable) -> None:
    member = hire()
    nowhere = UUID(int=7)
    assert maker.ask(member, "emperor", agency("46")).json["errors"][0]["field"] == "role"
    assert maker.ask(member, "clerk", nowhere).json["errors"][0]["field"] == "agency_id"
    nobody = Member(nowhere, "nobody", "", "")
    assert maker.ask(nobody, "clerk", agency("46")).status_code == 404


def test_a_rejection_tells_why_and_changes_nothing(
    maker: Desk, checker: Desk, hire: Hire, agency: Callable
) -> None:
    member = hire()
    asked = maker.ask(member, "clerk", agency("46"))
    path = f"/approvals/{asked.json['approval_id']}/reject"
    assert checker.post(path, {}).status_code == 422
    rejected = checker.post(path, {"reason": "未提供任职文件"}).json
    assert (rejected["state"], rejected["reason"]) == ("rejected", "未提供任职文件")
    assert maker.get(f"/staff/{member.staff_id}").json["grants"] == []
    assert checker.decide(asked).json["code"] == "approval_decided"


def test_the_maker_can_withdraw(maker: Desk, checker: Desk, hire: Hire, agency: Callable) -> None:
    asked = maker.ask(hire(), "clerk", agency("46"))
    path = f"/approvals/{asked.json['approval_id']}/withdraw"
    assert checker.post(path).json["code"] == "not_the_maker"
    assert maker.post(path).json["state"] == "withdrawn"
