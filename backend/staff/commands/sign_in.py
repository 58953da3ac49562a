"""Signing in, and changing one's own password."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from backend.audit.commands import record
from backend.kernel import limits
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import FieldError, Invalid, Unauthenticated
from backend.staff import lockout, queries, rules, totp
from backend.staff.models import Staff
from backend.staff.passwords import Passwords
from backend.staff.pinyin import syllables

PER_ADDRESS = limits.Limit(100, timedelta(minutes=10))
"""A whole hall signs in from one address in the morning; a guesser must not try many names from one."""
_SECRET_OF_NOBODY = "A" * 32


class SignInRefused(Unauthenticated):
    """Name, password or code is wrong, or the account is disabled; which of them, nobody is told."""

    code = "sign_in_refused"
    title = "用户名、密码或动态码不正确，请核对后重试；同一动态码只能使用一次"
    keeps_effects = True


class WrongPassword(Invalid):
    """The present password was not given right."""

    code = "wrong_password"
    title = "当前密码不正确，请核对后重试"
    keeps_effects = True


def count_attempt(work: Work, *, by: Actor) -> None:
    """Counts a sign-in of the caller's address, to be committed before `sign_in`; raises Limited.

    A unit of work of its own, lest all who sign in from one address wait for each other's slow hashes.
    """
    limits.count(work, "staff_sign_in", {"address": by.origin.address}, {"address": PER_ADDRESS})


def sign_in(
    work: Work, *, by: Actor, username: str, password: str, code: str, passwords: Passwords
) -> queries.SignedInStaff:
    """Proves who somebody is by password and dynamic code, which is used up.

    Raises SignInRefused or SignInLocked; both leave their audit row, the first its count. A name that nobody
    bears is answered and counted in the same way, after the same work.
    """
    now = work.clock.now()
    name = _spelling(username)
    member = work.session.scalars(select(Staff).where(Staff.username == name).with_for_update()).one_or_none()
    held = lockout.hold(work, name)
    try:
        lockout.require_open(held, now)
    except lockout.SignInLocked:
        _record_refusal(work, by, member, "locked")
        raise
    right = passwords.verify(member.password_hash if member else passwords.of_nobody, password)
    step = totp.matching_step(
        member.totp_secret if member else _SECRET_OF_NOBODY,
        code,
        now,
        after=member.totp_last_step if member else 0,
    )
    found = queries.signed_in(work, member.id) if member and right and step is not None else None
    if member is None or step is None or found is None:
        lockout.count(held, now)
        _record_refusal(work, by, member, _reason(right, step))
        raise SignInRefused
    lockout.forgive(held)
    member.totp_last_step = step
    if passwords.outdated(member.password_hash):
        member.password_hash = passwords.hash(password)
    found = replace(found, actor=replace(found.actor, origin=by.origin))
    record(work, "staff.signed_in", by=found.actor, object_kind="staff", object_id=member.id)
    return found


def sign_out(work: Work, *, by: Actor) -> None:
    """Records that the caller ended one of their sessions."""
    record(work, "staff.signed_out", by=by, object_kind="staff", object_id=by.id)


def change_password(work: Work, *, by: Actor, current: str, new: str, passwords: Passwords) -> None:
    """Gives the caller a new password of their own choice.

    Raises WrongPassword, which counts like a wrong sign-in, SignInLocked, or WeakPassword.
    """
    if by.id is None:
        raise Unauthenticated
    now = work.clock.now()
    member = work.session.get_one(Staff, by.id, with_for_update=True)
    held = lockout.hold(work, member.username)
    lockout.require_open(held, now)
    if not passwords.verify(member.password_hash, current):
        lockout.count(held, now)
        record(work, "staff.password_change_refused", by=by, object_kind="staff", object_id=member.id)
        raise WrongPassword(fields=(FieldError("current_password", WrongPassword.title),))
    lockout.forgive(held)
    rules.check_password(
        new,
        username=member.username,
        name_pinyin=syllables(member.name),
        previous=[*member.former_password_hashes, member.password_hash],
        verify=passwords.verify,
    )
    remember_password(member)
    member.password_hash = passwords.hash(new)
    member.password_changed_at = now
    member.must_change_password = False
    record(work, "staff.password_changed", by=by, object_kind="staff", object_id=member.id)


def remember_password(member: Staff) -> None:
    """Puts the present password among the former ones, of which as many are kept as the rule looks at."""
    kept = [*member.former_password_hashes, member.password_hash]
    member.former_password_hashes = kept[-rules.PASSWORD_MEMORY :]


def _spelling(username: str) -> str:
    try:
        return rules.normalize_username(username)
    except rules.InvalidUsername:
        return username


def _reason(right: bool, step: int | None) -> str:
    if not right:
        return "password"
    return "code" if step is None else "disabled"


def _record_refusal(work: Work, by: Actor, member: Staff | None, reason: str) -> None:
    """What was typed as a name is not kept: it may be a password."""
    object_id = member.id if member else None
    after = {"reason": reason if member else "unknown_name"}
    record(work, "staff.sign_in_refused", by=by, object_kind="staff", object_id=object_id, after=after)
