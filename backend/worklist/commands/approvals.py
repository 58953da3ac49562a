"""Changes that two people make together: one asks, another one allows, and only then anything changes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from typing import Any
from uuid import UUID

from backend.agencies import queries as agencies
from backend.audit.commands import record
from backend.kernel.actor import Actor
from backend.kernel.crypto import CannotOpen, keyring
from backend.kernel.db import Work
from backend.kernel.errors import Forbidden, NotFound
from backend.kernel.ids import new_id, next_serial
from backend.kernel.remarks import remark
from backend.kernel.rows import add
from backend.worklist import kinds, queries
from backend.worklist.commands.tasks import close_task, open_task
from backend.worklist.errors import (
    ApprovalDecided,
    ApprovalPending,
    ApprovalStale,
    ApprovalTampered,
    NotTheMaker,
    OwnApproval,
)
from backend.worklist.models import Approval
from backend.worklist.queries import ApprovalView

TIME_TO_DECIDE = timedelta(days=3)
LONGEST_TEXT = 200


@dataclass(frozen=True, repr=False)
class OpenedApproval:
    """An approval with what would change, as the checker sees it."""

    approval: ApprovalView
    changes: tuple[kinds.Change, ...]


def propose(
    work: Work,
    *,
    by: Actor,
    kind: str,
    agency_id: UUID,
    target_id: UUID,
    target_version: int,
    subject_id: UUID | None,
    payload: Any,
    note: str = "",
) -> UUID:
    """Asks for a change of a registered kind and opens the task of deciding on it.

    The caller has checked that `by` may ask. `payload` is a JSON value that holds all that the kind needs to
    describe and to make the change. Raises Forbidden for anybody but staff, Invalid, ApprovalStale,
    ApprovalPending, LookupError for an unknown kind.
    """
    if by.kind != "staff" or by.id is None:
        raise Forbidden
    if kinds.approval_kind(kind).current_version(work, target_id) != target_version:
        raise ApprovalStale
    approval = Approval(
        id=new_id(),
        serial=next_serial(work.session, "SP", work.clock.today()),
        kind=kind,
        agency_id=agency_id,
        target_id=target_id,
        target_version=target_version,
        subject_id=subject_id,
        maker_id=by.id,
        made_at=work.clock.now(),
        note=remark("note", note, least=0, most=LONGEST_TEXT),
        state="pending",
        reason="",
    )
    approval.payload = payload
    approval.payload_hash = _fixed(approval)
    add(work, approval, taken=ApprovalPending())
    open_task(
        work,
        by=by,
        kind=kind,
        agency_id=agency_id,
        object_id=approval.id,
        subject_id=subject_id,
        due_at=work.clock.now() + TIME_TO_DECIDE,
    )
    _record(work, "approval.proposed", by, approval)
    return approval.id


def approve(work: Work, *, by: Actor, approval_id: UUID) -> ApprovalView:
    """Allows a change and makes it, in one transaction.

    Needs the kind's function over the approval's agency. Raises NotFound (also when out of reach),
    OwnApproval, ApprovalDecided, ApprovalTampered, ApprovalStale, TaskTaken, and what the change refuses.
    """
    approval = _to_decide(work, by, approval_id)
    kind = kinds.approval_kind(approval.kind)
    _require_intact(work, by, approval)
    if kind.current_version(work, approval.target_id) != approval.target_version:
        raise ApprovalStale
    _decide(work, by, approval, "approved", "")
    kind.apply(work, approval.target_id, approval.payload, by)
    return queries.approval_views(work, [approval])[0]


def reject(work: Work, *, by: Actor, approval_id: UUID, reason: str) -> ApprovalView:
    """Refuses a change. Needs the kind's function; raises as `approve` does, and Invalid without a reason."""
    text = remark("reason", reason, least=2, most=LONGEST_TEXT)
    approval = _to_decide(work, by, approval_id)
    _decide(work, by, approval, "rejected", text)
    return queries.approval_views(work, [approval])[0]


def withdraw(work: Work, *, by: Actor, approval_id: UUID) -> ApprovalView:
    """Takes back what one asked for. Raises NotFound, NotTheMaker, ApprovalDecided."""
    approval = _visible(work, by, approval_id, lock=True)
    if approval.maker_id != by.id:
        raise NotTheMaker
    if approval.state != "pending":
        raise ApprovalDecided
    approval.state, approval.decided_at = "withdrawn", work.clock.now()
    close_task(work, by=by, kind=approval.kind, object_id=approval.id, outcome="withdrawn", state="cancelled")
    _record(work, "approval.withdrawn", by, approval)
    return queries.approval_views(work, [approval])[0]


def open_approval(work: Work, *, by: Actor, approval_id: UUID) -> OpenedApproval:
    """Shows an approval with its before and after, to its maker and to those who may decide; leaves a trace.

    Raises NotFound, ApprovalTampered.
    """
    approval = _visible(work, by, approval_id)
    _require_intact(work, by, approval)
    _record(work, "approval.opened", by, approval)
    view = queries.approval_views(work, [approval])[0]
    return OpenedApproval(view, kinds.approval_kind(approval.kind).describe(approval.payload))


def _visible(work: Work, by: Actor, approval_id: UUID, *, lock: bool = False) -> Approval:
    approval = work.session.get(Approval, approval_id, with_for_update=lock, populate_existing=True)
    if approval is None or by.kind != "staff":
        raise NotFound
    function = kinds.approval_kind(approval.kind).function
    if approval.maker_id != by.id and not by.allows(function, agencies.path(work, approval.agency_id)):
        raise NotFound
    return approval


def _to_decide(work: Work, by: Actor, approval_id: UUID) -> Approval:
    approval = _visible(work, by, approval_id, lock=True)
    if approval.maker_id == by.id:
        _record(work, "approval.own_decision_refused", by, approval)
        raise OwnApproval
    if approval.state != "pending":
        raise ApprovalDecided
    return approval


def _decide(work: Work, by: Actor, approval: Approval, state: str, reason: str) -> None:
    close_task(work, by=by, kind=approval.kind, object_id=approval.id, outcome=state)
    approval.state, approval.checker_id, approval.reason = state, by.id, reason
    approval.decided_at = work.clock.now()
    work.session.flush()
    _record(work, f"approval.{state}", by, approval)


def _require_intact(work: Work, by: Actor, approval: Approval) -> None:
    try:
        intact = compare_digest(_fixed(approval), approval.payload_hash)
    except CannotOpen:
        intact = False
    if not intact:
        _record(work, "approval.tampering_found", by, approval)
        raise ApprovalTampered


def _fixed(approval: Approval) -> bytes:
    """Fixes who asked for what on what, without telling it."""
    said = [
        approval.id,
        approval.kind,
        approval.agency_id,
        approval.target_id,
        approval.target_version,
        approval.maker_id,
    ]
    payload = json.dumps(approval.payload, ensure_ascii=False, sort_keys=True)
    return keyring().digest("approval", "\0".join([*map(str, said), payload]))


def _record(work: Work, action: str, by: Actor, approval: Approval) -> None:
    record(
        work,
        action,
        by=by,
        subject=approval.subject_id,
        object_kind="approval",
        object_id=approval.id,
        after={"kind": approval.kind, "serial": approval.serial, "reason": approval.reason},
    )
