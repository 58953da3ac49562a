"""Writing messages, and what people and WeChat tell us about receiving them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from backend.audit.commands import record
from backend.kernel.actor import Actor
from backend.kernel.clock import SHANGHAI
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.errors import NotFound
from backend.kernel.ids import new_id
from backend.kernel.jobs import enqueue
from backend.messages.models import Follower, Message
from backend.messages.templates import TEMPLATES
from backend.people import queries as people

DELIVER = "messages.deliver"
LEARN_UNIONID = "messages.learn_unionid"


def notify(
    work: Work,
    *,
    person_id: UUID,
    template: str,
    params: Mapping[str, str],
    source: str,
    not_to: UUID | None = None,
) -> UUID | None:
    """Writes a message to a person and the job that carries it; None when `source` has told them before.

    `source` names what happened (`delegation.agreed:<id>`); `params` fill the template, `time` is added. The
    channel `not_to` is not written to. Raises KeyError for an unknown template or a missing param.
    """
    params = {"time": written(work.clock.now()), **params}
    TEMPLATES[template].render(params)
    draft = Message(
        id=new_id(),
        person_id=people.resolve(work, person_id),
        template=template,
        source=source,
        created_at=work.clock.now(),
    )
    draft.content = {"params": params, "not_to": str(not_to) if not_to else None}
    columns = ("id", "person_id", "template", "source", "content_sealed", "created_at")
    statement = insert(Message).values({name: getattr(draft, name) for name in columns})
    written_id = work.session.execute(
        statement.on_conflict_do_nothing().returning(Message.id)
    ).scalar_one_or_none()
    if written_id is not None:
        enqueue(work, DELIVER, {"message_id": written_id})
    return written_id


def read(work: Work, *, by: Actor, message_id: UUID) -> None:
    """The person has read a message; raises NotFound for a message that is not theirs."""
    message = work.session.get(Message, message_id, with_for_update=True)
    if message is None or message.person_id != by.person_id:
        raise NotFound
    if message.read_at is None:
        message.read_at = work.clock.now()
        record(
            work,
            "message.read",
            by=by,
            subject=message.person_id,
            object_kind="message",
            object_id=message.id,
        )


def follow_merge(work: Work, *, from_id: UUID, to_id: UUID) -> None:
    """Messages of a merged record belong to the record that stays, but for those that it was sent itself."""
    same = aliased(Message)
    told_already = exists().where(same.person_id == to_id, same.source == Message.source)
    work.session.execute(
        update(Message).where(Message.person_id == from_id, ~told_already).values(person_id=to_id)
    )


def followed(work: Work, *, openid: str) -> None:
    """Somebody follows the official account; who they are elsewhere at WeChat is asked later."""
    _set_following(work, openid, True)
    enqueue(work, LEARN_UNIONID, {"follower_id": _follower_id(work, openid)})


def unfollowed(work: Work, *, openid: str) -> None:
    """Somebody does not follow the official account, or no longer."""
    _set_following(work, openid, False)


def written(instant: datetime) -> str:
    """An instant as cards and people write it: `2026年11月22日 10:00`."""
    local = instant.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def _set_following(work: Work, openid: str, following: bool) -> None:
    draft = Follower(id=new_id(), openid_digest=keyring().digest("openid", openid))
    draft.openid = openid
    statement = insert(Follower).values(
        id=draft.id,
        openid_digest=draft.openid_digest,
        openid_sealed=draft.openid_sealed,
        following=following,
        changed_at=work.clock.now(),
    )
    work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["openid_digest"],
            set_={"following": following, "changed_at": statement.excluded.changed_at},
        )
    )


def _follower_id(work: Work, openid: str) -> UUID:
    digest = keyring().digest("openid", openid)
    return work.session.scalars(select(Follower.id).where(Follower.openid_digest == digest)).one()
