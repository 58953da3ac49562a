"""Reading channels."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, Table, bindparam, func, select

from backend.audit.commands import record
from backend.channels.models import Channel
from backend.channels.rules import LABELS
from backend.kernel.actor import Actor
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.errors import Unauthenticated
from backend.kernel.masking import mask_phone
from backend.kernel.prepared import Prepared
from backend.people import counts as people_counts
from backend.people import queries as people

# Of the table, not of the class, and made once: every request of a citizen begins with it.
_CHANNEL = cast(Table, Channel.__table__).columns
_SIGNED_IN = Prepared(
    select(_CHANNEL.kind, _CHANNEL.person_id).where(
        _CHANNEL.id == bindparam("channel_id"), _CHANNEL.dropped_at.is_(None)
    )
)


@dataclass(frozen=True)
class ChannelView:
    """A channel as its holder and the counter see it; the phone is masked."""

    channel_id: UUID
    kind: str
    label: str
    phone: str | None
    phone_verified_at: datetime | None
    person_id: UUID | None
    first_seen_at: datetime
    last_seen_at: datetime

    @property
    def bound(self) -> bool:
        """Whether the channel acts for a person."""
        return self.person_id is not None


@dataclass(frozen=True)
class Address:
    """Where a person can be written to: an openid for the WeChat kinds, and a phone where one is known."""

    channel_id: UUID
    kind: str
    openid: str | None = field(repr=False)
    union_digest: bytes | None = field(repr=False)
    phone: str | None = field(repr=False)


def signed_in(work: Work, channel_id: UUID) -> Actor | None:
    """The citizen behind a channel, or None when it was dropped."""
    for kind, person_id in _SIGNED_IN.rows(work, channel_id=channel_id):
        return Actor("citizen", channel_id, kind, person_id=person_id, channel_id=channel_id)
    return None


def own(work: Work, by: Actor) -> ChannelView:
    """The caller's channel; raises Unauthenticated when it was dropped meanwhile."""
    found = _live(work, Channel.id == by.channel_id)
    if not found:
        raise Unauthenticated
    return _view(found[0])


def of_person(work: Work, person_id: UUID) -> Sequence[ChannelView]:
    """The channels of a person, last used first."""
    return [_view(row) for row in _live(work, Channel.person_id == person_id)]


def of_actor(work: Work, by: Actor) -> Sequence[ChannelView]:
    """The channels that the caller may see and drop: all of the person they are, or, unbound, their own."""
    mine = Channel.id == by.channel_id if by.person_id is None else Channel.person_id == by.person_id
    return [_view(row) for row in _live(work, mine)]


def at_counter(work: Work, person_id: UUID, *, by: Actor) -> Sequence[ChannelView]:
    """A person's channels for a clerk, whose look is written down.

    Needs `binding_codes.issue`; raises NotFound, Forbidden.
    """
    people.require_reach(work, person_id, by=by, function="binding_codes.issue")
    record(work, "channel.listed", by=by, subject=person_id)
    return of_person(work, person_id)


def addresses(work: Work, person_id: UUID) -> Sequence[Address]:
    """Where a person can be written to, last used channel first."""
    return [
        Address(row.id, row.kind, None if row.kind == "phone" else row.subject, row.union_digest, row.phone)
        for row in _live(work, Channel.person_id == person_id)
    ]


def kind_of(work: Work, channel_id: UUID) -> str:
    """The kind of a channel, dropped or not."""
    return work.session.scalars(select(Channel.kind).where(Channel.id == channel_id)).one()


def by_openid(work: Work, kind: str, openid: str) -> UUID | None:
    """The channel of a WeChat user who is known here, or None."""
    found = _live(
        work, (Channel.kind == kind) & (Channel.subject_digest == keyring().digest("openid", openid))
    )
    return found[0].id if found else None


def _live(work: Work, wanted: ColumnElement[bool]) -> Sequence[Channel]:
    return work.session.scalars(
        select(Channel)
        .where(wanted, Channel.dropped_at.is_(None))
        .order_by(Channel.last_seen_at.desc(), Channel.id.desc())
    ).all()


def _view(row: Channel) -> ChannelView:
    return ChannelView(
        channel_id=row.id,
        kind=row.kind,
        label=row.label or LABELS[row.kind],
        phone=mask_phone(row.phone) if row.phone else None,
        phone_verified_at=row.phone_verified_at,
        person_id=row.person_id,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
    )


def bound_people(work: Work, reach: Collection[str]) -> int:
    """How many people of the agencies in reach have bound at least one channel."""
    within = _CHANNEL.person_id.in_(people_counts.ids_within(reach))
    statement = select(func.count(_CHANNEL.person_id.distinct())).where(_CHANNEL.dropped_at.is_(None), within)
    return work.session.execute(statement).scalar_one()
