"""How long codes and proofs hold, and what codes look like."""

from __future__ import annotations

from datetime import datetime, timedelta

CODE_MINUTES = 5
CODE_TRIES = 5
PHONE_PROOF_HOLDS = timedelta(hours=24)
"""A phone counts as proof only this long after it was verified: a number may have a new owner by then."""
COUNTER_CODE_HOLDS = timedelta(hours=72)
FORGOTTEN_AFTER = timedelta(days=7)
"""How long after their expiry codes are still kept, to answer questions at the counter."""
COUNTER_CODE_LENGTH = 10
COUNTER_CODE_LETTERS = "34679ACDEFGHJKMNPQRTUVWXY"
"""No 0 O, 1 I L, 2 Z, 5 S, 8 B: clerks read codes out, and people copy them from paper."""
LABELS = {"miniprogram": "微信小程序", "official_account": "微信公众号", "phone": "手机号登录"}
"""What a channel is called when its device told no name."""


def printed(counter_code: str) -> str:
    """A counter code as it is printed: `ACDEF-34679`."""
    half = COUNTER_CODE_LENGTH // 2
    return f"{counter_code[:half]}-{counter_code[half:]}"


def proves(phone_verified_at: datetime | None, now: datetime) -> bool:
    """Whether a phone was verified recently enough to prove who is calling."""
    return phone_verified_at is not None and now - phone_verified_at < PHONE_PROOF_HOLDS
