"""The staff's looks at people: every one of them leaves a trace that the person can see."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backend.audit.commands import record
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import FieldError, Invalid
from backend.kernel.masking import mask_text
from backend.people import queries
from backend.people.commands._records import require
from backend.people.models import Person
from backend.people.views import PersonRecord, PersonSummary

PURPOSES = ("窗口业务办理", "资料核对", "待遇审核", "稽核检查", "信访投诉处理", "司法协助")
"""What clerks pick from; another purpose may be written instead."""
LONGEST_PURPOSE = 100


def search(
    work: Work,
    *,
    by: Actor,
    id_number: str | None = None,
    phone: str | None = None,
    name: str | None = None,
    card: str | None = None,
) -> Sequence[PersonSummary]:
    """Persons that answer to one thing, masked, as far as `people.search` reaches.

    The trace says by what was searched and who was found, never what was typed. Raises Invalid.
    """
    given = {"id_number": id_number, "phone": phone, "name": name, "card": card}
    used = [key for key, value in given.items() if value is not None]
    if len(used) != 1:
        raise Invalid("请按证件号码、手机号、姓名、银行卡号中的一项查询")
    found = queries.search(work, reach=by.reach("people.search"), **given)
    record(
        work,
        "person.searched",
        by=by,
        subject=found[0].person_id if len(found) == 1 else None,
        after={"by": used[0], "found": [str(one.person_id) for one in found]},
    )
    return found


def open_record(work: Work, *, by: Actor, person_id: UUID, purpose: str) -> PersonRecord:
    """A whole record, for a purpose that is written down.

    Needs `people.open`. Raises Invalid for a purpose too short or too long, NotFound for one out of reach.
    """
    text = purpose.strip()
    if not 2 <= len(text) <= LONGEST_PURPOSE:
        raise Invalid(fields=(FieldError("purpose", f"请说明查看事由（2到{LONGEST_PURPOSE}个字）"),))
    require(work, by, "people.open", work.session.get(Person, person_id))
    record(work, "person.opened", by=by, subject=person_id, purpose=mask_text(text))
    return queries.record(work, person_id)
