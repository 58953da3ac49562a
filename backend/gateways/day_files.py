"""Day-end files of those who sign their calls: fetched, checked to the last fen, and only then believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal

from backend.gateways.bank_signing import digest
from backend.gateways.signed_calls import NoAnswer, SignedCalls
from backend.kernel.clock import business_date
from backend.kernel.errors import Unavailable
from backend.kernel.money import Fen
from backend.reconciliation.ports import BadDayFile, Line, NoDayFile

VERSION = "1"
NOT_YET = "3003"
Kinds = Mapping[str, Literal["out", "in"]]
"""First letter of a line to direction, in the order of the trailer's sums."""


def fetch_lines(calls: SignedCalls, path: str, day: date, kinds: Kinds) -> Sequence[Line]:
    """All movements of a day; raises NoDayFile, BadDayFile, Unavailable."""
    try:
        reply = calls.post(path, {"date": day.isoformat()})
        told = reply.headers.get(f"X-{calls.party}-File-Digest")
        if told is None:
            _refused(calls, reply.fields().get("code"))
    except NoAnswer as silence:
        calls.silent(silence)
        raise Unavailable from None
    if told != digest(calls.signer.algorithm, reply.content):
        raise BadDayFile
    return read_lines(reply.content, calls.client_id, day, kinds)


def read_lines(content: bytes, client_id: str, day: date, kinds: Kinds) -> Sequence[Line]:
    """The movements in a file; raises BadDayFile unless its head, lines and trailer agree in everything."""
    try:
        head, *details, trailer, end = content.decode().split("\n")
        lines = [_line(one, day, kinds) for one in details]
        sums = [sum(one.amount for one in lines if one.direction == way) for way in kinds.values()]
        whole = (
            end == ""
            and head.split("|")[:4] == ["H", VERSION, client_id, day.isoformat()]
            and trailer == "|".join(["T", str(len(lines)), *map(str, sums)])
            and len({one.reference for one in lines}) == len(lines)
        )
    except (ValueError, KeyError):
        raise BadDayFile from None
    if not whole:
        raise BadDayFile
    return lines


def _refused(calls: SignedCalls, code: object) -> None:
    if code == NOT_YET:
        raise NoDayFile
    calls.refused(code)
    raise Unavailable


def _line(text: str, day: date, kinds: Kinds) -> Line:
    """One detail line; raises ValueError or KeyError."""
    kind, reference, number, amount, at = text.split("|")
    booked_at = datetime.fromisoformat(at)
    plain = amount.isascii() and amount.isdigit() and int(amount) > 0
    if not (reference and number and plain) or booked_at.tzinfo is None or business_date(booked_at) != day:
        raise ValueError(text)
    return Line(number, reference, kinds[kind], Fen(int(amount)), booked_at)
