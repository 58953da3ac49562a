"""The day-end file: everything that left the fund on a day or came back to it, with totals."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from backend.sandbox.world import CHINA, iso

SPOILS = ("cut", "totals", "digest")
"""How a file may be wrong: the end is missing, the totals are others, the digest is that of another file."""


def day_file(db: sqlite3.Connection, client_id: str, day: date, now: float) -> str:
    """Lines that end in a line feed: `H`ead, `D`ebits and `C`redits by time, `T`railer."""
    span = day_span(day)
    # A return has a serial of its own, as each movement in a bank's books.
    rows = db.execute(
        "SELECT 'D' AS kind, reference, number, amount, paid_at AS at, id FROM bank_payment"
        " WHERE paid_at >= ? AND paid_at < ?"
        " UNION ALL SELECT 'C', reference || 'R', number, amount, returned_at, id FROM bank_payment"
        " WHERE returned_at >= ? AND returned_at < ? ORDER BY at, kind DESC, id",
        (*span, *span),
    ).fetchall()
    return write_file(rows, "DC", client_id, day, now)


def day_span(day: date) -> tuple[float, float]:
    """When a day in China begins, and when the next one does."""
    start = datetime(day.year, day.month, day.day, tzinfo=CHINA)
    return start.timestamp(), (start + timedelta(days=1)).timestamp()


def write_file(rows: Sequence[sqlite3.Row], kinds: str, client_id: str, day: date, now: float) -> str:
    """Rows of `kind`, `reference`, `number`, `amount`, `at`; the trailer has a sum for each of the kinds."""
    sums = [sum(row["amount"] for row in rows if row["kind"] == kind) for kind in kinds]
    lines = [
        f"H|1|{client_id}|{day}|{iso(now)}",
        *(
            f"{row['kind']}|{row['reference']}|{row['number']}|{row['amount']}|{iso(row['at'])}"
            for row in rows
        ),
        "|".join(["T", str(len(rows)), *map(str, sums)]),
    ]
    return "".join(f"{line}\n" for line in lines)


def spoiled(text: str, how: str) -> str:
    """The file with a mistake that its reader has to find."""
    if how == "cut":
        return text[: text.rindex("T|")]
    if how == "totals":
        head, _, trailer = text.rpartition("T|")
        count, debits, credits_ = trailer.strip().split("|")
        return f"{head}T|{count}|{int(debits) + 1}|{credits_}\n"
    return text
