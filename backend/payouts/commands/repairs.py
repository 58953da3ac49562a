"""What people do where machines stop: sending again what came back, and saying how a doubtful one ended."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from backend.audit.commands import record
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import FieldError, Invalid
from backend.kernel.masking import mask_text
from backend.payouts.attempts import add_attempt
from backend.payouts.commands._held import closed_case, handed_on_case, held, latest_attempt, locked_version
from backend.payouts.errors import PayoutState
from backend.payouts.kinds import payout_kind
from backend.payouts.payees import bank_account
from backend.payouts.ports import Answer, Outcome, Payee, Provider, Reason
from backend.payouts.rules import CORRECTABLE
from backend.payouts.settling import settle
from backend.worklist import commands as worklist
from backend.worklist.kinds import ApprovalKind, Change

Ended = Literal["paid", "failed"]
LABELS = {"paid": "已支付到账", "failed": "确未支付"}


def reissue(work: Work, *, by: Actor, payout_id: UUID, version: int) -> None:
    """Sends a failed or returned payout again, under a new number, to the card in the registry as it is now.

    That card is changed by two people; this needs no other approval, only `payouts.handle`. Raises NotFound,
    PayoutChanged, PayoutState, NoBankCard, TaskTaken.
    """
    payout = held(work, payout_id, by=by, function="payouts.handle", version=version)
    if payout.state not in CORRECTABLE:
        raise PayoutState
    last = latest_attempt(work, payout_id)
    provider = payout_kind(payout.kind).provider
    to_card = provider is Provider.BANK and payout.payee_id is not None
    payee = bank_account(work, payout.payee_id) if to_card and payout.payee_id else Payee(**last.payee)
    before = payout.state
    payout.state, payout.case, payout.settled_at = "in_progress", None, None
    payout.version += 1
    add_attempt(work, payout, payee, provider, ordinal=last.ordinal + 1)
    closed_case(work, by, payout_id, "reissued")
    record(
        work,
        "payout.reissued",
        by=by,
        subject=payout.payee_id,
        object_kind="payout",
        object_id=payout_id,
        before={"state": before, "number": last.number},
        after={"ordinal": last.ordinal + 1},
    )


def propose_resolution(
    work: Work, *, by: Actor, payout_id: UUID, version: int, ended: Ended, evidence: str, note: str = ""
) -> UUID:
    """Says how a payout ended that no machine can tell, out of the bank's paper; a second person decides.

    Needs `payouts.handle`. Raises NotFound, PayoutChanged, PayoutState, Invalid, ApprovalPending, TaskTaken.
    """
    payout = held(work, payout_id, by=by, function="payouts.handle", version=version)
    if payout.state != "manual":
        raise PayoutState
    paper = evidence.strip()
    if not 4 <= len(paper) <= 100:
        raise Invalid(fields=(FieldError("evidence", "请填写银行回单号等依据，4到100个字"),))
    handed_on_case(work, by, payout_id)
    return worklist.propose(
        work,
        by=by,
        kind=PAYOUT_RESOLUTION.name,
        agency_id=payout.agency_id,
        target_id=payout_id,
        target_version=version,
        subject_id=payout.payee_id,
        payload={
            "ended": ended,
            "evidence": mask_text(paper),
            "number": latest_attempt(work, payout_id).number,
        },
        note=note,
    )


def _apply(work: Work, payout_id: UUID, payload: Any, by: Actor) -> None:
    attempt = latest_attempt(work, payout_id)
    if attempt.state != "manual" or attempt.number != payload["number"]:
        raise PayoutState
    attempt.state = "unknown"  # what a person says is an answer like any other
    work.session.flush()
    paid = payload["ended"] == "paid"
    outcome = Outcome.PAID if paid else Outcome.FAILED
    settle(
        work,
        {attempt.id: Answer(outcome, code="resolved", reason=None if paid else Reason.REJECTED)},
    )
    if paid:
        closed_case(work, by, payout_id, "resolved")
    record(
        work,
        "payout.resolved",
        by=by,
        object_kind="payout",
        object_id=payout_id,
        after={"ended": payload["ended"], "evidence": payload["evidence"]},
    )


def _describe(payload: Any) -> tuple[Change, ...]:
    return (
        Change("拨付单号", None, payload["number"]),
        Change("处理结果", "待核实", LABELS[payload["ended"]]),
        Change("依据", None, payload["evidence"]),
    )


PAYOUT_RESOLUTION = ApprovalKind(
    name="payout_resolution",
    label="拨付结果核定",
    function="payouts.release",
    current_version=locked_version,
    apply=_apply,
    describe=_describe,
)
