"""Reading messages and consents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from backend.kernel.db import Work
from backend.messages.models import Consent, Message
from backend.messages.templates import CARDS, TEMPLATES

INBOX_ORDER = (Message.created_at, Message.id)


@dataclass(frozen=True)
class MessageView:
    """A message as its person reads it."""

    message_id: UUID
    title: str
    text: str
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class ConsentView:
    """A card that a user may be asked for, by WeChat's `template_id`, and how many they still allow."""

    template: str
    template_id: str
    title: str
    remaining: int


def inbox(person_id: UUID) -> Select[Message]:
    """The messages of a person, for paging by INBOX_ORDER."""
    return select(Message).where(Message.person_id == person_id)


def unread(work: Work, person_id: UUID) -> int:
    """How many messages a person has not read yet."""
    waiting = inbox(person_id).where(Message.read_at.is_(None)).subquery()
    return work.session.scalars(select(func.count()).select_from(waiting)).one()


def view(message: Message) -> MessageView:
    """A message in words."""
    template = TEMPLATES[message.template]
    text = template.render(message.content["params"])
    return MessageView(message.id, template.title, text, message.created_at, message.read_at)


def consents(work: Work, channel_id: UUID, template_ids: Mapping[str, str]) -> Sequence[ConsentView]:
    """All cards that a user of the mini-program may be asked for; `template_ids` are WeChat's, by card."""
    remaining = {
        row.card: row.remaining
        for row in work.session.scalars(select(Consent).where(Consent.channel_id == channel_id))
    }
    return [
        ConsentView(card.code, template_ids[card.code], card.title, remaining.get(card.code, 0))
        for card in CARDS.values()
        if card.code in template_ids
    ]
