"""The tax authority's day-end files; how they are checked is in day_files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from backend.gateways.bank_signing import Signer
from backend.gateways.day_files import Kinds, fetch_lines
from backend.gateways.signed_calls import SignedCalls
from backend.kernel.calls import Note
from backend.kernel.clock import Clock
from backend.reconciliation.ports import Line

PATH = "/tax/v1/day-end"
KINDS: Kinds = {"R": "in", "F": "out"}


class TaxDayFiles:
    """Implements DayFiles: receipts come in, refunds go out."""

    def __init__(
        self, url: str, client_id: str, signer: Signer, clock: Clock, note: Note | None = None
    ) -> None:
        self._calls = SignedCalls("Tax", url, client_id, signer, clock, note)

    def lines(self, day: date) -> Sequence[Line]:
        """See `DayFiles`."""
        return fetch_lines(self._calls, PATH, day, KINDS)
