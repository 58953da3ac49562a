"""The stop switch: for everything, one provider or one kind."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from backend.audit.commands import record
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import Conflict, Forbidden, NotFound
from backend.kernel.remarks import remark
from backend.payouts import kinds
from backend.payouts.carrying import EVERYTHING
from backend.payouts.models import PayoutStop
from backend.payouts.ports import Provider


class AlreadyStopped(Conflict):
    """The switch is off already."""

    code = "payouts_already_stopped"
    title = "该范围的拨付已经暂停"


class NotStopped(Conflict):
    """The switch is on."""

    code = "payouts_not_stopped"
    title = "该范围的拨付没有暂停"


def stop(work: Work, *, by: Actor, scope: str, reason: str) -> None:
    """Keeps new payouts of a scope from being sent, from the next batch on; what was sent is still followed.

    `scope` is `all`, a provider or a kind. Needs `payouts.stop`. Raises Forbidden, NotFound, Invalid,
    AlreadyStopped.
    """
    staff_id = _require(by, scope)
    why = remark("reason", reason, most=200)
    statement = (
        insert(PayoutStop)
        .values(scope=scope, stopped_at=work.clock.now(), stopped_by=staff_id, reason=why)
        .on_conflict_do_nothing()
        .returning(PayoutStop.scope)
    )
    if work.session.execute(statement).scalar_one_or_none() is None:
        raise AlreadyStopped
    record(work, "payouts.stopped", by=by, after={"scope": scope, "reason": why})


def resume(work: Work, *, by: Actor, scope: str) -> None:
    """Lets payouts of a scope go again. Needs `payouts.stop`. Raises Forbidden, NotFound, NotStopped."""
    _require(by, scope)
    statement = delete(PayoutStop).where(PayoutStop.scope == scope).returning(PayoutStop.scope)
    if work.session.execute(statement).scalar_one_or_none() is None:
        raise NotStopped
    record(work, "payouts.resumed", by=by, after={"scope": scope})


def _require(by: Actor, scope: str) -> UUID:
    if by.id is None or not by.reach("payouts.stop"):
        raise Forbidden
    if scope not in {EVERYTHING, *Provider, *(one.name for one in kinds.every())}:
        raise NotFound
    return by.id
