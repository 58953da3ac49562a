"""Reading channels."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from backend.channels.models import Channel
from backend.kernel.actor import Actor
from backend.kernel.db import Work


def signed_in(work: Work, channel_id: UUID) -> Actor | None:
    """The citizen behind a channel, or None when it was dropped."""
    row = work.session.execute(
        select(Channel.kind, Channel.person_id).where(Channel.id == channel_id, Channel.dropped_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    return Actor("citizen", channel_id, row.kind, person_id=row.person_id, channel_id=channel_id)
