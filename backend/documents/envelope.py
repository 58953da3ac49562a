"""What is signed: a document's content with all that stands around it, in one canonical form."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from backend.kernel.crypto import sm3


def canonical(value: Any) -> bytes:
    """The one spelling of a JSON value: sorted keys, no spaces, UTF-8. Dates become ISO strings."""
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_iso
    )
    return text.encode()


@dataclass(frozen=True)
class Envelope:
    """A document as it is signed.

    `edition` says how it is drawn; `verify_at` is the address of the page that verifies it, inside the
    signature so that a forged copy cannot send people to another one; `specimen` marks the demo's.
    """

    kind: str
    edition: int
    serial: str
    issued_on: date
    verify_at: str
    specimen: bool
    content: dict[str, Any]

    def canonical(self) -> bytes:
        """The signed bytes."""
        return canonical(asdict(self))

    def hash(self) -> bytes:
        """SM3 of the signed bytes; covers every amount."""
        return sm3(self.canonical())

    @classmethod
    def parse(cls, raw: bytes) -> Envelope:
        """Reads what `canonical` wrote; raises ValueError for anything else."""
        try:
            fields = json.loads(raw)
            found = cls(**{**fields, "issued_on": date.fromisoformat(fields["issued_on"])})
        except (KeyError, RecursionError, TypeError, ValueError) as error:
            raise ValueError("not an envelope") from error
        if found.canonical() != raw:
            raise ValueError("not in canonical form")
        return found


def _iso(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a document")
