"""What a QR code claims, signed, in some 200 characters: enough to verify a paper copy without a network.

    https://.../verify#<base64url of MessagePack fields and a signature>

The claim stands behind the `#`, which browsers keep to themselves: no server log ever holds it.
"""

from __future__ import annotations

import base64
import binascii
from datetime import date
from typing import Literal

import msgspec

from backend.documents.envelope import Envelope
from backend.documents.keys import SIGNATURE_BYTES, PublicKeys, Signer

HASH_BYTES = 16
"""Of the SM3 in the code: nobody finds a second content for 128 given bits."""
LONGEST = 1000


class Claim(msgspec.Struct, frozen=True, array_like=True):
    """Which document, of what kind, whose (masked), of what day, and the beginning of its content's SM3."""

    version: Literal[1]
    key_id: bytes
    serial: str
    kind: str
    issued_on: date
    holder: str
    content_hash: bytes

    @classmethod
    def about(cls, envelope: Envelope, holder: str, key_id: bytes) -> Claim:
        """The claim of an envelope; `holder` is masked already."""
        return cls(
            1,
            key_id,
            envelope.serial,
            envelope.kind,
            envelope.issued_on,
            holder,
            envelope.hash()[:HASH_BYTES],
        )

    def fits(self, envelope: Envelope) -> bool:
        """Whether this is the claim of that envelope."""
        return (self.serial, self.kind, self.issued_on, self.content_hash) == (
            envelope.serial,
            envelope.kind,
            envelope.issued_on,
            envelope.hash()[:HASH_BYTES],
        )


def write(claim: Claim, signer: Signer, verify_at: str) -> str:
    """The text of the QR code."""
    body = msgspec.msgpack.encode(claim)
    signed = body + signer.sign("claim", body)
    return f"{verify_at}#{base64.urlsafe_b64encode(signed).decode().rstrip('=')}"


def read(text: str, keys: PublicKeys) -> Claim:
    """The claim of a QR code's text, with or without the address before it.

    Raises ValueError for what is no claim at all, UnknownKey and BadSignature.
    """
    given = text.strip().rpartition("#")[2]
    if len(given) > LONGEST:
        raise ValueError("too long")
    try:
        signed = base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True)
        body, signature = signed[:-SIGNATURE_BYTES], signed[-SIGNATURE_BYTES:]
        claim = msgspec.msgpack.decode(body, type=Claim)
    except (binascii.Error, UnicodeError, msgspec.MsgspecError) as error:
        raise ValueError("not a claim") from error
    keys.check(claim.key_id, "claim", body, signature)
    return claim
