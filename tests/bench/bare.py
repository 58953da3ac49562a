"""The account lookup without the product around it: a session in Redis, the same SQL, the same JSON.

What a framework, documents, permissions, logs, metrics and the domain's types cost is the difference to this.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from psycopg_pool import ConnectionPool
from redis import Redis

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

ACCOUNTS = (
    ("personal_pension", "基本养老保险个人账户", "110"),
    ("personal_medical", "基本医疗保险个人账户", "310"),
)
ENTRIES = {"carried_over": "历史结转", "contribution": "缴费划入", "interest": "记账利息"}
CHANNEL = "SELECT kind, person_id FROM channel WHERE id = %s AND dropped_at IS NULL"
PARTS = """
SELECT a.kind, p.entry, sum(p.amount) FROM ledger_account a JOIN posting p ON p.account_id = a.id
WHERE a.owner_id = %s GROUP BY a.kind, p.entry"""
SPELLS = """
SELECT insurance, min(fee_period), max(fee_period), count(*) FROM (
  SELECT insurance, fee_period,
    extract(year FROM fee_period) * 12 + extract(month FROM fee_period)
      - row_number() OVER (PARTITION BY insurance ORDER BY fee_period) AS run
  FROM contribution_month WHERE person_id = %s AND superseded_by IS NULL GROUP BY insurance, fee_period
) paid GROUP BY insurance, run ORDER BY insurance, min(fee_period)"""
Spell = tuple[str, date, date, int]


@cache
def pool() -> ConnectionPool:
    """Opened by the first request of a process, so after the fork."""
    return ConnectionPool(
        os.environ["BARE_DATABASE_URL"], min_size=1, max_size=4, open=True, kwargs={"autocommit": True}
    )


@cache
def redis() -> Redis:
    """Likewise."""
    return Redis.from_url(os.environ["REDIS_URL"])


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The whole program."""
    person_id = UUID(environ["PATH_INFO"].split("/")[4])
    channel_id = signed_in(environ["HTTP_AUTHORIZATION"].removeprefix("Bearer "))
    if channel_id is None:
        return answer(start_response, "401 Unauthorized", {})
    with pool().connection() as connection:
        channel = connection.execute(CHANNEL, (channel_id,)).fetchone()
        if channel is None or channel[1] != person_id:
            return answer(start_response, "404 Not Found", {})
        parts = connection.execute(PARTS, (person_id,)).fetchall()
        spells: Sequence[Spell] = connection.execute(SPELLS, (person_id,)).fetchall()
    return answer(start_response, "200 OK", {"items": [account(*one, parts, spells) for one in ACCOUNTS]})


def signed_in(token: str) -> UUID | None:
    """The channel of a live session."""
    raw: Any = redis().get("session:" + hashlib.sha256(token.encode()).hexdigest()[:40])
    if raw is None:
        return None
    session = msgspec.json.decode(raw)
    opened = datetime.fromisoformat(session["opened_at"])
    if session["kind"] != "citizen" or datetime.now(UTC) - opened > timedelta(days=90):
        return None
    return UUID(session["subject"])


def account(
    kind: str, label: str, insurance: str, parts: Sequence[tuple[str, str, Any]], spells: Sequence[Spell]
) -> Mapping[str, Any]:
    """One account as the API shows it."""
    found = {entry: int(amount) for of, entry, amount in parts if of == kind}
    amounts = {entry: found[entry] for entry in ENTRIES if entry in found}
    mine = [one for one in spells if one[0] == insurance]
    return {
        "kind": kind,
        "label": label,
        "insurance": insurance,
        "balance": sum(amounts.values()),
        "parts": [
            {"entry": entry, "label": ENTRIES[entry], "amount": amount} for entry, amount in amounts.items()
        ],
        "months_paid": sum(one[3] for one in mine),
        "gaps": [gap(before[2], after[1]) for before, after in pairwise(mine)],
        "explain": {
            "kind": "figure",
            "key": "balance",
            "label": f"{label}储存额",
            "value": str(sum(amounts.values())),
            "text": yuan(sum(amounts.values())) + " 元",
            "unit": "fen",
            "formula": " + ".join(amounts) or "0",
            "in_words": " + ".join(ENTRIES[entry] for entry in amounts) or "0",
            "in_numbers": " + ".join(yuan(amount) for amount in amounts.values()) or "0",
            "rounding": "不取整",
            "source": "",
            "provisional": False,
            "inputs": {
                entry: {
                    "kind": "given",
                    "label": ENTRIES[entry],
                    "value": str(amount),
                    "text": yuan(amount) + " 元",
                    "unit": "fen",
                    "origin": "个人账户记账",
                    "provisional": False,
                }
                for entry, amount in amounts.items()
            },
        },
    }


def yuan(fen: int) -> str:
    """Fen as yuan."""
    return f"{fen // 100}.{fen % 100:02d}"


def gap(last: date, first: date) -> Mapping[str, Any]:
    """The months between two paid ones."""
    begin, end = last.year * 12 + last.month, first.year * 12 + first.month - 2
    return {
        "from_month": f"{begin // 12}-{begin % 12 + 1:02d}",
        "to_month": f"{end // 12}-{end % 12 + 1:02d}",
        "months": end - begin + 1,
    }


def answer(start_response: StartResponse, status: str, body: object) -> Iterable[bytes]:
    """JSON, with the headers that it takes."""
    written = msgspec.json.encode(body)
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(written)))])
    return [written]
