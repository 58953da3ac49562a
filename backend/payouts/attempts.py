"""Making the number under which a payout goes out."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from backend.kernel.db import Work
from backend.kernel.ids import new_id, number_of
from backend.payouts.models import Payout, PayoutAttempt
from backend.payouts.ports import Payee, Provider


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
