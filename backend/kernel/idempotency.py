"""One key, one effect, one answer.

The row is inserted in the transaction of the write itself: a second request with the same key waits on the
unique index until the first has ended, and then finds the saved answer, or, where the first was rolled back,
its turn. Keys are kept as digests: clients make them out of what they have at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Integer, Table, UniqueConstraint, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.base import Base
from backend.kernel.crypto import keyring
from backend.kernel.db import Work, sqlstate
from backend.kernel.errors import Conflict, Invalid
from backend.kernel.ids import new_id
from backend.kernel.sealed import SealedText, place_of

LOCK_NOT_AVAILABLE = "55P03"


class KeyReused(Invalid):
    """The key was used before with another body."""

    code = "idempotency_key_reused"
    title = "该请求编号已用于另一笔业务，请刷新页面后重新提交"


class KeyInFlight(Conflict):
    """The first request with this key has not ended yet."""

    code = "idempotency_key_in_flight"
    title = "正在处理您刚才的提交，请稍后查看结果"


class IdempotencyRecord(Base):
    """The saved answer of one write."""

    __tablename__ = "idempotency"
    __table_args__ = (UniqueConstraint("principal", "operation", "key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    principal: Mapped[str]
    operation: Mapped[str]
    key: Mapped[str]
    body_hash: Mapped[bytes]
    status: Mapped[int | None] = mapped_column(Integer)
    answer_sealed: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(index=True)

    answer = SealedText("answer_sealed")


# Of the table, not of the class: run on most writes, and a third of the time that the mapper takes.
_TABLE = cast(Table, IdempotencyRecord.__table__)
_CLAIM = insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.columns.id)
_SAVE = (
    update(_TABLE)
    .where(_TABLE.columns.id == bindparam("claim"))
    .values(status=bindparam("status"), answer_sealed=bindparam("answer_sealed"))
)


@dataclass(frozen=True)
class SavedAnswer:
    """What the first request was told."""

    status: int
    body: str


def begin(work: Work, *, principal: str, operation: str, key: str, body_hash: bytes) -> SavedAnswer | UUID:
    """Claims a key for this transaction: the claim's id, or the answer saved by an earlier request.

    Raises KeyReused when the earlier body differed, KeyInFlight when the earlier request is still running
    after the lock timeout.
    """
    kept_key = keyring().digest("idempotency_key", key).hex()
    kept_hash = keyring().digest("idempotency_body", body_hash)
    columns = {
        "id": new_id(),
        "principal": principal,
        "operation": operation,
        "key": kept_key,
        "body_hash": kept_hash,
        "created_at": work.clock.now(),
    }
    try:
        claimed: UUID | None = work.session.execute(_CLAIM, columns).scalar_one_or_none()
    except OperationalError as error:
        if sqlstate(error) == LOCK_NOT_AVAILABLE:
            raise KeyInFlight from error
        raise
    if claimed is not None:
        return claimed
    record = work.session.scalars(
        select(IdempotencyRecord).filter_by(principal=principal, operation=operation, key=kept_key)
    ).one()
    if record.body_hash != kept_hash:
        raise KeyReused
    if record.status is None:
        raise KeyInFlight
    return SavedAnswer(record.status, record.answer)


def finish(work: Work, claim: UUID, *, status: int, body: str) -> None:
    """Saves the answer under the claimed key, in the same transaction."""
    sealed = keyring().seal(body.encode(), place=place_of(_TABLE.name, "answer_sealed", claim))
    work.session.execute(_SAVE, {"claim": claim, "status": status, "answer_sealed": sealed})
