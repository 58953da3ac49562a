"""Filling the world, through the same doors and commands that the product uses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import update

from backend.accounts import commands as accounts
from backend.accounts.commands import AssessedMonth
from backend.agencies import commands as agencies
from backend.audit.sealing import seal_waiting
from backend.channels import commands as channels
from backend.collections import commands as collections
from backend.collections.cashier import Payer, ToOpen, prepare
from backend.collections.ports import Receipt, Trade, TradeAnswer
from backend.collections.receipts import take
from backend.collections.settling import settle as settle_order
from backend.kernel.actor import Actor, Origin, anonymous
from backend.kernel.db import Work
from backend.kernel.jobs import enqueue
from backend.kernel.money import Fen
from backend.messages.commands import notify
from backend.payouts import commands as payouts
from backend.payouts.carrying import claim
from backend.payouts.models import Payout, PayoutAttempt
from backend.payouts.ports import Answer, Outcome, Provider
from backend.payouts.settling import settle
from backend.people import commands as people
from backend.staff.commands import roles
from backend.staff.commands.roles import RoleChange
from backend.worklist import commands as worklist
from backend.worklist import kinds
from tests.support import documents
from tests.support.citizens import Citizen, Insured, make_insured
from tests.support.people import SYSTEM, card_number, id_number, make_agency, make_person
from tests.support.reconciliation import make_day, make_difference
from tests.support.staff import Member, actor_of, make_staff
from tests.system.world import DEVICE, FIRST, LAST, STAFF, Caller, World

REVIEW = kinds.TaskKind("system_review", "核对资料", "tasks.work")
BILLED = Fen(97_572)
HERE, BELOW, ELSEWHERE = "4601", "460105", "46010"
ROLE_CODES = {
    "clerk": "clerk",
    "supervisor": "supervisor",
    "system": "system_administrator",
    "security": "security_administrator",
    "audit": "audit_administrator",
    "change": "clerk",
}


def fill(world: World) -> None:
    """One of everybody and everything."""
    with world.house.database.work() as work:
        _places(world, work)
        _staff(world, work)
        _citizens(world, work)
        _delegations(world)
        _counters(world, work)
        _approvals(world, work)
        _payouts(world, work)
        _collections(world, work)
        _reconciliation(world, work)
        _rest(world, work)


def _places(world: World, work: Work) -> None:
    make_agency(work, "46")
    for code, above in ((HERE, "46"), (BELOW, HERE), (ELSEWHERE, "46")):
        world.ids[code] = make_agency(work, code, under=above)
    world.ids["46"] = make_agency(work, "46")
    world.things["inside"] = {"agency_id": world.ids[BELOW]}
    world.things["outside"] = {"agency_id": world.ids[ELSEWHERE]}
    world.things["above"] = {"agency_id": world.ids["46"]}
    world.ids["employer"] = agencies.register_employer(
        work, by=SYSTEM, agency_id=world.ids[BELOW], credit_code=credit_code(), name="海口测试有限公司"
    )


def credit_code() -> str:
    """A unified social credit code with a right check character."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = "91460100MA5T00000"
    total = sum(letters.index(char) * 3**place % 31 for place, char in enumerate(body))
    return body + letters[(31 - total % 31) % 31]


def _staff(world: World, work: Work) -> None:
    here = world.ids[HERE]
    for role in STAFF:
        held = [ROLE_CODES[role]] if role in ROLE_CODES else []
        member = make_staff(work, roles=held, agency_id=here, must_change_password=role == "change")
        world.callers[role] = Caller(_session(world, "staff", member.staff_id), member=member)
        world.callers[role].own["self"] = {"staff_id": member.staff_id}
        world.callers[role].own["own"] = _second_session(world, "staff", member.staff_id)
    for name, code in (("inside", BELOW), ("outside", ELSEWHERE)):
        member = make_staff(work, roles=["clerk"], agency_id=world.ids[code])
        newcomer = make_staff(work, agency_id=world.ids[code])
        world.things[name] |= {"staff_id": member.staff_id, "newcomer_id": newcomer.staff_id}
    _role_changes(world)
    wider = make_staff(work, roles=["clerk"], agency_id=here, over=world.ids["46"])
    world.things["wider"] = {"staff_id": wider.staff_id}
    world.things["self"] = {"staff_id": wider.staff_id}
    world.things["other"] = _second_session(world, "staff", wider.staff_id)


def _role_changes(world: World) -> None:
    inside, outside, above = (world.things[name] for name in ("inside", "outside", "above"))
    world.things["outsider"] = {**inside, "newcomer_id": outside["newcomer_id"]}
    world.things["over_there"] = {**inside, "agency_id": outside["agency_id"]}
    world.things["over_all"] = {**inside, "agency_id": above["agency_id"]}
    world.things["myself"] = inside
    for caller in world.callers.values():
        caller.own["myself"] = {**inside, "newcomer_id": caller.own["self"]["staff_id"]}


def _citizens(world: World, work: Work) -> None:
    visitor = Citizen(world.client, world.outside, device=DEVICE)
    assert visitor.open_miniprogram().status_code == 201
    world.callers["citizen"] = Caller(visitor.token or "", own={"own": _sign_ins(world, visitor)})
    made = {name: _insured(world, work, HERE) for name in ("bound", "look", "certify")}
    for role, one in made.items():
        world.callers[role] = Caller(one.token or "", own={"own": _belongings(world, work, one)})
        world.callers[role].phone = one.phone
    stranger, helped = _insured(world, work, BELOW), _insured(world, work, BELOW)
    outside = _insured(world, work, ELSEWHERE)
    world.things["stranger"] = _belongings(world, work, stranger)
    world.things["helped"] = _belongings(world, work, helped)
    world.things["own"] = {**world.things["stranger"]}
    world.things["inside"] |= world.things["stranger"]
    world.things["outside"] |= _belongings(world, work, outside)
    world.things["above"] |= _belongings(world, work, _insured(world, work, "46"))
    world.things["mixed"] = {**world.things["outside"], "person_id": stranger.person_id}
    world.things["into_outside"] = {**world.things["inside"], "into_id": outside.person_id}
    world.people = {**made, "stranger": stranger, "helped": helped, "outside": outside}


def _delegations(world: World) -> None:
    who = world.people
    asker, askee = who["stranger"], who["helped"]
    for role in ("bound", "look", "certify"):
        world.callers[role].own["asked"] = _ask(asker, who[role], ["look"])
        world.callers[role].own["asking"] = _ask(who[role], who["outside"], ["look"])
    for role in ("look", "certify"):
        made = _ask(who[role], askee, [role])
        assert askee.post(f"/family/{made['delegation_id']}/agree").status_code == 204
    world.things["stranger"] |= _ask(asker, askee, ["look"])
    world.things["inside"] |= _ask(who["outside"], asker, ["look"])
    world.things["outside"] |= _ask(asker, who["outside"], ["look"])
    unregistered = Insured(world.client, world.outside, name="王秀英", id_number=id_number())
    world.things["nobody"] = _ask(who["outside"], unregistered, ["look"])
    world.things["asked"] = world.things["asking"] = world.things["stranger"]


def _payouts(world: World, work: Work) -> None:
    """One that waits for release, one that failed and one that is doubtful, inside and elsewhere."""
    for name, ending in (("inside", ""), ("outside", "_there")):
        person_id = UUID(str(world.things[name]["person_id"]))
        people.set_bank_card(work, by=SYSTEM, person_id=person_id, bank="农业银行", number=card_number())
        world.things[name] |= _payout(work, person_id, "awaiting", None)
        for state, outcome in (("sent_back", Outcome.FAILED), ("doubtful", Outcome.CONFLICT)):
            world.things[f"{state}{ending}"] = _payout(work, person_id, state, outcome)
    supervisor = _actor(world, work, "supervisor")
    payouts.stop(work, by=supervisor, scope="bank", reason="核查异常")
    world.things["switch_off"], world.things["switch_on"] = {"scope": "bank"}, {"scope": "all"}


def _collections(world: World, work: Work) -> None:
    """Bills that were paid and that the tax authority does not know, inside and elsewhere."""
    for name, place in (("paid", "inside"), ("paid_there", "outside")):
        bill_id = _bill(work, world.things[place]["person_id"], name)
        opening = prepare(work, collection_id=bill_id, payer=Payer("wx-test", "openid-of-nobody"))
        assert isinstance(opening, ToOpen)
        told = TradeAnswer(Trade.PAID, reference=f"42{name}", amount=BILLED, paid_at=work.clock.now())
        settle_order(work, opening.order_id, told)
        take(work, bill_id, Receipt(None, code="3002"))
        world.things[name] = {"collection_id": bill_id}


def _bill(work: Work, person_id: UUID, reference: str) -> UUID:
    return collections.request_for_person(
        work,
        by=SYSTEM,
        person_id=person_id,
        amount=BILLED,
        description="灵活就业养老保险费",
        reference=f"{reference}-{person_id}"[:40],
    )


def _reconciliation(world: World, work: Work) -> None:
    """A day with something that did not fit in each place, one that ended, and a day that is due."""
    day, due = make_day(work, date(2026, 11, 20)), make_day(work, date(2026, 11, 19), due=True)
    for name, code in (("inside", BELOW), ("outside", ELSEWHERE), ("above", "46")):
        world.things[name]["difference_id"] = make_difference(work, day, world.ids[code])
    ended = {"state": "mended", "reason": "agrees_now", "ended_at": work.clock.now()}
    world.things["ended"] = {"difference_id": make_difference(work, day, world.ids[BELOW], **ended)}
    world.things["compared"], world.things["due"] = {"day_id": day.id}, {"day_id": due.id}


def _payout(work: Work, person_id: UUID, reference: str, outcome: Outcome | None) -> dict[str, Any]:
    payout_id = payouts.request_for_person(
        work,
        by=SYSTEM,
        person_id=person_id,
        amount=Fen(52_000),
        purpose="丧葬补助金",
        reference=f"{reference}-{person_id}"[:40],
    )
    if outcome is not None:
        work.session.execute(update(Payout).where(Payout.id == payout_id).values(state="in_progress"))
        work.session.execute(
            update(PayoutAttempt).where(PayoutAttempt.payout_id == payout_id).values(due_at=work.clock.now())
        )
        settle(work, {one: Answer(outcome) for one in claim(work, Provider.BANK).send})
    return {"payout_id": payout_id}


def _counters(world: World, work: Work) -> None:
    """Codes on their way to a phone, so that a request can use them up."""
    by = anonymous(Origin(device=DEVICE))
    world.codes = {
        phone: channels.start_code(work, by=by, purpose=purpose, phone=phone)
        for purpose, phone in (("sign_in", "13900000001"), ("verify_phone", "13900000002"))
    }
    stranger = world.people["stranger"].person_id
    issued = channels.issue_counter_code(work, by=_actor(world, work, "clerk"), person_id=stranger)
    world.counter_code = issued.code


def _approvals(world: World, work: Work) -> None:
    clerk = actor_of(work, make_staff(work, roles=["clerk"], agency_id=world.ids["46"]))
    system = actor_of(work, make_staff(work, roles=["system_administrator"], agency_id=world.ids["46"]))
    for name, code in (("inside", BELOW), ("outside", ELSEWHERE)):
        world.things[f"card_{name}"] = _case(world, work, card_change(work, clerk, world.ids[code]))
        world.things[f"role_{name}"] = _case(world, work, _role_change(work, system, world.ids[code]))
    mine = {
        "clerk": card_change(work, _actor(world, work, "clerk"), world.ids[BELOW]),
        "supervisor": _merge(work, _actor(world, work, "supervisor"), world.ids[BELOW]),
        "system": _role_change(work, _actor(world, work, "system"), world.ids[BELOW]),
        "security": _role_change(work, _actor(world, work, "security"), world.ids[BELOW]),
    }
    held = {
        "supervisor": card_change(work, clerk, world.ids[BELOW]),
        "security": _role_change(work, system, world.ids[BELOW]),
    }
    for role, approval_id in mine.items():
        world.callers[role].own["mine"] = _case(world, work, approval_id)
    for role, approval_id in held.items():
        case = _case(world, work, approval_id)
        worklist.claim(work, by=_actor(world, work, role), task_id=case["task_id"], version=1)
        world.callers[role].own["held"] = case
    _reviews(world, work)
    world.things["mine"] = world.callers["clerk"].own["mine"]
    world.things["held"] = world.callers["supervisor"].own["held"]


def _reviews(world: World, work: Work) -> None:
    """Work that is no approval, as rooms to come will have it."""
    kinds.register(REVIEW)
    for name, code in (("review", BELOW), ("review_there", ELSEWHERE)):
        world.things[name] = {"task_id": _review(work, world.ids[code])}
    for role in ("clerk", "supervisor"):
        task_id = _review(work, world.ids[BELOW])
        worklist.claim(work, by=_actor(world, work, role), task_id=task_id, version=1)
        world.callers[role].own["reviewing"] = {"task_id": task_id}
    world.things["reviewing"] = world.callers["clerk"].own["reviewing"]


def _review(work: Work, agency_id: UUID) -> UUID:
    due = work.clock.now()
    return worklist.open_task(
        work, by=SYSTEM, kind=REVIEW.name, agency_id=agency_id, object_id=uuid4(), due_at=due
    )


def _rest(world: World, work: Work) -> None:
    for name in ("inside", "outside"):
        member = world.things[name]["staff_id"]
        by = actor_of(work, Member(member, "", "", ""))
        people.open_record(work, by=by, person_id=world.things[name]["person_id"], purpose="窗口业务办理")
        found = "SELECT id FROM audit_event WHERE actor_id = :by ORDER BY id DESC LIMIT 1"
        world.things[name]["audit_event_id"] = world.sql(found, by=member).scalar_one()
    job_id = enqueue(work, "probe", {})
    world.sql("UPDATE job SET state = 'failed' WHERE id = :id", id=job_id)
    world.things["failed"] = {"job_id": job_id}
    world.things |= {"asset": {"name": "swagger-ui.css"}, "file": {"name": "application.py"}}
    world.things["page"] = {"name": "verify.css"}
    world.things["client"] = {"path": "somewhere"}
    world.things["parameter"] = {"name": "average_wage"}
    assert seal_waiting(work)


def _insured(world: World, work: Work, code: str) -> Insured:
    """A man who insures himself, may retire soon, and has paid for a month."""
    number = id_number(female=False)
    place = {"agency_id": world.ids[code], "category": "flexible", "id_number": number}
    one = make_insured(work, world.client, world.outside, **place)
    shares = Fen(600_000), Fen(48_000), Fen(72_000)
    month = AssessedMonth(date(2025, 1, 1), date(2025, 1, 1), *shares, Decimal("0.7328"))
    accounts.book_months(work, by=SYSTEM, person_id=one.person_id, insurance="110", months=[month])
    return one


def _belongings(world: World, work: Work, one: Insured) -> dict[str, Any]:
    enrolment_id = people.enrol(work, by=SYSTEM, person_id=one.person_id, insurance="170", from_month=FIRST)
    message_id = notify(
        work,
        person_id=one.person_id,
        template="channel_bound",
        params={"channel": "微信小程序"},
        source=f"test:{enrolment_id}",
    )
    document_id, world.qr = documents.made(work, one.person_id)
    ids = {"person_id": one.person_id, "enrolment_id": enrolment_id, "message_id": message_id}
    ids["document_id"] = document_id
    ids["collection_id"] = ids["bill_id"] = _bill(work, one.person_id, "own")
    return ids | _sign_ins(world, one)


def _sign_ins(world: World, one: Citizen) -> dict[str, Any]:
    return {"channel_id": one.channel_id, **_second_session(world, "citizen", UUID(one.channel_id))}


def _session(world: World, kind: Any, subject: UUID) -> str:
    return world.house.sessions.open(kind, subject, label="test", address="127.0.0.1")


def _second_session(world: World, kind: Any, subject: UUID) -> dict[str, Any]:
    found = world.house.sessions.find(kind, _session(world, kind, subject))
    assert found
    return {"session_id": found.id}


def _request(name: str, number: str, scopes: list[str]) -> dict[str, Any]:
    return {"name": name, "id_number": number, "relation": "parent", "scopes": scopes, "until": str(LAST)}


def _ask(helper: Insured, principal: Insured, scopes: list[str]) -> dict[str, Any]:
    answer = helper.post("/family", _request(principal.name, principal.id_number, scopes))
    assert answer.status_code == 201, answer.json
    return {"delegation_id": answer.json["delegation_id"]}


def _actor(world: World, work: Work, role: str) -> Actor:
    member = world.callers[role].member
    assert member
    return actor_of(work, member)


def card_change(work: Work, by: Actor, agency_id: UUID) -> UUID:
    person_id = make_person(work, agency_id=agency_id)
    return people.propose_bank_card(
        work, by=by, person_id=person_id, bank="中国农业银行", number=card_number()
    )


def _merge(work: Work, by: Actor, agency_id: UUID) -> UUID:
    duplicate, kept = make_person(work, agency_id=agency_id), make_person(work, agency_id=agency_id)
    return people.propose_merge(work, by=by, person_id=duplicate, into_id=kept)


def _role_change(work: Work, by: Actor, agency_id: UUID) -> UUID:
    member = make_staff(work, agency_id=agency_id)
    return roles.propose(work, by=by, change=RoleChange(member.staff_id, "clerk", agency_id, "grant"))


def _case(world: World, work: Work, approval_id: UUID) -> dict[str, Any]:
    work.session.flush()
    task_id = world.sql("SELECT id FROM task WHERE object_id = :id", id=approval_id).scalar_one()
    return {"approval_id": approval_id, "task_id": task_id}
