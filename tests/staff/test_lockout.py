"""Counts of wrong sign-ins are forgotten once they no longer matter."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from backend.kernel.clock import FixedClock
from backend.kernel.db import Work
from backend.staff import lockout, rules
from backend.staff.models import SignInFailures


def names_counted(work: Work) -> int:
    work.session.flush()
    return work.session.scalar(select(func.count()).select_from(SignInFailures)) or 0


def test_the_night_forgets_what_is_old_or_forgiven(work: Work, clock: FixedClock) -> None:
    lockout.count(lockout.hold(work, "old.failure"), clock.now())
    clock.advance(rules.FORGOTTEN_AFTER + timedelta(seconds=1))
    lockout.count(lockout.hold(work, "new.failure"), clock.now())
    forgiven = lockout.hold(work, "forgiven")
    lockout.count(forgiven, clock.now())
    lockout.forgive(forgiven)
    assert names_counted(work) == 3
    lockout.forget_old(work, {})
    assert names_counted(work) == 1
    assert lockout.hold(work, "new.failure").failures == 1


def test_names_are_not_readable(work: Work, clock: FixedClock) -> None:
    lockout.count(lockout.hold(work, "my-password-in-the-wrong-field"), clock.now())
    work.session.flush()
    stored = work.session.scalars(select(SignInFailures.username_digest)).all()
    assert not any(b"password" in digest for digest in stored)


def test_only_locked_names_are_told(work: Work, clock: FixedClock) -> None:
    for _ in range(rules.FREE_FAILURES):
        lockout.count(lockout.hold(work, "locked"), clock.now())
        work.session.flush()
    lockout.count(lockout.hold(work, "once"), clock.now())
    work.session.flush()
    until = lockout.locked_until(work, ["locked", "once", "never"])
    assert until == {"locked": clock.now() + rules.FIRST_LOCK}
