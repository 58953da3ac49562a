"""Making the number under which a payout goes out."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from backend.kernel.db import Work
from backend.kernel.ids import new_id
from backend.payouts.models import Payout, PayoutAttempt
from backend.payouts.ports import Payee, Provider

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's 32 signs: digits and letters that nobody takes for one another."""
NUMBER_LENGTH = 26


def add_attempt(work: Work, payout: Payout, payee: Payee, provider: Provider, *, ordinal: int) -> UUID:
    """Fixes the next number of a payout, to be sent as soon as the payout may go out.

    The database refuses a second number beside one that may still pay.
    """
    attempt = PayoutAttempt(
        id=new_id(),
        payout_id=payout.id,
        ordinal=ordinal,
        provider=provider.value,
        amount=payout.amount,
        state="waiting",
        due_at=work.clock.now() if payout.state == "in_progress" else None,
        created_at=work.clock.now(),
        asked=0,
    )
    attempt.number = number_of(attempt.id)
    attempt.payee = asdict(payee)
    work.session.add(attempt)
    work.session.flush()
    return attempt.id


def number_of(attempt_id: UUID) -> str:
    """A number of 26 letters and digits out of an attempt's id: as unique as that, with nothing to count."""
    value = attempt_id.int
    signs = []
    for _ in range(NUMBER_LENGTH):
        value, place = divmod(value, len(ALPHABET))
        signs.append(ALPHABET[place])
    return "".join(reversed(signs))
