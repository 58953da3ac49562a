"""Binding a channel to a registered person by proving the real name, and letting go of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import update

from backend.audit.commands import record
from backend.channels.commands.counter_codes import revoke_codes, use_counter_code
from backend.channels.commands.keeping import own
from backend.channels.commands.one_time_codes import UNNAMED
from backend.channels.events import ChannelBound
from backend.channels.models import Channel
from backend.channels.rules import proves
from backend.kernel import limits
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import Conflict, Invalid
from backend.kernel.jobs import emit
from backend.kernel.limits import Limit
from backend.people import queries as people

ATTEMPTS = "binding"
_DAY = timedelta(days=1)
BINDING = {
    "channel": Limit(10, _DAY),
    "person": Limit(10, _DAY),
    "device": Limit(10, _DAY),
    "address": Limit(200, _DAY),
}


@dataclass(frozen=True)
class PhoneProof:
    """The channel's verified phone is the one that the bureau knows of the person."""

    kind: ClassVar[str] = "phone"


@dataclass(frozen=True)
class CardProof:
    """The number of the person's card."""

    kind: ClassVar[str] = "card"
    number: str = field(repr=False)


@dataclass(frozen=True)
class CounterCodeProof:
    """The code that a counter printed for the person."""

    kind: ClassVar[str] = "counter_code"
    code: str = field(repr=False)


Proof = PhoneProof | CardProof | CounterCodeProof


class BindingRefused(Invalid):
    """What was typed does not prove who is calling. Never says which part, nor whether the person exists."""

    code = "binding_refused"
    title = (
        "未能核实您的身份，请核对姓名、证件号码和所填信息；"
        "预留手机号已停用的，可改用社保卡卡号，或带身份证到经办窗口领取绑定码"
    )
    keeps_effects = True


class AlreadyBound(Conflict):
    """The channel is bound; it must be unbound before it proves anybody else."""

    code = "already_bound"
    title = "当前账号已完成实名绑定；如要换人，请先解除绑定"


class PhoneNotVerified(Conflict):
    """The phone of the channel was never verified, or too long ago."""

    code = "phone_not_verified"
    title = "请先验证您的手机号，再提交实名绑定"


def bind(work: Work, *, by: Actor, name: str, id_number: str, proof: Proof) -> UUID:
    """Binds the caller's channel to the person that name, number and proof agree on; the person's id.

    Raises BindingRefused, AlreadyBound, PhoneNotVerified, Limited. Counted before it is judged.
    `name` and `id_number` are in their one spelling.
    """
    channel = own(work, by)
    if channel.person_id is not None:
        raise AlreadyBound
    if isinstance(proof, PhoneProof) and not proves(channel.phone_verified_at, work.clock.now()):
        raise PhoneNotVerified
    subjects = _subjects(by, channel, id_number)
    limits.count(work, ATTEMPTS, _counted(subjects, proof), BINDING)
    person_id = _proved(work, channel, name, id_number, proof)
    if person_id is None:
        record(work, "channel.binding_refused", by=by, object_kind="channel", object_id=channel.id)
        raise BindingRefused
    limits.clear(work, ATTEMPTS, {key: who for key, who in subjects.items() if key != "address"})
    channel.person_id, channel.bound_at = person_id, work.clock.now()
    record(
        work,
        "channel.bound",
        by=by,
        subject=person_id,
        object_kind="channel",
        object_id=channel.id,
        after={"proof": proof.kind},
    )
    emit(work, ChannelBound(channel.id, person_id))
    return person_id


def unbind(work: Work, *, by: Actor) -> None:
    """Lets the caller's channel go; it stays signed in, as nobody yet."""
    channel = own(work, by)
    person_id = channel.person_id
    channel.person_id = channel.bound_at = None
    record(work, "channel.unbound", by=by, subject=person_id, object_kind="channel", object_id=channel.id)


def follow_merge(work: Work, *, by: Actor, from_id: UUID, to_id: UUID) -> None:
    """Channels of a merged record belong to the record that stays; codes printed for it are revoked."""
    moved = work.session.scalars(
        update(Channel).where(Channel.person_id == from_id).values(person_id=to_id).returning(Channel.id)
    ).all()
    for channel_id in moved:
        record(
            work,
            "channel.moved",
            by=by,
            subject=to_id,
            object_kind="channel",
            object_id=channel_id,
            before={"person_id": str(from_id)},
        )
    revoke_codes(work, person_id=from_id)


def _subjects(by: Actor, channel: Channel, id_number: str) -> dict[str, str]:
    subjects = {"channel": str(channel.id), "person": id_number, "address": by.origin.address}
    if by.origin.device != UNNAMED:
        subjects["device"] = by.origin.device
    return subjects


def _counted(subjects: dict[str, str], proof: Proof) -> dict[str, str]:
    """Not the person for a counter code, lest a stranger's guesses lock the person out of the last way in."""
    if isinstance(proof, CounterCodeProof):
        return {key: who for key, who in subjects.items() if key != "person"}
    return subjects


def _proved(work: Work, channel: Channel, name: str, id_number: str, proof: Proof) -> UUID | None:
    if isinstance(proof, PhoneProof):
        return people.identity_matches(work, name=name, id_number=id_number, phone=channel.phone)
    if isinstance(proof, CardProof):
        return people.identity_matches(work, name=name, id_number=id_number, card=proof.number)
    person_id = people.identity_matches(work, name=name, id_number=id_number)
    return person_id if use_counter_code(work, person_id=person_id, code=proof.code) else None
