"""Delegations below the API: at once, after merges, and at use."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from backend.family import commands, queries
from backend.family.commands import AlreadyAsked, DelegationOver, TooManyHelped
from backend.family.events import DelegationAgreed, DelegationAsked, DelegationClosed
from backend.family.models import Delegation
from backend.family.rules import Relation, Scope
from backend.kernel.actor import Actor
from backend.kernel.clock import FixedClock
from backend.kernel.db import Work
from backend.kernel.errors import Forbidden, NotFound
from backend.kernel.ids import new_id
from backend.web.house import House
from tests.support.people import SYSTEM, id_number, listen, make_person, staff_actor, told
from tests.support.racing import at_once

UNTIL = date(2027, 11, 22)
NAME = "王秀英"


def citizen(person_id: UUID) -> Actor:
    channel_id = new_id()
    return Actor("citizen", channel_id, "miniprogram", person_id=person_id, channel_id=channel_id)


def ask(work: Work, helper: UUID, number: str, *scopes: str, name: str = NAME) -> UUID:
    return commands.ask(
        work,
        by=citizen(helper),
        name=name,
        id_number=number,
        relation=Relation.PARENT,
        scopes=scopes or ("look",),
        until=UNTIL,
    )


def delegate(work: Work, helper: UUID, principal: UUID, number: str, *scopes: str) -> UUID:
    delegation_id = ask(work, helper, number, *scopes)
    commands.agree(work, by=citizen(principal), delegation_id=delegation_id)
    work.session.flush()
    return delegation_id


def may(work: Work, helper: UUID, principal: UUID, scope: Scope = Scope.LOOK) -> bool:
    return queries.may_act(work, helper, principal, scope, work.clock.today())


@pytest.fixture
def pair(work: Work) -> tuple[UUID, UUID, str]:
    """A helper, a principal and the principal's number."""
    number = id_number()
    return make_person(work, name="李小红"), make_person(work, name=NAME, id_number=number), number


def open_ones(house: House) -> int:
    with house.database.reading() as work:
        statement = select(func.count()).where(Delegation.state.in_(("requested", "active")))
        return work.session.scalar(statement) or 0


class TestAtOnce:
    """Two unique indexes hold the bounds."""

    def test_ten_requests_at_once_leave_five(self, real_house: House) -> None:
        with real_house.database.work() as work:
            helper = make_person(work)
        numbers = [id_number() for _ in range(10)]

        def one(number: int) -> UUID:
            with real_house.database.work() as work:
                return ask(work, helper, numbers[number])

        ends = at_once(10, one)
        assert sum(isinstance(end, UUID) for end in ends) == 5
        assert sum(isinstance(end, TooManyHelped) for end in ends) == 5
        assert open_ones(real_house) == 5

    def test_one_pair_at_once_is_one_request(self, real_house: House) -> None:
        with real_house.database.work() as work:
            helper = make_person(work)
        number = id_number()

        def one(_number: int) -> UUID:
            with real_house.database.work() as work:
                return ask(work, helper, number)

        ends = at_once(6, one)
        assert sum(isinstance(end, UUID) for end in ends) == 1
        assert sum(isinstance(end, AlreadyAsked) for end in ends) == 5

    def test_agreed_to_and_withdrawn_at_once_is_one_of_both(self, real_house: House) -> None:
        with real_house.database.work() as work:
            number = id_number()
            helper, principal = make_person(work), make_person(work, name=NAME, id_number=number)
            delegation_id = ask(work, helper, number)

        def one(which: int) -> None:
            with real_house.database.work() as work:
                if which:
                    commands.refuse(work, by=citizen(principal), delegation_id=delegation_id)
                else:
                    commands.agree(work, by=citizen(principal), delegation_id=delegation_id)

        ends = at_once(2, one)
        assert sorted(type(end).__name__ for end in ends) == ["DelegationOver", "NoneType"]


class TestMayAct:
    """Only what was agreed to, only in that direction, only in time."""

    def test_the_scopes_that_were_agreed_to(self, work: Work, pair: tuple[UUID, UUID, str]) -> None:
        helper, principal, number = pair
        delegate(work, helper, principal, number, "look", "pay")
        assert {scope for scope in Scope if may(work, helper, principal, scope)} == {"look", "pay"}
        assert not may(work, principal, helper)
        assert not may(work, helper, make_person(work))

    def test_not_after_the_last_day(
        self, work: Work, pair: tuple[UUID, UUID, str], clock: FixedClock
    ) -> None:
        helper, principal, number = pair
        delegate(work, helper, principal, number)
        clock.advance(timedelta(days=365))
        assert may(work, helper, principal)
        clock.advance(timedelta(days=1))
        assert not may(work, helper, principal)


class TestMerges:
    """Delegations follow the person; what no longer makes sense ends."""

    def follow(self, work: Work, from_id: UUID, to_id: UUID) -> None:
        work.session.flush()
        commands.follow_merge(work, by=SYSTEM, from_id=from_id, to_id=to_id)
        work.session.flush()

    def test_on_the_principals_side(self, work: Work, pair: tuple[UUID, UUID, str]) -> None:
        helper, principal, number = pair
        delegate(work, helper, principal, number)
        kept = make_person(work)
        self.follow(work, principal, kept)
        assert may(work, helper, kept) and not may(work, helper, principal)

    def test_on_the_helpers_side(self, work: Work, pair: tuple[UUID, UUID, str]) -> None:
        helper, principal, number = pair
        delegate(work, helper, principal, number)
        kept = make_person(work)
        ask(work, kept, id_number())
        self.follow(work, helper, kept)
        assert may(work, kept, principal)
        assert len(queries.of_helper(work, kept)) == 2

    def test_helper_and_principal_were_one(self, work: Work, pair: tuple[UUID, UUID, str]) -> None:
        helper, principal, number = pair
        delegate(work, helper, principal, number)
        self.follow(work, helper, principal)
        assert [one.state for one in queries.of_principal(work, principal)] == ["ended"]

    def test_both_had_asked_the_same_person(self, work: Work, pair: tuple[UUID, UUID, str]) -> None:
        helper, principal, number = pair
        delegate(work, helper, principal, number)
        kept = make_person(work)
        delegate(work, kept, principal, number)
        self.follow(work, helper, kept)
        assert may(work, kept, principal)
        assert sorted(one.state for one in queries.of_principal(work, principal)) == ["active", "ended"]

    def test_a_sixth_ends(self, work: Work) -> None:
        duplicate, kept = make_person(work), make_person(work)
        for helper, times in ((duplicate, 2), (kept, 4)):
            for _ in range(times):
                ask(work, helper, id_number())
        self.follow(work, duplicate, kept)
        assert [one.state for one in queries.of_helper(work, kept)].count("requested") == 5
        assert [one.state for one in queries.of_helper(work, duplicate)] == ["ended"]

    def test_followed_twice_is_followed_once(self, work: Work, pair: tuple[UUID, UUID, str]) -> None:
        helper, principal, number = pair
        delegate(work, helper, principal, number)
        kept = make_person(work)
        self.follow(work, principal, kept)
        self.follow(work, principal, kept)
        assert may(work, helper, kept)


class TestCounter:
    """A clerk in reach confirms for a principal who has no phone."""

    def test_needs_the_function_over_the_principals_agency(
        self, work: Work, pair: tuple[UUID, UUID, str]
    ) -> None:
        helper, principal, number = pair
        delegation_id = ask(work, helper, number)
        far = staff_actor("delegations.confirm", path="46.460200")
        looking = staff_actor("people.open")
        for clerk, refusal in ((far, NotFound), (looking, Forbidden), (staff_actor(), NotFound)):
            with pytest.raises(refusal):
                commands.confirm_at_counter(work, by=clerk, delegation_id=delegation_id)
        commands.confirm_at_counter(work, by=staff_actor("delegations.confirm"), delegation_id=delegation_id)
        work.session.flush()
        assert may(work, helper, principal)
        assert work.session.get_one(Delegation, delegation_id).agreed_via == "counter"

    def test_a_request_for_nobody_cannot_be_confirmed(self, work: Work, pair: tuple[UUID, UUID, str]) -> None:
        delegation_id = ask(work, pair[0], id_number())
        with pytest.raises(NotFound):
            commands.confirm_at_counter(
                work, by=staff_actor("delegations.confirm"), delegation_id=delegation_id
            )


def test_every_step_is_told(house: House, work: Work, pair: tuple[UUID, UUID, str]) -> None:
    listen(house.registry, DelegationAsked, DelegationAgreed, DelegationClosed)
    helper, principal, number = pair
    delegation_id = delegate(work, helper, principal, number)
    commands.end(work, by=citizen(helper), delegation_id=delegation_id)
    ids = {"delegation_id": str(delegation_id), "helper_id": str(helper), "principal_id": str(principal)}
    assert told(work, DelegationAsked) == told(work, DelegationAgreed) == [ids]
    assert told(work, DelegationClosed) == [ids | {"state": "ended"}]
    with pytest.raises(DelegationOver):
        commands.end(work, by=citizen(helper), delegation_id=delegation_id)


def test_names_and_numbers_are_sealed(work: Work, pair: tuple[UUID, UUID, str]) -> None:
    helper, _, number = pair
    row = work.session.get_one(Delegation, ask(work, helper, number))
    assert (row.asked_name, row.asked_number) == (NAME, number)
    assert NAME.encode() not in row.asked_name_sealed and number.encode() not in row.asked_number_sealed
