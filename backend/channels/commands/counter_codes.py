"""Codes that a counter prints for a person whose card was seen there: the way in when the phone is stale."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from backend.audit.commands import record
from backend.channels.models import BindingCode
from backend.channels.rules import COUNTER_CODE_HOLDS, COUNTER_CODE_LENGTH, COUNTER_CODE_LETTERS, printed
from backend.kernel.actor import Actor
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.errors import Conflict
from backend.kernel.ids import new_id
from backend.kernel.rows import add
from backend.people import queries as people
from backend.people.rules.typed import compact

NOBODY = UUID(int=0)


@dataclass(frozen=True)
class IssuedCode:
    """A code in clear, told once."""

    code: str = field(repr=False)
    expires_at: datetime


class IssuedJustNow(Conflict):
    """Two clerks issued a code for one person at once."""

    code = "binding_code_issued"
    title = "刚刚已为此人签发绑定码，请稍后再试"


def issue_counter_code(work: Work, *, by: Actor, person_id: UUID) -> IssuedCode:
    """A fresh code for a person; an older one no longer counts.

    Needs `binding_codes.issue`. Raises NotFound, Forbidden, PersonMergedAway, PersonDead, IssuedJustNow.
    """
    people.require_reach(work, person_id, by=by, function="binding_codes.issue")
    people.require_living(work, person_id)
    revoke_codes(work, person_id=person_id)
    code = "".join(secrets.choice(COUNTER_CODE_LETTERS) for _ in range(COUNTER_CODE_LENGTH))
    now = work.clock.now()
    row = BindingCode(
        id=new_id(),
        person_id=person_id,
        code_digest=keyring().digest("binding_code", code),
        issued_by=by.id,
        issued_at=now,
        expires_at=now + COUNTER_CODE_HOLDS,
    )
    add(work, row, taken=IssuedJustNow())
    record(
        work, "binding_code.issued", by=by, subject=person_id, object_kind="binding_code", object_id=row.id
    )
    return IssuedCode(printed(code), row.expires_at)


def use_counter_code(work: Work, *, person_id: UUID | None, code: str) -> bool:
    """Uses up a person's code, as typed; False when it is not theirs, was used or revoked, or is too old.

    One statement, for nobody too, so that a person who does not exist costs as much as one who does.
    """
    now = work.clock.now()
    used = work.session.execute(
        update(BindingCode)
        .where(
            BindingCode.person_id == (person_id or NOBODY),
            BindingCode.code_digest == keyring().digest("binding_code", compact(code).upper()),
            BindingCode.used_at.is_(None),
            BindingCode.revoked_at.is_(None),
            BindingCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(BindingCode.id)
    )
    return used.scalar_one_or_none() is not None


def revoke_codes(work: Work, *, person_id: UUID) -> None:
    """A person's open code no longer counts."""
    work.session.execute(
        update(BindingCode)
        .where(
            BindingCode.person_id == person_id,
            BindingCode.used_at.is_(None),
            BindingCode.revoked_at.is_(None),
        )
        .values(revoked_at=work.clock.now())
    )
