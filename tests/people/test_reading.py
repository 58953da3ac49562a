"""What the staff see of people, how far, and what stays of the look."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from backend.kernel.db import Work
from backend.kernel.errors import Invalid, NotFound
from backend.kernel.ids import new_id
from backend.people import commands, queries
from tests.support.people import (
    SYSTEM,
    card_number,
    id_number,
    make_agency,
    make_person,
    staff_actor,
    traces,
)

CLERK = staff_actor("people.search", "people.open", path="46.460100")
STRANGER = staff_actor("people.search", "people.open", path="46.469000")
PHONE = "13812345678"


def test_one_is_found_by_number_phone_name_or_card_and_masked(work: Work) -> None:
    number, card = id_number(), card_number()
    person_id = make_person(work, id_number=number, phone=PHONE)
    make_person(work, name="李四光")
    commands.set_bank_card(work, by=SYSTEM, person_id=person_id, bank="农业银行", number=card)
    for asked in (
        {"id_number": number.lower()},
        {"phone": "+86 " + PHONE},
        {"name": "王 秀英"},
        {"card": card},
    ):
        found = commands.search(work, by=CLERK, **asked)
        assert [one.person_id for one in found] == [person_id]
    shown = found[0]
    assert (shown.name, shown.phone) == ("**英", "138****5678")
    assert shown.id_number == number[:4] + "**********" + number[-4:]
    assert shown.bank_card == "**** " + card[-4:]


def test_a_search_ends_where_ones_reach_ends(work: Work) -> None:
    number = id_number()
    make_person(work, id_number=number)
    assert commands.search(work, by=STRANGER, id_number=number) == []
    assert commands.search(work, by=staff_actor("people.open"), id_number=number) == []
    assert len(commands.search(work, by=staff_actor("people.search"), id_number=number)) == 1


def test_a_search_leaves_who_was_found_and_never_what_was_typed(work: Work) -> None:
    number = id_number()
    person_id = make_person(work, id_number=number)
    commands.search(work, by=CLERK, id_number=number)
    commands.search(work, by=CLERK, name="李四光")
    hit, miss = traces(work, "person.searched")
    assert (hit.subject_id, hit.actor_id) == (person_id, CLERK.id)
    assert hit.values["after"] == {"by": "id_number", "found": [str(person_id)]}
    assert miss.subject_id is None
    assert miss.values["after"] == {"by": "name", "found": []}


def test_a_search_takes_one_thing_at_a_time(work: Work) -> None:
    for asked in ({}, {"name": "王秀英", "phone": PHONE}):
        with pytest.raises(Invalid):
            commands.search(work, by=CLERK, **asked)


def test_a_search_gives_no_more_than_a_page_and_asks_no_more_for_more(work: Work) -> None:
    make_person(work, name="李四光")
    for _ in range(queries.MOST_FOUND + 2):
        make_person(work)
    work.session.flush()
    asked: list[str] = []
    event.listen(work.session.connection(), "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert len(queries.search(work, reach=["46"], name="李四光")) == 1
    for_one = len(asked)
    assert len(queries.search(work, reach=["46"], name="王秀英")) == queries.MOST_FOUND
    assert len(asked) == 2 * for_one <= 10


def test_a_record_opens_for_a_purpose_that_stays(work: Work) -> None:
    number = id_number()
    person_id = make_person(work, id_number=number, phone=PHONE, address="文明东路8号")
    record = commands.open_record(
        work, by=CLERK, person_id=person_id, purpose=f" 核对{number}的缴费，电话{PHONE} "
    )
    assert (record.name, record.id_number, record.phone, record.address) == (
        "王秀英",
        number,
        PHONE,
        "文明东路8号",
    )
    (trace,) = traces(work, "person.opened")
    assert (trace.subject_id, trace.actor_id) == (person_id, CLERK.id)
    assert trace.purpose == f"核对{number[:4]}**********{number[-4:]}的缴费，电话138****5678"


@pytest.mark.parametrize("purpose", ["", " ", "查", "查" * 101])
def test_no_purpose_no_record(work: Work, purpose: str) -> None:
    person_id = make_person(work)
    with pytest.raises(Invalid):
        commands.open_record(work, by=CLERK, person_id=person_id, purpose=purpose)
    assert traces(work, "person.opened") == []


def test_a_record_of_another_agency_is_not_there(work: Work) -> None:
    make_agency(work, "469000", under="46")
    for by, person_id in ((STRANGER, make_person(work)), (CLERK, new_id())):
        with pytest.raises(NotFound):
            commands.open_record(work, by=by, person_id=person_id, purpose="资料核对")


def test_printing_a_view_by_accident_shows_nobody(work: Work) -> None:
    person_id = make_person(work, phone=PHONE)
    shown = repr([queries.record(work, person_id), queries.summary(work, person_id)])
    assert "王秀英" not in shown
    assert PHONE not in shown
