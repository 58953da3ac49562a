"""Persons who can be written to: registered, with a phone of the sandbox and channels bound through it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from backend.channels import commands as channels
from backend.channels import queries as channel_queries
from backend.channels.commands import PhoneProof
from backend.channels.ports import WeChatIdentity
from backend.kernel.actor import Actor, Origin, anonymous
from backend.kernel.db import Work
from backend.kernel.jobs import Job
from backend.messages.models import Consent, Delivery
from tests.sandbox.support import Person, Sandbox
from tests.support.people import id_number, make_person

CARD = "demo-mini-result"


@dataclass(frozen=True)
class Reachable:
    """A registered person and the phone in their hand."""

    person_id: UUID
    number: str
    name: str
    at: Person

    def kinds(self) -> list[str]:
        """What arrived on the phone so far, without what the official account answered by itself."""
        return [message["kind"] for message in self.at.messages() if message["kind"] != "reply"]

    def text(self) -> str:
        """The newest message on the phone."""
        return str(self.at.messages()[-1]["text"])


def make_reachable(work: Work, world: Sandbox, *, name: str = "王秀英") -> Reachable:
    """Registers a person under the phone that they hold."""
    at, number = world.person(name), id_number()
    person_id = make_person(work, name=name, id_number=number, phone=at.phone)
    return Reachable(person_id, number, name, at)


def bind(work: Work, who: Reachable, kind: str = "miniprogram", *, union: str | None = None) -> Actor:
    """Signs in and binds a WeChat channel of the phone in hand; drops the jobs that come of it."""
    openid = who.at.mini_openid if kind == "miniprogram" else who.at.oa_openid
    stranger = anonymous(Origin(device="device-1"))
    signed_in = channels.sign_in_through_wechat(
        work,
        by=stranger,
        kind=kind,  # type: ignore[arg-type]
        identity=WeChatIdentity(openid, union),
    )
    actor = channel_queries.signed_in(work, signed_in.channel_id)
    assert actor is not None
    if actor.person_id is None:
        channels.take_verified_phone(work, by=actor, phone=who.at.phone)
        channels.bind(work, by=actor, name=who.name, id_number=who.number, proof=PhoneProof())
        actor = channel_queries.signed_in(work, signed_in.channel_id)
        assert actor is not None
    for job in work.session.scalars(select(Job)):
        work.session.delete(job)
    work.session.flush()
    return actor


def deliveries(work: Work) -> list[tuple[str, str]]:
    """Every delivery so far as (via, state)."""
    work.session.expire_all()
    rows = work.session.scalars(select(Delivery).order_by(Delivery.id))
    return [(row.via, row.state) for row in rows]


def remaining(work: Work, actor: Actor) -> int:
    """How many consents a channel has left here."""
    work.session.expire_all()
    return sum(work.session.scalars(select(Consent.remaining).where(Consent.channel_id == actor.channel_id)))
