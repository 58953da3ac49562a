"""Reading changes nothing, is written down where it must be, and costs as much for many rows as for few."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.audit.commands import record
from backend.audit.sealing import seal_waiting
from backend.channels import commands as channels
from backend.channels.ports import WeChatIdentity
from backend.family import commands as family
from backend.family.rules import Relation
from backend.kernel.actor import Actor, anonymous
from backend.kernel.actor import Origin as From
from backend.kernel.db import Work
from backend.kernel.jobs import enqueue
from backend.messages.commands import notify
from backend.people import commands as people
from tests.support import documents
from tests.support.accounts import book, post_interest, run_of
from tests.support.collections import wanted as ask_for_money
from tests.support.memory import contents
from tests.support.payouts import ask as ask_payout
from tests.support.people import SYSTEM, make_agency, make_person
from tests.support.reconciliation import make_day, make_difference
from tests.support.staff import actor_of, make_staff
from tests.support.statements import statements
from tests.system.requests import CITIZENS, STAFF, request
from tests.system.seed import BELOW, card_change
from tests.system.table import operations
from tests.system.world import LAST, World

READS = {operation: rows for operation, rows in operations().items() if operation.startswith("GET ")}
WRITING = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)")
TRAIL = {"audit_event", "audit_unsealed"}
NAMES_SOMEBODY = {
    f"GET {STAFF}/payouts/{{payout_id}}",
    f"GET {STAFF}/collections/{{collection_id}}",
    f"GET {STAFF}/reconciliation-differences/{{difference_id}}",
    f"GET {STAFF}/approvals/{{approval_id}}",
    f"GET {STAFF}/audit/events/{{audit_event_id}}",
    f"GET {STAFF}/people/{{person_id}}/accounts",
    f"GET {STAFF}/people/{{person_id}}/channels",
    f"GET {STAFF}/people/{{person_id}}/contribution-months",
    f"GET {STAFF}/people/{{person_id}}/delegations",
}
"""What staff see here is about one person; so it is written down, and the person can read who looked."""


TAKES_A_LIST = {f"GET {STAFF}/staff.xlsx", f"GET {STAFF}/audit/events.xlsx"}
"""Whole lists leave the house here; so it is written down who took them."""
FAMILY_TOO = f"GET {CITIZENS}/bills"
"""Here one's own is listed together with that of those whom one helps."""
CACHES = (b"dashboard:",)


def allowed(operation: str) -> Iterator[tuple[str, str]]:
    for row in READS[operation]:
        yield from ((role, row.thing) for role, told in row.outcomes.items() if told == "ok")


def read(world: World, role: str, operation: str, thing: str, **more: Any) -> tuple[Any, list[str]]:
    """The answer's JSON, and the statements that it took."""
    sent = request(world, role, operation, world.thing(role, thing)) | more
    with statements(world.connection.engine) as said:
        answer = world.call(role, operation, thing, **sent)
    assert answer.status_code < 400, answer.text
    return answer.json if answer.is_json else answer.data, said


def remembered(world: World) -> dict[bytes, Any]:
    """What is in Redis besides answers that are kept to be given again."""
    return {key: value for key, value in contents(world.house.redis).items() if not key.startswith(CACHES)}


def written(said: list[str]) -> set[str]:
    return {table for statement in said for _, table in WRITING.findall(statement)}


@pytest.mark.parametrize("operation", READS)
def test_reading_changes_nothing(world: World, operation: str) -> None:
    for role, thing in allowed(operation):
        before = remembered(world)
        _, said = read(world, role, operation, thing)
        assert written(said) <= TRAIL, (role, thing)
        assert remembered(world) == before, (role, thing)


@pytest.mark.parametrize("operation", READS)
def test_a_look_at_somebody_is_written_down(world: World, operation: str) -> None:
    for role, thing in allowed(operation):
        before = world.sql("SELECT count(*) FROM audit_event").scalar_one()
        read(world, role, operation, thing)
        added = world.sql("SELECT count(*) FROM audit_event").scalar_one() - before
        of_family = role == "look" and (thing == "helped" or operation == FAMILY_TOO)
        assert added == (operation in NAMES_SOMEBODY | TAKES_A_LIST or of_family), (role, thing)


Grow = Callable[[World, Work, int], None]


def _staff(world: World, work: Work, number: int) -> None:
    for _ in range(number):
        make_staff(work, roles=["clerk"], agency_id=world.ids[BELOW])


def _agencies(world: World, work: Work, number: int) -> None:
    for _ in range(number):
        make_agency(work, str(uuid4().int)[:12], under=BELOW)


def _approvals(world: World, work: Work, number: int) -> None:
    clerk = actor_of(work, make_staff(work, roles=["clerk"], agency_id=world.ids["46"]))
    for _ in range(number):
        card_change(work, clerk, world.ids[BELOW])


def _payouts(world: World, work: Work, number: int) -> None:
    for _ in range(number):
        payee_id = make_person(work, agency_id=world.ids[BELOW])
        ask_payout(work, agency_id=world.ids[BELOW], payee_id=payee_id)


def _collections(world: World, work: Work, number: int) -> None:
    for _ in range(number):
        ask_for_money(work, agency_id=world.ids[BELOW])


def _bills(world: World, work: Work, number: int) -> None:
    for _ in range(number):
        ask_for_money(work, agency_id=world.ids[BELOW], person_id=_person(world))


def _reconciled(world: World, work: Work, number: int) -> None:
    """Days long ago, each with something that nobody has looked at."""
    for place in range(number):
        day = make_day(work, date(1990 + number, 1, 1) + timedelta(days=place))
        make_difference(work, day, world.ids[BELOW])


def _jobs(world: World, work: Work, number: int) -> None:
    for _ in range(number):
        enqueue(work, "probe", {})
    world.sql("UPDATE job SET state = 'failed' WHERE kind = 'probe'")


def _events(world: World, work: Work, number: int) -> None:
    """By staff and by helpers, about whoever is bound."""
    subject = _person(world)
    for turn in range(number):
        member = make_staff(work, agency_id=world.ids[BELOW])
        by = actor_of(work, member)
        record(work, "person.opened", by=by, subject=subject, purpose="核对")
        helped = world.things["stranger"]["delegation_id"] if turn % 2 else None
        record(work, "person.looked_at", by=by, subject=subject, object_id=helped and UUID(helped))


def _seals(world: World, work: Work, number: int) -> None:
    for _ in range(number):
        record(work, "probe", by=SYSTEM)
        seal_waiting(work)


def _namesakes(world: World, work: Work, number: int) -> None:
    for _ in range(number):
        make_person(work, agency_id=world.ids[BELOW], name="王秀英")


def _channels(world: World, work: Work, number: int) -> None:
    for person in (_person(world), world.people["stranger"].person_id):
        for _ in range(number):
            identity = WeChatIdentity(uuid4().hex, None)
            made = channels.sign_in_through_wechat(
                work, by=anonymous(From()), kind="miniprogram", identity=identity
            )
            bound = "UPDATE channel SET person_id = :person, bound_at = last_seen_at WHERE id = :id"
            work.session.flush()
            world.sql(bound, person=person, id=made.channel_id)
            world.house.sessions.open("citizen", made.channel_id, label="x", address="-")


def _helpers(world: World, work: Work, number: int) -> None:
    for one in (world.people["bound"], world.people["stranger"]):
        for _ in range(number):
            by = Actor("citizen", uuid4(), "miniprogram", person_id=make_person(work))
            family.ask(
                work,
                by=by,
                name=one.name,
                id_number=one.id_number,
                relation=Relation.PARENT,
                scopes=["look"],
                until=LAST,
            )


def _enrolments(world: World, work: Work, number: int) -> None:
    for person in (_person(world), world.people["stranger"].person_id):
        for year in range(1970 + number, 1970 + 2 * number):
            months = {"from_month": date(year, 1, 1), "until_month": date(year, 7, 1)}
            people.enrol(work, by=SYSTEM, person_id=person, insurance="310", base=100_000, **months)


def _months(world: World, work: Work, number: int) -> None:
    for person in (_person(world), world.people["stranger"].person_id):
        book(work, person, *run_of(date(1996 + number // 5, 1, 1), number))


def _interest(world: World, work: Work, number: int) -> None:
    years = range(2016, 2019) if number == 5 else range(2019, 2026)
    book(work, _person(world), *run_of(date(years[0], 1, 1), 3))
    post_interest(work, _person(world), *years)


def _messages(world: World, work: Work, number: int) -> None:
    for _ in range(number):
        params = {"channel": "微信小程序"}
        notify(work, person_id=_person(world), template="channel_bound", params=params, source=uuid4().hex)


def _documents(world: World, work: Work, number: int) -> None:
    for _ in range(number):
        documents.made(work, _person(world), fingerprint=uuid4().hex)


def _person(world: World) -> UUID:
    return world.people["bound"].person_id


GROWING: dict[str, tuple[str, str, Grow]] = {
    f"GET {STAFF}/staff": ("system", "-", _staff),
    f"GET {STAFF}/staff.xlsx": ("system", "-", _staff),
    f"GET {STAFF}/audit/events.xlsx": ("audit", "-", _events),
    f"POST {STAFF}/people/search.xlsx": ("supervisor", "-", _namesakes),
    f"GET {STAFF}/agencies": ("clerk", "-", _agencies),
    f"GET {STAFF}/approvals": ("supervisor", "-", _approvals),
    f"GET {STAFF}/payouts": ("supervisor", "-", _payouts),
    f"GET {STAFF}/collections": ("supervisor", "-", _collections),
    f"GET {STAFF}/tasks": ("supervisor", "-", _approvals),
    f"GET {STAFF}/reconciliation-days": ("supervisor", "-", _reconciled),
    f"GET {STAFF}/reconciliation-differences": ("supervisor", "-", _reconciled),
    f"GET {STAFF}/jobs": ("system", "-", _jobs),
    f"GET {STAFF}/audit/events": ("audit", "-", _events),
    f"GET {STAFF}/audit/seals": ("audit", "-", _seals),
    f"GET {STAFF}/people/{{person_id}}/channels": ("clerk", "inside", _channels),
    f"GET {STAFF}/people/{{person_id}}/delegations": ("clerk", "inside", _helpers),
    f"POST {STAFF}/people/search": ("clerk", "-", _namesakes),
    f"POST {STAFF}/people/{{person_id}}/open": ("clerk", "inside", _enrolments),
    f"GET {CITIZENS}/me": ("bound", "-", _helpers),
    f"GET {CITIZENS}/channels": ("bound", "-", _channels),
    f"GET {CITIZENS}/sessions": ("bound", "-", _channels),
    f"GET {CITIZENS}/family": ("bound", "-", _helpers),
    f"GET {CITIZENS}/people/{{person_id}}/enrolments": ("bound", "own", _enrolments),
    f"GET {CITIZENS}/people/{{person_id}}/access-log": ("bound", "own", _events),
    f"GET {STAFF}/people/{{person_id}}/contribution-months": ("clerk", "inside", _months),
    f"GET {STAFF}/people/{{person_id}}/accounts": ("clerk", "inside", _months),
    f"GET {CITIZENS}/people/{{person_id}}/accounts": ("bound", "own", _months),
    f"GET {CITIZENS}/people/{{person_id}}/contribution-months": ("bound", "own", _months),
    f"GET {CITIZENS}/people/{{person_id}}/contribution-months.xlsx": ("bound", "own", _months),
    f"GET {CITIZENS}/people/{{person_id}}/contribution-years": ("bound", "own", _months),
    f"GET {CITIZENS}/people/{{person_id}}/interest": ("bound", "own", _interest),
    f"GET {CITIZENS}/people/{{person_id}}/documents": ("bound", "own", _documents),
    f"GET {CITIZENS}/messages": ("bound", "-", _messages),
    f"GET {CITIZENS}/bills": ("bound", "-", _bills),
}
FIXED = {
    # The same for everybody, or as long as one's own few: no rows of a table that grows.
    f"GET {STAFF}/functions",
    f"GET {STAFF}/roles",
    f"GET {STAFF}/law",
    f"GET {STAFF}/law/{{name}}",
    f"GET {STAFF}/me",
    f"GET {STAFF}/sessions",
    f"GET {STAFF}/staff/{{staff_id}}",
    f"GET {STAFF}/approvals/{{approval_id}}",
    f"GET {STAFF}/payouts/{{payout_id}}",
    f"GET {STAFF}/payout-board",
    f"GET {STAFF}/collections/{{collection_id}}",
    f"GET {STAFF}/collection-board",
    f"GET {STAFF}/reconciliation-board",
    f"GET {STAFF}/outside-systems",
    f"GET {STAFF}/dashboard",
    f"GET {CITIZENS}/consents",
    f"GET {CITIZENS}/bills/{{bill_id}}/payment",
    f"GET {CITIZENS}/people/{{person_id}}/pension-estimate",
    "GET /api/openapi.json",
}
PAGED = (
    "/staff",
    "/approvals",
    "/tasks",
    "/payouts",
    "/collections",
    "/reconciliation-days",
    "/reconciliation-differences",
    "/jobs",
    "/events",
    "/seals",
    "/access-log",
    "/contribution-months",
    "/documents",
    "/messages",
    "/bills",
)


@pytest.mark.parametrize("operation", READS)
def test_every_list_is_watched(world: World, operation: str) -> None:
    role, thing = next(allowed(operation))
    answer, _ = read(world, role, operation, thing)
    if isinstance(answer, dict) and any(isinstance(value, list) for value in answer.values()):
        assert operation in GROWING.keys() | FIXED


@pytest.mark.parametrize("operation", GROWING)
def test_many_rows_cost_as_many_queries_as_few(world: World, operation: str) -> None:
    role, thing, grow = GROWING[operation]
    more = {"query_string": {"limit": 100}} if operation.endswith(PAGED) else {}
    costs, lengths = [], []
    for number in (5, 45):
        with world.house.database.work() as work:
            grow(world, work, number)
        answer, said = read(world, role, operation, thing, **more)
        costs.append(len(said))
        lengths.append(len(str(answer)))
    assert lengths[1] > lengths[0], "the answer did not grow"
    assert costs[0] == costs[1]
