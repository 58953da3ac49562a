"""Codes that can be read out and copied by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backend.channels import commands, handlers, rules
from backend.channels.models import BindingCode, OneTimeCode
from backend.kernel.actor import Origin, anonymous
from backend.kernel.clock import FixedClock
from backend.kernel.db import Work
from tests.support.people import make_person, staff_actor

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_counter_codes_have_no_look_alikes(work: Work) -> None:
    person_id, clerk = make_person(work), staff_actor("binding_codes.issue")
    codes = {
        commands.issue_counter_code(work, by=clerk, person_id=person_id).code.replace("-", "")
        for _ in range(30)
    }
    assert len(codes) == 30
    assert all(len(code) == 10 and set(code) <= set(rules.COUNTER_CODE_LETTERS) for code in codes)
    assert not set(rules.COUNTER_CODE_LETTERS) & set("0OQ1IL2Z5S8B") - {"Q"}


def test_codes_are_kept_as_digests(work: Work) -> None:
    clerk, stranger = staff_actor("binding_codes.issue"), anonymous(Origin("r", "a", "device-0001"))
    printed = commands.issue_counter_code(work, by=clerk, person_id=make_person(work)).code
    sent = commands.start_code(work, by=stranger, purpose="sign_in", phone="13812345678")
    work.session.flush()
    for model, code in ((BindingCode, printed.replace("-", "")), (OneTimeCode, sent)):
        digest = work.session.query(model.code_digest).scalar()
        assert len(digest) == 32 and code.encode() not in digest


def test_codes_are_forgotten_a_week_after_they_expired(work: Work, clock: FixedClock) -> None:
    clerk, stranger = staff_actor("binding_codes.issue"), anonymous(Origin("r", "a", "device-0001"))
    commands.issue_counter_code(work, by=clerk, person_id=make_person(work))
    commands.start_code(work, by=stranger, purpose="sign_in", phone="13812345678")
    left = []
    for days in (7, 1, 2):
        clock.advance(timedelta(days=days, minutes=5 if days == 7 else 0))
        handlers.forget_old_codes(work, {})
        left.append([work.session.query(model).count() for model in (OneTimeCode, BindingCode)])
    assert left == [[0, 1], [0, 1], [0, 0]]


def test_a_phone_proves_for_a_day() -> None:
    assert not rules.proves(None, NOW)
    assert rules.proves(NOW - timedelta(hours=23, minutes=59), NOW)
    assert not rules.proves(NOW - timedelta(hours=24), NOW)


def test_codes_are_printed_in_two_halves() -> None:
    assert rules.printed("ACDEF34679") == "ACDEF-34679"
