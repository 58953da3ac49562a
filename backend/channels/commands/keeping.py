"""What the holder of a channel does with it: proving its phone, and dropping it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from backend.audit.commands import record
from backend.channels.commands.one_time_codes import use_code
from backend.channels.models import Channel
from backend.kernel.actor import Actor
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.errors import Conflict, NotFound, Unauthenticated
from backend.people import queries as people


class PhoneIsSignIn(Conflict):
    """A phone channel is its phone; another number is another channel."""

    code = "phone_is_sign_in"
    title = "当前是用手机号登录的，不能改用其他号码；请退出后用新号码登录"


def verify_phone(work: Work, *, by: Actor, phone: str, code: str) -> None:
    """Takes `phone` as this channel's, proved by a code sent to it; raises CodeWrong, PhoneIsSignIn."""
    use_code(work, purpose="verify_phone", phone=phone, code=code)
    take_verified_phone(work, by=by, phone=phone)


def take_verified_phone(work: Work, *, by: Actor, phone: str) -> None:
    """Takes as this channel's a phone that somebody trusted has verified; raises PhoneIsSignIn."""
    channel = own(work, by)
    digest = keyring().digest("phone", phone)
    if channel.kind == "phone" and channel.phone_digest != digest:
        raise PhoneIsSignIn
    channel.phone = phone
    channel.phone_digest = digest
    channel.phone_verified_at = work.clock.now()
    record(
        work,
        "channel.phone_verified",
        by=by,
        subject=channel.person_id,
        object_kind="channel",
        object_id=channel.id,
    )


def drop(work: Work, *, by: Actor, channel_id: UUID) -> None:
    """Ends a channel of the caller's own, or of the person they are; raises NotFound for any other.

    The caller ends its sessions once this is committed.
    """
    channel = _live(work, channel_id)
    same_person = by.person_id is not None and channel.person_id == by.person_id
    if channel.id != by.channel_id and not same_person:
        raise NotFound
    _drop(work, by, channel)


def drop_at_counter(work: Work, *, by: Actor, person_id: UUID, channel_id: UUID) -> None:
    """Ends a channel of a person at the counter; raises NotFound, Forbidden."""
    people.require_reach(work, person_id, by=by, function="binding_codes.issue")
    channel = _live(work, channel_id)
    if channel.person_id != person_id:
        raise NotFound
    _drop(work, by, channel)


def sign_out(work: Work, *, by: Actor, everywhere: bool = False) -> None:
    """Writes down that sessions end: the one at hand, or all of the person's. The caller ends them."""
    record(
        work,
        "channel.signed_out",
        by=by,
        subject=by.person_id,
        object_kind="channel",
        object_id=by.channel_id,
        after={"everywhere": everywhere},
    )


def own(work: Work, by: Actor) -> Channel:
    """The caller's channel, locked; raises Unauthenticated when it was dropped meanwhile."""
    channel = None if by.channel_id is None else _locked(work, by.channel_id)
    if channel is None:
        raise Unauthenticated
    return channel


def _live(work: Work, channel_id: UUID) -> Channel:
    channel = _locked(work, channel_id)
    if channel is None:
        raise NotFound
    return channel


def _locked(work: Work, channel_id: UUID) -> Channel | None:
    return work.session.scalars(
        select(Channel).where(Channel.id == channel_id, Channel.dropped_at.is_(None)).with_for_update(),
        execution_options={"populate_existing": True},
    ).one_or_none()


def _drop(work: Work, by: Actor, channel: Channel) -> None:
    channel.dropped_at = work.clock.now()
    record(
        work,
        "channel.dropped",
        by=by,
        subject=channel.person_id,
        object_kind="channel",
        object_id=channel.id,
    )
