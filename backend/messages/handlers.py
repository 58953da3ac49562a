"""What this room says when something happened in another one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.channels import queries as channels
from backend.channels.events import ChannelBound
from backend.channels.rules import LABELS
from backend.family import queries as family
from backend.family.events import DelegationAgreed, DelegationAsked, DelegationClosed
from backend.kernel.db import Work
from backend.kernel.jobs import Event
from backend.kernel.masking import mask_name
from backend.messages import commands
from backend.people.events import BankCardChanged, PersonMerged, PhoneChanged

Payload = Mapping[str, Any]
TO_HELPER = {"refused": "family_refused", "ended": "family_ended", "expired": "family_expired"}
"""What the helper is told when a delegation closes, by its last state."""


def channel_bound(work: Work, payload: Payload) -> None:
    """Tells a person on all their other channels and by SMS that a new channel acts for them."""
    channel_id = UUID(payload["channel_id"])
    commands.notify(
        work,
        person_id=UUID(payload["person_id"]),
        template="channel_bound",
        params={"channel": LABELS[channels.kind_of(work, channel_id)]},
        source=_happened(work, "channel.bound", channel_id),
        not_to=channel_id,
    )


def phone_changed(work: Work, payload: Payload) -> None:
    """Tells the old number, the new one and every channel."""
    _changed(work, payload, "phone_changed")


def bank_card_changed(work: Work, payload: Payload) -> None:
    """Tells every channel and phone."""
    _changed(work, payload, "bank_card_changed")


def person_merged(work: Work, payload: Payload) -> None:
    """Takes the messages along."""
    commands.follow_merge(work, from_id=UUID(payload["from_id"]), to_id=UUID(payload["to_id"]))


def delegation_asked(work: Work, payload: Payload) -> None:
    """Tells the principal, when there is one."""
    _tell_principal(work, payload, "family_asked")


def delegation_agreed(work: Work, payload: Payload) -> None:
    """Tells both sides: a counter may have written it down."""
    _tell_helper(work, payload, "family_agreed")
    _tell_principal(work, payload, "family_granted")


def delegation_closed(work: Work, payload: Payload) -> None:
    """Tells the helper what came of it, and the principal when it was ended."""
    _tell_helper(work, payload, TO_HELPER[payload["state"]])
    if payload["state"] == "ended":
        _tell_principal(work, payload, "family_ended")


ON: Sequence[tuple[type[Event], Callable[[Work, Payload], None]]] = (
    (ChannelBound, channel_bound),
    (PhoneChanged, phone_changed),
    (BankCardChanged, bank_card_changed),
    (PersonMerged, person_merged),
    (DelegationAsked, delegation_asked),
    (DelegationAgreed, delegation_agreed),
    (DelegationClosed, delegation_closed),
)
"""What this room listens to."""


def _changed(work: Work, payload: Payload, template: str) -> None:
    person_id = UUID(payload["person_id"])
    source = _happened(work, template, person_id)
    commands.notify(work, person_id=person_id, template=template, params={}, source=source)


def _tell_helper(work: Work, payload: Payload, template: str) -> None:
    delegation_id = UUID(payload["delegation_id"])
    name = family.delegation_of_helper(work, delegation_id).name
    _tell(work, UUID(payload["helper_id"]), template, delegation_id, name)


def _tell_principal(work: Work, payload: Payload, template: str) -> None:
    if payload["principal_id"] is None:
        return
    delegation_id = UUID(payload["delegation_id"])
    name = family.helper_names(work, [delegation_id])[delegation_id]
    _tell(work, UUID(payload["principal_id"]), template, delegation_id, name)


def _tell(work: Work, person_id: UUID, template: str, delegation_id: UUID, name: str) -> None:
    commands.notify(
        work,
        person_id=person_id,
        template=template,
        params={"name": mask_name(name)},
        source=f"{template}:{delegation_id}",
    )


def _happened(work: Work, what: str, whose: UUID) -> str:
    """Names one of several like events; the handler's run is one commit with its job, so its time will do."""
    return f"{what}:{whose}:{work.clock.now().isoformat()}"
