"""Putting collected money where it belongs, once the tax authority has given its receipt."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from backend.collections import books
from backend.collections.kinds import collection_kind
from backend.collections.models import Collection, Payment
from backend.kernel.db import Work
from backend.kernel.money import Fen


def may_be_booked(work: Work, bill: Collection) -> bool:
    """Whether a bill, which the caller has locked, is paid and receipted, and nothing of it goes back."""
    if bill.state != "paid" or bill.receipt_number is None:
        return False
    going = select(Payment.given_back).where(Payment.collection_id == bill.id, Payment.use == "applied")
    return work.session.scalars(going).one() == 0


def book(work: Work, bill: Collection, into: Mapping[str, Fen]) -> None:
    """Books a bill that may be booked: fen into kinds of ledger accounts of its agency."""
    changes = {books.RECEIVED: Fen(-bill.amount), **into}
    books.book(work, f"booked:{bill.id}", bill.agency_id, changes)
    bill.state, bill.booked_at = "booked", work.clock.now()
    bill.version += 1


def book_by_itself(work: Work, bill: Collection) -> None:
    """Books a bill of a kind that says where to, as soon as it may be."""
    account = collection_kind(bill.kind).account
    if account is not None and may_be_booked(work, bill):
        book(work, bill, {account: Fen(bill.amount)})
