"""Where a person's money goes: the bank card in the registry, which two of the staff agreed on."""

from __future__ import annotations

from uuid import UUID

from backend.kernel.db import Work
from backend.payouts.errors import NoBankCard
from backend.payouts.ports import Payee
from backend.people import queries as people


def bank_account(work: Work, person_id: UUID) -> Payee:
    """The card that benefits go to, as it is now. Raises NoBankCard, and NotFound for nobody."""
    known = people.record(work, person_id)
    if known.bank_card is None:
        raise NoBankCard
    return Payee(account=known.bank_card.number, name=known.name)
