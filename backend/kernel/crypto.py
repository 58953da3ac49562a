"""Encryption of personal data with the national algorithms: SM4-GCM to seal, HMAC-SM3 to find.

Every sealed value carries the id of its key, so that keys can be rotated while the system runs, and is bound
to its table, column and row, so that a value copied into another row does not open.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

NONCE_BYTES = 12
TAG_BYTES = 16
KEY_BYTES = 16
SEAL_KEY_BYTES = 32


class CannotOpen(Exception):
    """A sealed value was changed, moved to another row, or sealed with a key that is not here."""


def sm3(data: bytes) -> bytes:
    """The SM3 hash (32 bytes)."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """HMAC with SM3 (32 bytes)."""
    mac = hmac.HMAC(key, hashes.SM3())
    mac.update(data)
    return mac.finalize()


class _DataKeys(dict[str, bytes]):
    """Data keys of a file, which is read again for a key that is missing.

    So that a process started before a rotation opens what one started after it has sealed.
    """

    def __init__(self, path: Path, keys: dict[str, bytes]) -> None:
        super().__init__(keys)
        self._path = path

    def __missing__(self, name: str) -> bytes:
        return base64.b64decode(json.loads(self._path.read_text())["data_keys"][name])


@dataclass(frozen=True)
class Keyring:
    """The keys of one installation: data keys by id, the current one, the lookup key and the seal key."""

    current: str
    data_keys: dict[str, bytes] = field(repr=False)
    lookup_key: bytes = field(repr=False)
    seal_key: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> Keyring:
        """A fresh keyring of random keys."""
        return cls("k1", {"k1": os.urandom(KEY_BYTES)}, os.urandom(32), os.urandom(32))

    @classmethod
    def load(cls, path: Path) -> Keyring:
        """Reads a keyring file; raises FileNotFoundError or ValueError.

        Data keys that are added to the file later are found when they are first met.
        """
        try:
            raw = json.loads(path.read_text())
            keys = _DataKeys(path, {name: base64.b64decode(key) for name, key in raw["data_keys"].items()})
            loaded = cls(
                raw["current"], keys, base64.b64decode(raw["lookup_key"]), base64.b64decode(raw["seal_key"])
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} is no keyring") from error
        if loaded.current not in keys or any(len(key) != KEY_BYTES for key in keys.values()):
            raise ValueError(f"{path}: the current key is missing, or a key is not {KEY_BYTES} bytes long")
        if len(loaded.lookup_key) < KEY_BYTES or len(loaded.seal_key) != SEAL_KEY_BYTES:
            raise ValueError(f"{path}: the lookup key or the seal key has a wrong length")
        return loaded

    def save(self, path: Path) -> None:
        """Writes the keyring file, readable by its owner only, replacing an older one at once."""
        text = json.dumps(
            {
                "current": self.current,
                "data_keys": {name: base64.b64encode(key).decode() for name, key in self.data_keys.items()},
                "lookup_key": base64.b64encode(self.lookup_key).decode(),
                "seal_key": base64.b64encode(self.seal_key).decode(),
            },
            indent=2,
        )
        draft = path.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def with_new_key(self) -> Keyring:
        """The same keyring with one more data key, which is current from now on."""
        numbers = [int(name[1:]) for name in self.data_keys if name[1:].isdigit()]
        name = f"k{max(numbers, default=0) + 1}"
        return Keyring(name, {**self.data_keys, name: os.urandom(KEY_BYTES)}, self.lookup_key, self.seal_key)

    def without_key(self, name: str) -> Keyring:
        """The same keyring without a retired key; raises ValueError for the current one."""
        if name == self.current:
            raise ValueError("the current key cannot be retired")
        keys = {other: key for other, key in self.data_keys.items() if other != name}
        return Keyring(self.current, keys, self.lookup_key, self.seal_key)

    def seal(self, plain: bytes, *, place: str) -> bytes:
        """Encrypts under the current key; `place` (table.column:row) must be given again to open."""
        nonce = os.urandom(NONCE_BYTES)
        cipher = Cipher(algorithms.SM4(self.data_keys[self.current]), modes.GCM(nonce)).encryptor()
        cipher.authenticate_additional_data(place.encode())
        body = cipher.update(plain) + cipher.finalize()
        return self.current.encode() + b":" + nonce + body + cipher.tag

    def open(self, sealed: bytes, *, place: str) -> bytes:
        """Decrypts; raises CannotOpen when the value or its place is not what was sealed."""
        name, _, rest = sealed.partition(b":")
        try:
            key = self.data_keys[name.decode("ascii", "replace")]
        except KeyError as error:
            raise CannotOpen(place) from error
        if len(rest) < NONCE_BYTES + TAG_BYTES:
            raise CannotOpen(place)
        nonce, body, tag = rest[:NONCE_BYTES], rest[NONCE_BYTES:-TAG_BYTES], rest[-TAG_BYTES:]
        cipher = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
        cipher.authenticate_additional_data(place.encode())
        try:
            return cipher.update(body) + cipher.finalize()
        except InvalidTag as error:
            raise CannotOpen(place) from error

    def digest(self, purpose: str, value: str | bytes) -> bytes:
        """The lookup digest: equal values of one purpose have equal digests, and nothing else shows."""
        plain = value.encode() if isinstance(value, str) else value
        return hmac_sm3(self.lookup_key, purpose.encode() + b"\0" + plain)

    def derive(self, purpose: str) -> bytes:
        """A 32-byte secret for one purpose (CSRF tokens, cursors), derived from the lookup key."""
        return hmac_sm3(self.lookup_key, b"derive\0" + purpose.encode())

    def signing_key(self) -> Ed25519PrivateKey:
        """The key that signs audit heads."""
        return Ed25519PrivateKey.from_private_bytes(self.seal_key)

    def document_key(self) -> Ed25519PrivateKey:
        """The key that signs documents: not the audit's, so that neither signature passes for the other."""
        return Ed25519PrivateKey.from_private_bytes(hmac_sm3(self.seal_key, b"documents"))


_active: Keyring | None = None


def use_keyring(keyring: Keyring) -> None:
    """Makes a keyring the one that sealed columns of this process use."""
    global _active  # noqa: PLW0603 one per process, set while it starts
    _active = keyring


def keyring() -> Keyring:
    """The keyring of this process; raises RuntimeError before `use_keyring`."""
    if _active is None:
        raise RuntimeError("no keyring is in use: call use_keyring first")
    return _active
