"""Who bears a number, and whether somebody is who they say: without telling who is registered."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import event

from backend.kernel.db import Work
from backend.kernel.errors import Invalid
from backend.people import commands, queries
from tests.support.people import SYSTEM, card_number, id_number, make_person

PHONE = "13812345678"


def test_name_number_and_proof_must_all_be_right(work: Work) -> None:
    number, card = id_number(), card_number()
    person_id = make_person(work, id_number=number, phone=PHONE)
    commands.set_bank_card(work, by=SYSTEM, person_id=person_id, bank="农业银行", number=card)
    right = {"name": " 王秀英 ", "id_number": number.lower()}
    for proof in ({}, {"phone": "+86" + PHONE}, {"card": card}, {"phone": PHONE, "card": card}):
        assert queries.identity_matches(work, **right, **proof) == person_id
    for wrong in (
        {"name": "王秀莲"},
        {"id_number": id_number()},
        {"phone": "13812345679"},
        {"card": card_number()},
        {"phone": PHONE, "card": card_number()},
    ):
        assert queries.identity_matches(work, **{**right, **wrong}) is None


def test_what_is_not_registered_proves_nothing(work: Work) -> None:
    number = id_number()
    make_person(work, id_number=number)
    for proof in ({"phone": PHONE}, {"card": card_number()}):
        assert queries.identity_matches(work, name="王秀英", id_number=number, **proof) is None


def test_an_ended_card_proves_nothing(work: Work) -> None:
    number, old, new = id_number(), card_number(), card_number()
    person_id = make_person(work, id_number=number)
    for card in (old, new):
        commands.set_bank_card(work, by=SYSTEM, person_id=person_id, bank="农业银行", number=card)
    assert queries.identity_matches(work, name="王秀英", id_number=number, card=old) is None
    assert queries.identity_matches(work, name="王秀英", id_number=number, card=new) == person_id


def test_the_dead_prove_nothing(work: Work) -> None:
    number = id_number()
    person_id = make_person(work, id_number=number)
    commands.decease(work, by=SYSTEM, person_id=person_id, died_on=date(2026, 11, 1))
    assert queries.identity_matches(work, name="王秀英", id_number=number) is None


def test_the_same_is_done_whether_or_not_the_person_exists(work: Work) -> None:
    number, said = id_number(), []
    make_person(work, id_number=number, phone=PHONE)
    work.session.flush()
    event.listen(work.session.connection(), "before_cursor_execute", lambda *given: said.append(given[2]))
    for name, asked in (("王秀英", number), ("王秀莲", number), ("王秀英", id_number())):
        said.append("--")
        queries.identity_matches(work, name=name, id_number=asked, phone=PHONE)
    runs = "\n".join(said).split("--")[1:]
    assert len({run.strip() for run in runs}) == 1


@pytest.mark.parametrize("wrong", [{"name": "1"}, {"phone": "12"}, {"card": "12"}])
def test_what_cannot_be_is_said_before_anybody_is_looked_for(work: Work, wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        queries.identity_matches(work, **{"name": "王秀英", "id_number": id_number(), **wrong})
