"""Signatures between the bureau and those it is linked to: SM2 through OpenSSL's command line, or RSA."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SM3, Hash
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

SM2, RSA = "SM2-SM3", "RSA-SHA256"
OPENSSL = shutil.which("openssl") or "openssl"
SECONDS = 10
# GB/T 32918.2: the identity that is signed with the message; banks use the standard's own.
OPTIONS = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")
NEW_KEY = ("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:sm2")
PROBE = b"SM2?"
UNREADABLE = (OSError, ValueError, TypeError, UnsupportedAlgorithm)
"""What a key file that is missing, sealed or of another kind raises."""


class CannotSign(Exception):
    """A key or OpenSSL is missing, or no good; it says nothing of what the other side did."""


class Signer(Protocol):
    """Signs as us and verifies as the other side."""

    @property
    def algorithm(self) -> str:
        """Its name in the headers."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Our signature; raises CannotSign."""
        ...

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the other side signed this; raises CannotSign."""
        ...


@dataclass(frozen=True)
class Sm2Signer:
    """GB/T 32918 with SM3. Keys go to OpenSSL by the paths of their files; a call is one process."""

    own_key: Path
    other_key: Path
    algorithm = SM2

    def sign(self, message: bytes) -> bytes:
        """See `Signer`."""
        done = _openssl("pkeyutl", "-sign", "-inkey", self.own_key, *OPTIONS, told=message)
        if done.returncode:
            raise CannotSign(f"openssl cannot sign with {self.own_key.name}")
        return done.stdout

    def verify(self, message: bytes, signature: bytes) -> bool:
        """See `Signer`. OpenSSL does not tell a wrong signature from a bad key: both verify nothing."""
        key = ("-pubin", "-inkey", self.other_key)
        with tempfile.NamedTemporaryFile() as given:
            given.write(signature)
            given.flush()
            done = _openssl(*("pkeyutl", "-verify", *key, *OPTIONS, "-sigfile", given.name), told=message)
        return done.returncode == 0


@dataclass(frozen=True)
class RsaSigner:
    """RSASSA-PKCS1-v1_5 with SHA-256, for a bank that takes it. Keys are read when first needed."""

    own_key: Path
    other_key: Path
    algorithm = RSA

    def sign(self, message: bytes) -> bytes:
        """See `Signer`."""
        return self._private.sign(message, padding.PKCS1v15(), SHA256())

    def verify(self, message: bytes, signature: bytes) -> bool:
        """See `Signer`."""
        try:
            self._public.verify(signature, message, padding.PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True

    @cached_property
    def _private(self) -> rsa.RSAPrivateKey:
        try:
            key = load_pem_private_key(self.own_key.read_bytes(), None)
        except UNREADABLE as error:
            raise CannotSign(f"{self.own_key.name}: {type(error).__name__}") from error
        if not isinstance(key, rsa.RSAPrivateKey):
            raise CannotSign(f"{self.own_key.name} is no RSA key")
        return key

    @cached_property
    def _public(self) -> rsa.RSAPublicKey:
        try:
            key = load_pem_public_key(self.other_key.read_bytes())
        except UNREADABLE as error:
            raise CannotSign(f"{self.other_key.name}: {type(error).__name__}") from error
        if not isinstance(key, rsa.RSAPublicKey):
            raise CannotSign(f"{self.other_key.name} is no RSA key")
        return key


def signer(algorithm: str, own_key: Path, other_key: Path) -> Signer:
    """The signer of an algorithm; raises ValueError for one that there is not."""
    if algorithm == SM2:
        return Sm2Signer(own_key, other_key)
    if algorithm == RSA:
        return RsaSigner(own_key, other_key)
    raise ValueError(f"{algorithm} is neither {SM2} nor {RSA}")


def digest(algorithm: str, content: bytes) -> str:
    """The digest of a file, with its name in front: the one that belongs to the signatures."""
    name, kind = ("SM3", SM3()) if algorithm == SM2 else ("SHA256", SHA256())
    made = Hash(kind)
    made.update(content)
    return f"{name}:{made.finalize().hex()}"


@cache
def knows_sm2() -> bool:
    """Whether this machine's OpenSSL signs with SM2 and the standard's identity; those before 3 do not."""
    with tempfile.TemporaryDirectory() as folder:
        own, public = Path(folder) / "own.pem", Path(folder) / "own.pub"
        try:
            _make_pair(own, public, SM2)
            probe = Sm2Signer(own, public)
            return probe.verify(PROBE, probe.sign(PROBE))
        except CannotSign:
            return False


def demo_signers(folder: Path, algorithm: str = RSA, other: str = "bank") -> tuple[Signer, Signer]:
    """The signers of the bureau and of the other side, with key pairs that are made once in a folder.

    Two processes may start at once: who is late finds the pair of the other. Raises CannotSign.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for who in ("bureau", other):
        _make_pair(folder / f"{who}.pem", folder / f"{who}.pub", algorithm)
    return (
        signer(algorithm, folder / "bureau.pem", folder / f"{other}.pub"),
        signer(algorithm, folder / f"{other}.pem", folder / "bureau.pub"),
    )


def _make_pair(private: Path, public: Path, algorithm: str) -> None:
    if not private.exists():
        _place(private, _made(*NEW_KEY) if algorithm == SM2 else _new_rsa_key())
    if not public.exists():
        _place(public, _made("pkey", "-in", private, "-pubout") if algorithm == SM2 else _rsa_public(private))


def _place(path: Path, content: bytes) -> None:
    """Whole or not at all, for its owner's eyes only, and never over a key that is there."""
    with tempfile.NamedTemporaryFile(dir=path.parent) as draft:
        draft.write(content)
        draft.flush()
        with suppress(FileExistsError):
            os.link(draft.name, path)


def _new_rsa_key() -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _rsa_public(private: Path) -> bytes:
    try:
        key = load_pem_private_key(private.read_bytes(), None).public_key()
    except UNREADABLE as error:
        raise CannotSign(f"{private.name}: {type(error).__name__}") from error
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _made(*arguments: str | Path) -> bytes:
    done = _openssl(*arguments)
    if done.returncode:
        raise CannotSign(f"openssl {arguments[0]} failed")
    return done.stdout


def _openssl(*arguments: str | Path, told: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            [OPENSSL, *arguments], input=told, capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotSign(f"openssl: {type(error).__name__}") from error
