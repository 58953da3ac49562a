"""Ed25519 signatures on documents, and the file of public keys with which anybody verifies them off line."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from backend.kernel.crypto import sm3

Purpose = Literal["claim", "file"]
"""What a signature is for: the QR code, or a whole file. One never passes for the other."""
ID_BYTES = 4
SIGNATURE_BYTES = 64


class UnknownKey(Exception):
    """Signed with a key that is not among the public ones."""


class BadSignature(Exception):
    """Not what was signed."""


class Signer:
    """The bureau's hand: signs, and knows the id of its key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key()
        self.key_id = key_id_of(self.public)

    def sign(self, purpose: Purpose, message: bytes) -> bytes:
        """64 bytes; the same for the same message."""
        return self._key.sign(_framed(purpose, message))


@dataclass(frozen=True)
class PublicKeys:
    """Whose signatures count. Keys that signed documents in the past stay in."""

    by_id: dict[bytes, Ed25519PublicKey]

    @classmethod
    def of(cls, keys: Iterable[Ed25519PublicKey]) -> PublicKeys:
        """These keys."""
        return cls({key_id_of(key): key for key in keys})

    @classmethod
    def parse(cls, text: str) -> PublicKeys:
        """Reads what `export` wrote; raises ValueError."""
        try:
            raw = [base64.b64decode(one["public"], validate=True) for one in json.loads(text)["keys"]]
        except (KeyError, TypeError) as error:
            raise ValueError("not a file of public keys") from error
        return cls.of(map(Ed25519PublicKey.from_public_bytes, raw))

    def export(self) -> str:
        """The keys as JSON: nothing secret."""
        keys = [
            {
                "id": key_id.hex(),
                "algorithm": "Ed25519",
                "public": base64.b64encode(key.public_bytes_raw()).decode(),
            }
            for key_id, key in self.by_id.items()
        ]
        return json.dumps({"keys": keys}, indent=2) + "\n"

    def check(self, key_id: bytes, purpose: Purpose, message: bytes, signature: bytes) -> None:
        """Raises UnknownKey or BadSignature."""
        if key_id not in self.by_id:
            raise UnknownKey(key_id.hex())
        try:
            self.by_id[key_id].verify(signature, _framed(purpose, message))
        except InvalidSignature as error:
            raise BadSignature from error


def key_id_of(key: Ed25519PublicKey) -> bytes:
    """What a key is called: the first bytes of its SM3."""
    return sm3(key.public_bytes_raw())[:ID_BYTES]


def _framed(purpose: Purpose, message: bytes) -> bytes:
    return f"e-shebao document {purpose}\0".encode() + message
