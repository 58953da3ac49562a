"""Consents to subscribe messages: told by taps, taken before a message goes out, returned when it did not."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from backend.audit.commands import record
from backend.channels import queries as channels
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import Conflict, Unauthenticated
from backend.messages.models import Consent

Teller = Literal["told_by_app", "told_by_wechat"]


class NotInMiniProgram(Conflict):
    """Subscribe messages belong to the mini-program."""

    code = "not_in_miniprogram"
    title = "请在微信小程序中设置消息提醒"


def tell(work: Work, *, by: Actor, card: str, accepted: bool) -> None:
    """The mini-program says how its user answered when asked for a card; raises NotInMiniProgram."""
    if by.channel_id is None:
        raise Unauthenticated
    if by.role != "miniprogram":
        raise NotInMiniProgram
    if accepted:
        _count(work, by.channel_id, card, "told_by_app")
    record(
        work,
        "consent.accepted" if accepted else "consent.declined",
        by=by,
        subject=by.person_id,
        object_kind="channel",
        object_id=by.channel_id,
        after={"card": card},
    )


def told_by_wechat(work: Work, *, openid: str, card: str, accepted: bool) -> None:
    """WeChat says how a user answered when asked; a user who never signed in is nobody to us."""
    channel_id = channels.by_openid(work, "miniprogram", openid)
    if accepted and channel_id is not None:
        _count(work, channel_id, card, "told_by_wechat")


def withdrawn(work: Work, *, openid: str, card: str) -> None:
    """WeChat says that a user turned a card off."""
    channel_id = channels.by_openid(work, "miniprogram", openid)
    if channel_id is not None:
        forget(work, channel_id=channel_id, card=card)


def take(work: Work, *, channel_id: UUID, card: str) -> bool:
    """Takes one consent, if there is one; one statement, so that two messages never share it."""
    taken = work.session.execute(
        update(Consent)
        .where(Consent.channel_id == channel_id, Consent.card == card, Consent.remaining > 0)
        .values(used=Consent.used + 1, changed_at=work.clock.now())
        .returning(Consent.used)
    )
    return taken.scalar_one_or_none() is not None


def give_back(work: Work, *, channel_id: UUID, card: str) -> None:
    """The message surely did not go out."""
    work.session.execute(
        update(Consent)
        .where(Consent.channel_id == channel_id, Consent.card == card, Consent.used > 0)
        .values(used=Consent.used - 1, changed_at=work.clock.now())
    )


def forget(work: Work, *, channel_id: UUID, card: str) -> None:
    """No consent is left, whatever was counted: WeChat knows better."""
    work.session.execute(delete(Consent).where(Consent.channel_id == channel_id, Consent.card == card))


def _count(work: Work, channel_id: UUID, card: str, teller: Teller) -> None:
    counted = getattr(Consent, teller)
    statement = insert(Consent).values(
        {"channel_id": channel_id, "card": card, teller: 1, "changed_at": work.clock.now()}
    )
    work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["channel_id", "card"],
            set_={teller: counted + 1, "changed_at": statement.excluded.changed_at},
        )
    )
