"""Signing in: the channel is made the first time, and seen again each time after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from sqlalchemy import exists, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from backend.audit.commands import record
from backend.channels.commands.one_time_codes import named_device, use_code
from backend.channels.events import ChannelBound
from backend.channels.models import Channel
from backend.channels.ports import WeChatIdentity
from backend.channels.rules import LABELS
from backend.kernel.actor import Actor
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.ids import new_id
from backend.kernel.jobs import emit
from backend.kernel.masking import mask_text

WeChatKind = Literal["miniprogram", "official_account"]


@dataclass(frozen=True)
class SignedIn:
    """A channel that has just proved itself."""

    channel_id: UUID
    label: str
    bound: bool


def sign_in_through_wechat(
    work: Work, *, by: Actor, kind: WeChatKind, identity: WeChatIdentity, label: str = ""
) -> SignedIn:
    """Signs in whom WeChat named. A WeChat user new to us whose other channel is bound is bound with it."""
    union = None if identity.unionid is None else keyring().digest("unionid", identity.unionid)
    draft = _draft(work, kind, identity.openid, keyring().digest("openid", identity.openid), label)
    draft.union_digest = union
    channel = _upsert(work, draft)
    if channel.id == draft.id and union is not None:
        _bind_with_sibling(work, by, channel)
    return _signed_in(work, by, channel)


def sign_in_through_phone(work: Work, *, by: Actor, phone: str, code: str, label: str = "") -> SignedIn:
    """Signs in the holder of a phone on one device; raises CodeWrong."""
    device = named_device(by)
    use_code(work, purpose="sign_in", phone=phone, code=code)
    subject = f"{phone}:{device}"
    draft = _draft(work, "phone", subject, keyring().digest("phone_device", subject), label)
    draft.phone = phone
    draft.phone_digest = keyring().digest("phone", phone)
    draft.phone_verified_at = work.clock.now()
    return _signed_in(work, by, _upsert(work, draft))


def _draft(work: Work, kind: str, subject: str, digest: bytes, label: str) -> Channel:
    now = work.clock.now()
    draft = Channel(id=new_id(), kind=kind, subject_digest=digest, label=mask_text(label))
    draft.subject = subject
    draft.first_seen_at = draft.last_seen_at = now
    return draft


def _upsert(work: Work, draft: Channel) -> Channel:
    """The undropped channel of the draft's subject, which is the draft itself when there was none."""
    columns = (
        "id", "kind", "subject_sealed", "subject_digest", "union_digest", "phone_sealed", "phone_digest",
        "phone_verified_at", "label", "first_seen_at", "last_seen_at",
    )  # fmt: skip
    statement = insert(Channel).values({name: getattr(draft, name) for name in columns})
    new = statement.excluded
    upsert = statement.on_conflict_do_update(
        index_elements=["kind", "subject_digest"],
        index_where=text("dropped_at IS NULL"),
        set_={
            "last_seen_at": new.last_seen_at,
            "union_digest": func.coalesce(new.union_digest, Channel.union_digest),
            "phone_verified_at": func.coalesce(new.phone_verified_at, Channel.phone_verified_at),
            "label": func.coalesce(func.nullif(new.label, ""), Channel.label),
        },
    ).returning(Channel)
    return work.session.scalars(upsert, execution_options={"populate_existing": True}).one()


def _bind_with_sibling(work: Work, by: Actor, channel: Channel) -> None:
    """Binds a new channel like the other channel of its WeChat user.

    Not after it was dropped before: whoever drops a lost phone's channel does not want it back by itself.
    """
    former = aliased(Channel)
    dropped_before = exists().where(
        former.kind == channel.kind,
        former.subject_digest == channel.subject_digest,
        former.dropped_at.is_not(None),
    )
    person_id = work.session.scalar(
        select(Channel.person_id)
        .where(
            Channel.union_digest == channel.union_digest,
            Channel.person_id.is_not(None),
            Channel.dropped_at.is_(None),
            ~dropped_before,
        )
        .order_by(Channel.bound_at.desc())
        .limit(1)
    )
    if person_id is None:
        return
    channel.person_id, channel.bound_at = person_id, work.clock.now()
    actor = _acting(by, channel)
    record(
        work,
        "channel.bound",
        by=actor,
        subject=person_id,
        object_kind="channel",
        object_id=channel.id,
        after={"proof": "unionid"},
    )
    emit(work, ChannelBound(channel.id, person_id))


def _signed_in(work: Work, by: Actor, channel: Channel) -> SignedIn:
    record(
        work,
        "channel.signed_in",
        by=_acting(by, channel),
        subject=channel.person_id,
        object_kind="channel",
        object_id=channel.id,
    )
    return SignedIn(channel.id, channel.label or LABELS[channel.kind], channel.person_id is not None)


def _acting(by: Actor, channel: Channel) -> Actor:
    """The one who has just signed in, in place of the stranger who asked to."""
    return replace(
        by,
        kind="citizen",
        id=channel.id,
        role=channel.kind,
        person_id=channel.person_id,
        channel_id=channel.id,
    )
