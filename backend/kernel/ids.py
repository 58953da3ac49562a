"""Identifiers: UUIDv7 for machines, numbers for partners, serial numbers (`JF20261122-000123`) for people."""

from __future__ import annotations

import os
import time
from datetime import date
from uuid import UUID

from sqlalchemy import Date, Integer, String
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.kernel.base import Base

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's 32 signs: digits and letters that nobody takes for one another."""
NUMBER_LENGTH = 26


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562): 48 bits of milliseconds, then random bits; roughly ordered by creation."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | random_bits
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def number_of(row_id: UUID) -> str:
    """A number of 26 letters and digits out of an id: as unique as that, with nothing to count."""
    value = row_id.int
    signs = []
    for _ in range(NUMBER_LENGTH):
        value, place = divmod(value, len(ALPHABET))
        signs.append(ALPHABET[place])
    return "".join(reversed(signs))


class SerialCounter(Base):
    """The last number given out per prefix and day."""

    __tablename__ = "serial_counter"

    prefix: Mapped[str] = mapped_column(String(8), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


def next_serial(session: Session, prefix: str, day: date) -> str:
    """The next serial number of a kind of document, unique per prefix; gaps may occur, repeats may not."""
    statement = (
        insert(SerialCounter)
        .values(prefix=prefix, day=day, last=1)
        .on_conflict_do_update(index_elements=["prefix", "day"], set_={"last": SerialCounter.last + 1})
        .returning(SerialCounter.last)
    )
    return f"{prefix}{day:%Y%m%d}-{session.execute(statement).scalar_one():06d}"
