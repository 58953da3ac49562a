"""Asking for payouts, releasing, repairing and stopping them."""

from backend.payouts.commands.releasing import PAYOUT_RELEASE, propose_release
from backend.payouts.commands.repairs import PAYOUT_RESOLUTION, propose_resolution, reissue
from backend.payouts.commands.requests import cancel, request, request_for_person
from backend.payouts.commands.switches import resume, stop

APPROVAL_KINDS = (PAYOUT_RELEASE, PAYOUT_RESOLUTION)
"""The changes of this room that need a second person."""

__all__ = [
    "APPROVAL_KINDS",
    "PAYOUT_RELEASE",
    "cancel",
    "propose_release",
    "propose_resolution",
    "reissue",
    "request",
    "request_for_person",
    "resume",
    "stop",
]
