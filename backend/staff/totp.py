"""Dynamic codes (TOTP, RFC 6238): six digits, a new one every 30 seconds. Pure."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp

ISSUER = "电子社保"
STEP_SECONDS = 30
WINDOW = 1
"""Codes of this many steps before and after now are taken too, since clocks of phones are not exact."""


def new_secret() -> str:
    """A random secret of 160 bits."""
    return pyotp.random_base32()


def enrolment_uri(secret: str, username: str) -> str:
    """What an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def matching_step(secret: str, code: str, now: datetime, *, after: int) -> int | None:
    """The step whose code this is, or None; steps up to `after` have been used and are no good any more."""
    totp = pyotp.TOTP(secret)
    found = None
    for step in _steps(now):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()) and step > after:
            found = step
    return found


def usable_code(secret: str, now: datetime, *, after: int) -> str | None:
    """A code that would be taken now, the present one if possible; None when all have been used."""
    current = _step(now)
    free = [step for step in (current, current + WINDOW) if step > after]
    return pyotp.TOTP(secret).generate_otp(free[0]) if free else None


def _steps(now: datetime) -> range:
    return range(_step(now) - WINDOW, _step(now) + WINDOW + 1)


def _step(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS
