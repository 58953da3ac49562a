"""Documents are asked for in a caller's transaction, made once by a job, kept sealed, and taken back."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
from pypdf import PdfReader
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from backend.documents import commands, kinds, queries
from backend.documents.models import TRANSITIONS, Document
from backend.documents.verification import NotGenuine, verify_file
from backend.kernel.actor import Actor, Origin, anonymous, system
from backend.kernel.clock import FixedClock
from backend.kernel.crypto import CannotOpen
from backend.kernel.db import Work
from backend.kernel.errors import Limited, NotFound
from backend.kernel.ids import new_id
from backend.kernel.jobs import DueWork, Job
from backend.web.house import House
from tests.support.documents import KEYS, REMEMBERED, request, statement, text_of
from tests.support.people import traces
from tests.support.racing import at_once

PERSON = new_id()
STRANGER = anonymous(Origin(address="203.0.113.7"))


@pytest.fixture(autouse=True)
def drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "draw", REMEMBERED)


def run_jobs(house: House) -> int:
    return house.ports.get(DueWork).drain()


def make(house: House, fingerprint: str = "v1") -> UUID:
    with house.database.work() as work:
        document_id = request(work, PERSON, fingerprint=fingerprint)
    run_jobs(house)
    return document_id


def state(work: Work, document_id: UUID) -> str:
    return queries.get(work, document_id).state


def qr_printed(pdf: bytes) -> str:
    [qr] = PdfReader(BytesIO(pdf)).attachments["qr.txt"]
    return qr.decode()


def test_a_document_is_made_by_the_worker(house: House, work: Work) -> None:
    document_id = request(work, PERSON)
    assert state(work, document_id) == "requested"
    with pytest.raises(queries.NotReady):
        queries.pdf_bytes(work, document_id)
    work.session.flush()
    run_jobs(house)
    work.session.expire_all()
    found = queries.get(work, document_id)
    assert (found.state, found.serial, found.kind_label) == ("ready", "QY20261122-000001", "个人权益记录单")
    pdf = queries.pdf_bytes(work, document_id)
    assert verify_file(pdf, KEYS).serial == found.serial
    assert "王秀英" in text_of(pdf)


def test_the_same_state_of_the_records_is_made_once(house: House, work: Work) -> None:
    first = make(house)
    assert request(work, PERSON) == first
    assert request(work, PERSON, status="中断缴费") == first  # the fingerprint decides
    assert run_jobs(house) == 0


def test_another_state_person_or_kind_of_records_is_another_document(house: House, work: Work) -> None:
    ids = {request(work, PERSON), request(work, PERSON, fingerprint="v2"), request(work, new_id())}
    assert len(ids) == 3
    assert len(set(work.session.scalars(select(Document.serial)))) == 3


def test_who_asks_at_the_same_time_gets_the_same_document(real_house: House) -> None:
    def ask(_: int) -> UUID:
        with real_house.database.work() as work:
            return request(work, PERSON)

    assert len(set(at_once(8, ask))) == 1
    with real_house.database.work() as work:
        assert len(list(work.session.scalars(select(Job).where(Job.kind == commands.MAKE)))) == 1


def test_nothing_is_kept_when_the_caller_s_transaction_fails(real_house: House) -> None:
    with pytest.raises(ZeroDivisionError), real_house.database.work() as work:
        request(work, PERSON)
        raise ZeroDivisionError
    with real_house.database.work() as work:
        assert work.session.scalars(select(Document)).all() == []
        assert work.session.scalars(select(Job)).all() == []


def test_a_wrong_content_gets_no_number(work: Work) -> None:
    with pytest.raises(kinds.BadContent):
        request(work, PERSON, from_month="2026-01")
    with pytest.raises(KeyError):
        commands.request(
            work, by=system("test"), kind="diploma", person_id=PERSON, content=statement(), fingerprint="v1"
        )
    assert work.session.scalars(select(Document)).all() == []


def test_a_job_that_failed_is_tried_again_and_ends_in_the_same_document(
    house: House, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.database.work() as work:
        document_id = request(work, PERSON)
    with monkeypatch.context() as broken:
        broken.setattr(kinds, "draw", lambda *_: (_ for _ in ()).throw(OSError("no typeface")))
        assert run_jobs(house) == 1
    with house.database.work() as work:
        job = work.session.scalars(select(Job).where(Job.kind == commands.MAKE)).one()
        assert (job.state, job.attempts, state(work, document_id)) == ("waiting", 1, "requested")
        assert request(work, PERSON) == document_id
    clock.advance(timedelta(minutes=1))
    run_jobs(house)
    with house.database.work() as work:
        assert verify_file(queries.pdf_bytes(work, document_id), KEYS).serial == "QY20261122-000001"


def test_making_it_twice_changes_nothing(house: House, work: Work) -> None:
    document_id = make(house)
    before = queries.pdf_bytes(work, document_id)
    commands.make(work, document_id=document_id, verify_at="https://elsewhere.example", specimen=False)
    assert queries.pdf_bytes(work, document_id) == before
    assert len(traces(work, "document.made")) == 1


def test_a_content_of_another_time_fails_and_can_be_asked_for_again(house: House, work: Work) -> None:
    document_id = request(work, PERSON)
    document = work.session.get_one(Document, document_id)
    document.content = {"issuer": "a shape that this release does not know"}
    work.session.flush()
    run_jobs(house)
    work.session.expire_all()
    assert state(work, document_id) == "failed"
    with pytest.raises(queries.NoFile):
        queries.pdf_bytes(work, document_id)
    assert request(work, PERSON) == document_id
    work.session.flush()
    run_jobs(house)
    work.session.expire_all()
    assert state(work, document_id) == "ready"


def test_a_revoked_document_says_so_and_is_replaced(house: House, work: Work) -> None:
    document_id = make(house)
    qr = qr_printed(queries.pdf_bytes(work, document_id))
    assert commands.verify(work, by=STRANGER, qr=qr).state == "valid"
    commands.revoke(work, by=system("test"), document_id=document_id, reason="更正缴费记录")
    assert commands.verify(work, by=STRANGER, qr=qr).state == "revoked"
    with pytest.raises(queries.NoFile):
        queries.pdf_bytes(work, document_id)
    with pytest.raises(commands.WrongState):
        commands.revoke(work, by=system("test"), document_id=document_id, reason="再次")
    assert request(work, PERSON) != document_id
    [trace] = traces(work, "document.revoked")
    assert (trace.subject_id, trace.values["after"]) == (PERSON, {"reason": "更正缴费记录"})


def test_only_a_made_document_can_be_revoked(work: Work) -> None:
    with pytest.raises(commands.WrongState):
        commands.revoke(work, by=system("test"), document_id=request(work, PERSON), reason="太早")
    with pytest.raises(NotFound):
        commands.revoke(work, by=system("test"), document_id=new_id(), reason="没有")


def test_verification_tells_a_stranger_little(house: House, work: Work) -> None:
    qr = qr_printed(queries.pdf_bytes(work, make(house)))
    found = commands.verify(work, by=STRANGER, qr=qr)
    assert (found.holder, found.kind_label, found.state_label) == ("**英", "个人权益记录单", "有效")
    assert found.issued_on.isoformat() == "2026-11-22"


def test_a_genuine_signature_on_a_document_that_is_not_on_record_does_not_pass(
    house: House, work: Work
) -> None:
    document_id = make(house)
    qr = qr_printed(queries.pdf_bytes(work, document_id))
    work.session.execute(text("UPDATE document SET content_hash = :other"), {"other": b"x" * 32})
    with pytest.raises(NotGenuine, match="没有这份文件的记录"):
        commands.verify(work, by=STRANGER, qr=qr)
    work.session.execute(text("DELETE FROM document"))
    with pytest.raises(NotGenuine, match="没有这份文件的记录"):
        commands.verify(work, by=STRANGER, qr=qr)


def test_strangers_are_counted_by_address(work: Work) -> None:
    for _ in range(commands.VERIFICATIONS["address"].most):
        with pytest.raises(NotGenuine):
            commands.verify(work, by=STRANGER, qr="x")
    with pytest.raises(Limited):
        commands.verify(work, by=STRANGER, qr="x")
    with pytest.raises(NotGenuine):
        commands.verify(work, by=anonymous(Origin(address="203.0.113.8")), qr="x")


def test_a_stolen_dump_shows_nothing(house: House, work: Work) -> None:
    make(house)
    row = work.session.execute(text("SELECT * FROM document")).mappings().one()
    for value in row.values():
        raw = value if isinstance(value, bytes) else str(value).encode()
        assert not any(shown in raw for shown in ("王秀英".encode(), b"%PDF", b"8123456", b"002X"))
    queue = work.session.scalars(select(Job.payload)).all()
    assert [set(payload) for payload in queue] == [{"document_id"}]


def test_a_file_does_not_open_in_another_row(house: House, work: Work) -> None:
    first, second = make(house), make(house, "v2")
    other = "SELECT pdf_sealed FROM document WHERE id = :one"
    moved = f"UPDATE document SET pdf_sealed = ({other}) WHERE id = :two"
    work.session.execute(text(moved), {"one": first, "two": second})
    work.session.expire_all()
    with pytest.raises(CannotOpen):
        queries.pdf_bytes(work, second)


def test_every_step_is_on_record_without_the_content(house: House, work: Work) -> None:
    by = Actor("citizen", new_id(), person_id=PERSON)
    commands.request(work, by=by, kind="statement", person_id=PERSON, content=statement(), fingerprint="v1")
    work.session.flush()
    run_jobs(house)
    [asked], [made] = traces(work, "document.requested"), traces(work, "document.made")
    assert (asked.subject_id, asked.actor_id, made.actor_kind) == (PERSON, by.id, "system")
    assert "王秀英" not in json.dumps([asked.values, made.values], ensure_ascii=False)


def test_states_lead_on_or_are_final() -> None:
    reached = {"requested"}
    for _ in TRANSITIONS:
        reached |= {after for before in reached for after in TRANSITIONS[before]}
    assert reached == set(TRANSITIONS)
    assert [one for one, after in TRANSITIONS.items() if not after] == ["revoked"]


@pytest.mark.parametrize(
    "change",
    ["state = 'ready'", "state = 'revoked'", "revoked_at = now()", "made_at = now()", "state = 'lost'"],
)
def test_the_database_refuses_half_made_documents(work: Work, change: str) -> None:
    request(work, PERSON)
    work.session.flush()
    with pytest.raises(IntegrityError), work.session.begin_nested():
        work.session.execute(text(f"UPDATE document SET {change}"))
