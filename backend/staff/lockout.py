"""Counting wrong passwords and codes under a user name, one attempt at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.errors import Limited
from backend.staff import rules
from backend.staff.models import SignInFailures

FORGET = "staff.forget_failures"


class SignInLocked(Limited):
    """Too many wrong passwords or codes in a row under this name."""

    code = "sign_in_locked"
    title = "连续输错次数过多，已暂时锁定，请稍后再试，或联系安全管理员解锁"


def hold(work: Work, username: str) -> SignInFailures:
    """The count under a name, held until the transaction ends: attempts at once wait for each other."""
    statement = insert(SignInFailures).values(username_digest=_digest(username))
    return work.session.scalars(
        statement.on_conflict_do_update(
            index_elements=["username_digest"], set_={"username_digest": statement.excluded.username_digest}
        ).returning(SignInFailures),
        execution_options={"populate_existing": True},
    ).one()


def require_open(held: SignInFailures, now: datetime) -> None:
    """Raises SignInLocked while the name is locked; such an attempt is not counted, lest it never open."""
    until = rules.locked_until(held.failures, held.last_failure_at, now)
    if until is not None:
        raise SignInLocked(retry_after=until - now)


def count(held: SignInFailures, now: datetime) -> None:
    """Counts one wrong attempt."""
    held.failures = rules.failures_after(held.failures, held.last_failure_at, now)
    held.last_failure_at = now


def forgive(held: SignInFailures) -> None:
    """Starts afresh: the person has proved themselves, or was unlocked."""
    held.failures, held.last_failure_at = 0, None


def locked_until(work: Work, usernames: Collection[str]) -> dict[str, datetime]:
    """Which of these names are locked, and until when."""
    names = {_digest(username): username for username in usernames}
    rows = work.session.scalars(select(SignInFailures).where(SignInFailures.username_digest.in_(names)))
    now = work.clock.now()
    ends = {
        names[row.username_digest]: rules.locked_until(row.failures, row.last_failure_at, now) for row in rows
    }
    return {username: end for username, end in ends.items() if end is not None}


def forget_old(work: Work, _payload: Mapping[str, Any]) -> None:
    """The job: deletes counts that no longer matter."""
    long_ago = work.clock.now() - rules.FORGOTTEN_AFTER
    work.session.execute(
        delete(SignInFailures).where(
            SignInFailures.last_failure_at.is_(None) | (SignInFailures.last_failure_at < long_ago)
        )
    )


def _digest(username: str) -> bytes:
    return keyring().digest("username", username)
