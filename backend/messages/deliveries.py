"""What is known of carrying a message: which ways are left, what was begun, how it ended. No call is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from backend.channels import queries as channels
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.ids import new_id
from backend.kernel.jobs import enqueue
from backend.messages import consents
from backend.messages.commands import DELIVER
from backend.messages.models import Delivery, Follower, Message
from backend.messages.ports import Reason
from backend.messages.rules import TRANSITIONS
from backend.messages.templates import TEMPLATES, Template
from backend.people import queries as people

Via = Literal["subscribe", "template", "sms"]
State = Literal["waiting", "sent", "failed", "unknown"]
PERHAPS_ARRIVED = {"sent", "unknown"}
OVER = {"sent", "failed", "unknown"}


@dataclass(frozen=True)
class Route:
    """One way to reach a person: by a card to an openid, or by SMS to a phone."""

    via: Via
    address: str = field(repr=False)
    channel_id: UUID | None = None

    @property
    def digest(self) -> bytes:
        """Names the address without telling it."""
        return keyring().digest("phone" if self.via == "sms" else "openid", self.address)


@dataclass(frozen=True)
class Plan:
    """A message and the ways that are left to carry it, best first."""

    template: Template
    params: Mapping[str, str] = field(repr=False)
    routes: Sequence[Route]


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended; `code` is the carrier's, when it refused."""

    state: State
    reference: str | None = None
    code: str | None = None
    reason: Reason | None = None


def plan(work: Work, message_id: UUID) -> Plan:
    """What is left to do for a message. What an earlier run began and never ended may have been sent."""
    message = work.session.get_one(Message, message_id, with_for_update=True)
    tried = work.session.scalars(select(Delivery).where(Delivery.message_id == message_id)).all()
    for delivery in tried:
        if delivery.state == "sending":
            _move(work, delivery, "unknown")
    template = TEMPLATES[message.template]
    over = {(one.via, one.address_digest) for one in tried if one.state in OVER}
    arrived = any(one.state in PERHAPS_ARRIVED for one in tried)
    routes = [] if arrived and not template.everywhere else _routes(work, message, template)
    left = [route for route in routes if (route.via, route.digest) not in over]
    return Plan(template, message.content["params"], left)


def begin(work: Work, message_id: UUID, route: Route, template: Template) -> UUID | None:
    """Claims a way for this run; None when another run has it, or when no consent is left for it."""
    work.session.get_one(Message, message_id, with_for_update=True)
    delivery = work.session.scalars(
        select(Delivery).where(
            Delivery.message_id == message_id,
            Delivery.via == route.via,
            Delivery.address_digest == route.digest,
        )
    ).one_or_none()
    if delivery is not None and delivery.state != "waiting":
        return None
    if route.via == "subscribe" and not _consent_taken(work, route, template):
        return None
    if delivery is None:
        delivery = Delivery(
            id=new_id(),
            message_id=message_id,
            via=route.via,
            address_digest=route.digest,
            channel_id=route.channel_id,
            state="waiting",
            created_at=work.clock.now(),
        )
        work.session.add(delivery)
    _move(work, delivery, "sending")
    return delivery.id


def settle(work: Work, delivery_id: UUID, outcome: Outcome, template: Template) -> None:
    """Writes down how an attempt ended, unless WeChat has told so itself meanwhile."""
    delivery = work.session.get_one(Delivery, delivery_id, with_for_update=True)
    delivery.reference = delivery.reference or outcome.reference
    if outcome.state not in TRANSITIONS[delivery.state]:
        return
    _move(work, delivery, outcome.state, outcome.code)
    if delivery.via == "subscribe" and delivery.channel_id and outcome.state in ("waiting", "failed"):
        change = consents.forget if outcome.reason == "no_consent" else consents.give_back
        change(work, channel_id=delivery.channel_id, card=template.card.code)


def reported(
    work: Work, *, via: Via, openid: str, reference: str, card: str | None, error: str | None
) -> None:
    """WeChat says what became of a card; `card` is known for subscribe messages, `error` is None for success.

    An attempt whose answer was lost has no reference: it is found by its reader and card.
    """
    delivery = _by_reference(work, via, reference) or _unanswered(work, via, openid, card)
    if delivery is None:
        return
    state: State = "failed" if error else "sent"
    delivery.reference = reference
    if state in TRANSITIONS[delivery.state]:
        _move(work, delivery, state, error)
        if error:
            enqueue(work, DELIVER, {"message_id": delivery.message_id})


def _routes(work: Work, message: Message, template: Template) -> list[Route]:
    """Subscribe messages, then template messages, then SMS for what is important."""
    not_to = message.content["not_to"]
    known = [one for one in channels.addresses(work, message.person_id) if str(one.channel_id) != not_to]
    cards = [
        Route("subscribe", one.openid, one.channel_id)
        for one in known
        if one.kind == "miniprogram" and one.openid
    ]
    cards += [Route("template", openid) for openid in _followers(work, known)]
    if not template.important:
        return cards
    phones = people.phones(work, message.person_id)
    phones = [*phones, *(one.phone for one in known if one.phone)]
    if not template.everywhere:
        phones = phones[:1]
    return cards + [Route("sms", phone) for phone in dict.fromkeys(phones)]


def _followers(work: Work, known: Sequence[channels.Address]) -> list[str]:
    """The openids under which a person follows, or may follow, the official account."""
    own = [one.openid for one in known if one.kind == "official_account" and one.openid]
    digests = [keyring().digest("openid", openid) for openid in own]
    unions = [one.union_digest for one in known if one.union_digest]
    rows = work.session.scalars(
        select(Follower).where(Follower.openid_digest.in_(digests) | Follower.union_digest.in_(unions))
    ).all()
    gone = {row.openid for row in rows if not row.following}
    return [openid for openid in dict.fromkeys([*own, *(row.openid for row in rows)]) if openid not in gone]


def _consent_taken(work: Work, route: Route, template: Template) -> bool:
    return route.channel_id is not None and consents.take(
        work, channel_id=route.channel_id, card=template.card.code
    )


def _by_reference(work: Work, via: Via, reference: str) -> Delivery | None:
    return work.session.scalars(
        select(Delivery)
        .where(Delivery.via == via, Delivery.reference == reference)
        .limit(1)
        .with_for_update()
    ).one_or_none()


def _unanswered(work: Work, via: Via, openid: str, card: str | None) -> Delivery | None:
    templates = [one.code for one in TEMPLATES.values() if card is None or one.card.code == card]
    return work.session.scalars(
        select(Delivery)
        .join(Message, Message.id == Delivery.message_id)
        .where(
            Delivery.via == via,
            Delivery.address_digest == keyring().digest("openid", openid),
            Delivery.reference.is_(None),
            Delivery.state.in_(("sending", "unknown")),
            Message.template.in_(templates),
        )
        .order_by(Delivery.created_at.desc())
        .limit(1)
        .with_for_update(of=Delivery)
    ).one_or_none()


def _move(work: Work, delivery: Delivery, state: str, error: str | None = None) -> None:
    if state not in TRANSITIONS[delivery.state]:
        raise RuntimeError(f"a delivery cannot go from {delivery.state} to {state}")
    delivery.state, delivery.error = state, error
    delivery.settled_at = work.clock.now() if state in OVER else None
