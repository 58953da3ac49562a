"""Codes sent by SMS: started here, sent by the caller after the commit, used once, forgotten later."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, select, update

from backend.audit.commands import record
from backend.channels.models import BindingCode, OneTimeCode
from backend.channels.rules import CODE_MINUTES, CODE_TRIES, FORGOTTEN_AFTER
from backend.kernel import limits
from backend.kernel.actor import Actor
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.errors import FieldError, Invalid
from backend.kernel.ids import new_id
from backend.kernel.limits import Limit

Purpose = Literal["sign_in", "verify_phone"]
UNNAMED = "-"
_DAY = timedelta(days=1)
SENDING_AGAIN = {"phone": Limit(1, timedelta(minutes=1))}
# Carriers put thousands of phones behind one address, so its bound is wide; the other two do the work.
SENDING = {"phone": Limit(10, _DAY), "device": Limit(20, _DAY), "address": Limit(500, _DAY)}


class CodeWrong(Invalid):
    """The code is not the newest one sent, was used, is too old, or was tried too often."""

    code = "code_wrong"
    title = "验证码不正确或已失效，请核对短信，或重新获取验证码"
    keeps_effects = True


def start_code(work: Work, *, by: Actor, purpose: Purpose, phone: str) -> str:
    """A fresh code for `phone` (11 digits), to be sent once this is committed. Raises Limited.

    The device must be named: codes are counted by it, and a phone number signs in per device.
    """
    device = named_device(by)
    limits.count(work, "one_time_code_again", {"phone": phone}, SENDING_AGAIN)
    subjects = {"phone": phone, "device": device, "address": by.origin.address}
    limits.count(work, "one_time_code", subjects, SENDING)
    code, code_id, now = f"{secrets.randbelow(1_000_000):06d}", new_id(), work.clock.now()
    work.session.add(
        OneTimeCode(
            id=code_id,
            purpose=purpose,
            phone_digest=keyring().digest("phone", phone),
            code_digest=_digest(code_id, code),
            sent_at=now,
            expires_at=now + timedelta(minutes=CODE_MINUTES),
        )
    )
    record(work, "one_time_code.started", by=by, object_kind="one_time_code", object_id=code_id)
    return code


def use_code(work: Work, *, purpose: Purpose, phone: str, code: str) -> None:
    """Uses up the newest code sent to `phone`; raises CodeWrong, and the try is counted.

    One statement looks whether a try is left and counts it, so that guesses made at once cannot share it.
    """
    now = work.clock.now()
    newest = (
        select(OneTimeCode.id)
        .where(
            OneTimeCode.phone_digest == keyring().digest("phone", phone),
            OneTimeCode.purpose == purpose,
        )
        .order_by(OneTimeCode.sent_at.desc(), OneTimeCode.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    sent = work.session.scalars(
        update(OneTimeCode)
        .where(
            OneTimeCode.id == newest,
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > now,
            OneTimeCode.tries < CODE_TRIES,
        )
        .values(tries=OneTimeCode.tries + 1)
        .returning(OneTimeCode),
        execution_options={"populate_existing": True},
    ).one_or_none()
    if sent is None or not hmac.compare_digest(sent.code_digest, _digest(sent.id, code)):
        raise CodeWrong
    sent.used_at = now


def forget_codes(work: Work) -> None:
    """Deletes codes of both kinds that expired a week ago or earlier."""
    past = work.clock.now() - FORGOTTEN_AFTER
    for model in (OneTimeCode, BindingCode):
        work.session.execute(delete(model).where(model.expires_at <= past))


def named_device(by: Actor) -> str:
    """The device that a request names; raises Invalid when it names none."""
    if by.origin.device == UNNAMED:
        raise Invalid(fields=(FieldError("X-Device-Id", "缺少设备编号，请刷新页面后重试"),))
    return by.origin.device


def _digest(code_id: UUID, code: str) -> bytes:
    return keyring().digest("one_time_code", f"{code_id}:{code}")
