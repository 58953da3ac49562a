"""Letting payouts go that two people must have looked at: one proposes a list, another one releases it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import any_, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from backend.agencies import queries as agencies
from backend.audit.commands import record
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import FieldError, Invalid, NotFound
from backend.kernel.money import Fen, yuan_text
from backend.payouts.errors import PayoutState
from backend.payouts.kinds import payout_kind
from backend.payouts.models import Payout, PayoutAttempt
from backend.worklist import commands as worklist
from backend.worklist.errors import ApprovalStale
from backend.worklist.kinds import ApprovalKind, Change

MOST = 1000


def propose_release(work: Work, *, by: Actor, payout_ids: Collection[UUID], note: str = "") -> UUID:
    """Asks that payouts of one agency and kind go out; a second person decides. Gives the approval's id.

    Needs `payouts.request` over the agency. Raises NotFound, Invalid for a mixed or too long list,
    PayoutState when one waits for nothing, ApprovalPending for the same list again.
    """
    wanted = sorted(set(payout_ids))
    if not 1 <= len(wanted) <= MOST:
        raise Invalid(fields=(FieldError("payout_ids", f"每次可提交1到{MOST}笔"),))
    found = work.session.scalars(select(Payout).where(Payout.id.in_(wanted))).all()
    paths = agencies.paths(work, {one.agency_id for one in found})
    if len(found) != len(wanted) or not all(by.allows("payouts.request", path) for path in paths.values()):
        raise NotFound
    if len({(one.kind, one.agency_id) for one in found}) > 1:
        raise Invalid(fields=(FieldError("payout_ids", "请选择同一经办机构、同一类别的拨付"),))
    if any(one.state != "awaiting_approval" for one in found):
        raise PayoutState
    return worklist.propose(
        work,
        by=by,
        kind=PAYOUT_RELEASE.name,
        agency_id=found[0].agency_id,
        target_id=uuid5(NAMESPACE_OID, f"payouts:{_digest(wanted)}"),
        target_version=1,
        subject_id=found[0].payee_id if len(found) == 1 else None,
        payload={
            "kind": found[0].kind,
            "payout_ids": [str(one) for one in wanted],
            "total": sum(one.amount for one in found),
        },
        note=note,
    )


def _digest(payout_ids: Collection[UUID]) -> str:
    return hashlib.sha256(b"".join(one.bytes for one in payout_ids)).hexdigest()


def _apply(work: Work, _target_id: UUID, payload: Any, by: Actor) -> None:
    """All of them or none: a list of which something has changed since is no longer what was agreed on."""
    ids = [UUID(one) for one in payload["payout_ids"]]
    rows = work.session.execute(
        select(Payout.id, Payout.state, Payout.amount, Payout.payee_id)
        .where(Payout.id.in_(ids))
        .order_by(Payout.id)
        .with_for_update()
    ).all()
    total = sum(row.amount for row in rows)
    if total != payload["total"] or any(row.state != "awaiting_approval" for row in rows):
        raise ApprovalStale
    now, wanted = work.clock.now(), literal(ids, ARRAY(Uuid()))
    work.session.execute(
        update(Payout)
        .where(Payout.id == any_(wanted))
        .values(state="in_progress", version=Payout.version + 1)
    )
    work.session.execute(
        update(PayoutAttempt)
        .where(PayoutAttempt.payout_id == any_(wanted), PayoutAttempt.state == "waiting")
        .values(due_at=now)
    )
    for row in rows:
        record(work, "payout.released", by=by, subject=row.payee_id, object_kind="payout", object_id=row.id)


def _current_version(_work: Work, _target_id: UUID) -> int:
    """Always the same: the list itself is the target, and `_apply` looks at every one of it."""
    return 1


def _describe(payload: Any) -> tuple[Change, ...]:
    return (
        Change("拨付类别", None, payout_kind(payload["kind"]).label),
        Change("笔数", None, f"{len(payload['payout_ids'])}笔"),
        Change("合计金额", None, f"{yuan_text(Fen(payload['total']))}元"),
    )


PAYOUT_RELEASE = ApprovalKind(
    name="payout_release",
    label="拨付放行",
    function="payouts.release",
    current_version=_current_version,
    apply=_apply,
    describe=_describe,
)
