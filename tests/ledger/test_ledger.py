"""Every journal sums to zero, is posted once, and is reversed rather than edited."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.kernel.db import Work
from backend.kernel.money import Fen
from backend.ledger import commands as ledger
from backend.ledger import queries
from backend.ledger.commands import AlreadyPosted, AlreadyReversed, Draft, Entry, Unbalanced
from backend.web.house import House

DAY = date(2025, 6, 1)


def draft(work: Work, *, amount: int = 39_048, source: str = "test", owner: UUID | None = None) -> Draft:
    person = ledger.account(work, "personal_pension", owner or uuid4())
    bureau = ledger.account(work, "collected", uuid4())
    entries = [Entry(person, Fen(amount), "contribution"), Entry(bureau, Fen(-amount), "contribution")]
    return Draft(source, "booked", DAY, entries)


def test_a_balance_is_the_sum_of_what_was_posted(work: Work) -> None:
    owner = uuid4()
    ledger.post(work, draft(work, amount=100, source="a", owner=owner))
    ledger.post(work, draft(work, amount=250, source="b", owner=owner))
    account_id = queries.account_of(work, "personal_pension", owner)
    assert account_id is not None
    assert queries.balance(work, account_id) == 350
    assert queries.balance(work, account_id, before=DAY) == 0
    assert queries.parts(work, owner) == {"personal_pension": {"contribution": 350}}


def test_a_person_without_postings_has_no_account(work: Work) -> None:
    assert queries.account_of(work, "personal_pension", uuid4()) is None


def test_the_same_event_is_posted_once(work: Work) -> None:
    one = draft(work)
    ledger.post(work, one)
    with pytest.raises(AlreadyPosted):
        ledger.post(work, one)
    with pytest.raises(AlreadyPosted):
        ledger.post_many(work, [draft(work, source="other"), one])
    assert queries.balance(work, one.entries[0].account_id) == one.entries[0].amount


def test_an_unbalanced_journal_is_a_programming_error(work: Work) -> None:
    one = draft(work)
    with pytest.raises(Unbalanced):
        ledger.post(work, Draft("test", "lame", DAY, one.entries[:1]))


def test_a_reversal_takes_back_all_of_it_once(work: Work) -> None:
    one = draft(work)
    journal_id = ledger.post(work, one)
    ledger.reverse(work, journal_id, booked_on=date(2025, 7, 1))
    with pytest.raises(AlreadyReversed):
        ledger.reverse(work, journal_id, booked_on=date(2025, 7, 1))
    account_id = one.entries[0].account_id
    assert queries.balance(work, account_id) == 0
    assert queries.balance(work, account_id, before=date(2025, 7, 1)) == one.entries[0].amount


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(amounts=st.lists(st.integers(1, 10**9), min_size=1, max_size=8))
def test_many_at_once_equal_one_by_one(work: Work, amounts: list[int]) -> None:
    together, single = uuid4(), uuid4()
    batch, turn = f"batch-{uuid4()}", f"turn-{uuid4()}"
    drafts = [draft(work, amount=one, source=f"{batch}-{i}", owner=together) for i, one in enumerate(amounts)]
    ledger.post_many(work, drafts)
    for i, amount in enumerate(amounts):
        ledger.post(work, draft(work, amount=amount, source=f"{turn}-{i}", owner=single))
    found = [queries.account_of(work, "personal_pension", owner) for owner in (together, single)]
    assert [queries.balance(work, one) for one in found if one] == [sum(amounts)] * 2


def test_the_database_itself_refuses_what_does_not_sum_to_zero(real_house: House) -> None:
    with real_house.database.work() as work:
        one = draft(work)
        journal_id = ledger.post(work, one)
    with pytest.raises(DBAPIError, match="sum to zero"), real_house.database.work() as work:
        work.session.execute(
            text(
                "INSERT INTO posting (id, journal_id, account_id, entry, booked_on, amount)"
                " VALUES (gen_random_uuid(), :journal, :account, 'forged', '2025-06-01', 1)"
            ),
            {"journal": journal_id, "account": one.entries[0].account_id},
        )
    with real_house.database.reading() as work:
        assert queries.balance(work, one.entries[0].account_id) == one.entries[0].amount


@pytest.mark.parametrize(
    "statement", ["UPDATE posting SET amount = 1", "DELETE FROM posting", "DELETE FROM journal"]
)
def test_the_application_cannot_edit(real_house: House, statement: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), real_house.database.work() as work:
        work.session.execute(text(statement))


def test_of_many_who_post_one_event_one_does(real_house: House) -> None:
    with real_house.database.work() as work:
        one = draft(work)

    def attempt(_: int) -> bool:
        try:
            with real_house.database.work() as work:
                ledger.post(work, one)
        except AlreadyPosted:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(attempt, range(20))) == 1
    with real_house.database.reading() as work:
        assert queries.balance(work, one.entries[0].account_id) == one.entries[0].amount
