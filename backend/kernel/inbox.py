"""Events that outside systems send us: each is taken once, its raw body kept."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.base import Base
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.ids import new_id
from backend.kernel.sealed import SealedText, place_of


class ProviderEvent(Base):
    """One event of one provider, as it came."""

    __tablename__ = "provider_event"
    __table_args__ = (UniqueConstraint("provider", "event_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider: Mapped[str]
    event_id: Mapped[str]
    received_at: Mapped[datetime]
    body_sealed: Mapped[bytes]

    body = SealedText("body_sealed")


def take(work: Work, *, provider: str, event_id: str, body: str) -> bool:
    """Records an event; False when it was recorded before, and the caller has nothing more to do."""
    row_id = new_id()
    sealed = keyring().seal(body.encode(), place=place_of("provider_event", "body_sealed", row_id))
    statement = (
        insert(ProviderEvent)
        .values(
            id=row_id,
            provider=provider,
            event_id=event_id,
            received_at=work.clock.now(),
            body_sealed=sealed,
        )
        .on_conflict_do_nothing()
        .returning(ProviderEvent.id)
    )
    return work.session.execute(statement).scalar_one_or_none() is not None
