"""One-time codes by SMS: committed first, then sent, so that no transaction waits for the carrier."""

from __future__ import annotations

import structlog

from backend.channels import commands as channels
from backend.channels.commands import Purpose
from backend.channels.ports import SmsSender
from backend.channels.rules import CODE_MINUTES
from backend.kernel.errors import OutcomeUnknown
from backend.web.edge import Call
from backend.web.parsing import Schema
from miniprogram_api.fields import PhoneText

log = structlog.get_logger()


class PhoneCodeBody(Schema):
    """The phone that a code is sent to."""

    phone = PhoneText(required=True)


def send_code(call: Call, purpose: Purpose, phone: str) -> None:
    """Sends a fresh code to a phone; raises Limited, and Unavailable where the carrier did not take it."""
    with call.house.database.work() as work:
        code = channels.start_code(work, by=call.actor, purpose=purpose, phone=phone)
    try:
        call.house.ports.get(SmsSender).send_code(phone, code, CODE_MINUTES)
    except OutcomeUnknown:
        # It may well arrive. Whoever waits in vain asks for another one, which then counts instead.
        log.warning("an SMS may not have been sent", purpose=purpose)
