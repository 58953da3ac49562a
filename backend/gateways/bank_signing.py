"""Signatures between the bureau and its bank: SM2 through OpenSSL's command line, or RSA."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

SM2, RSA = "SM2-SM3", "RSA-SHA256"
OPENSSL = shutil.which("openssl") or "openssl"
SECONDS = 10
# GB/T 32918.2: the identity that is signed with the message; banks use the standard's own.
OPTIONS = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")


class Signer(Protocol):
    """Signs as us and verifies as the bank."""

    @property
    def algorithm(self) -> str:
        """Its name in the headers."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Our signature."""
        ...

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the bank signed this."""
        ...


@dataclass(frozen=True)
class Sm2Signer:
    """GB/T 32918 with SM3. Keys go to OpenSSL by the paths of their files, messages through files of ours."""

    own_key: Path
    bank_key: Path
    algorithm = SM2

    def sign(self, message: bytes) -> bytes:
        """See `Signer`; raises CalledProcessError for a key that is none."""
        with tempfile.TemporaryDirectory() as folder:
            said, out = Path(folder) / "message", Path(folder) / "signature"
            said.write_bytes(message)
            _openssl("pkeyutl", "-sign", "-inkey", self.own_key, *OPTIONS, "-in", said, "-out", out)
            return out.read_bytes()

    def verify(self, message: bytes, signature: bytes) -> bool:
        """See `Signer`."""
        with tempfile.TemporaryDirectory() as folder:
            said, given = Path(folder) / "message", Path(folder) / "signature"
            said.write_bytes(message)
            given.write_bytes(signature)
            try:
                _openssl(
                    *("pkeyutl", "-verify", "-pubin", "-inkey", self.bank_key, *OPTIONS),
                    *("-in", said, "-sigfile", given),
                )
            except subprocess.CalledProcessError:
                return False
            return True


@dataclass(frozen=True)
class RsaSigner:
    """RSASSA-PKCS1-v1_5 with SHA-256, where OpenSSL knows no SM2."""

    own_key: Path
    bank_key: Path
    algorithm = RSA

    def sign(self, message: bytes) -> bytes:
        """See `Signer`; raises TypeError for a key of another kind."""
        key = load_pem_private_key(self.own_key.read_bytes(), None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("not an RSA key")
        return key.sign(message, padding.PKCS1v15(), SHA256())

    def verify(self, message: bytes, signature: bytes) -> bool:
        """See `Signer`; raises TypeError for a key of another kind."""
        key = load_pem_public_key(self.bank_key.read_bytes())
        if not isinstance(key, rsa.RSAPublicKey):
            raise TypeError("not an RSA key")
        try:
            key.verify(signature, message, padding.PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True


def signer(algorithm: str, own_key: Path, bank_key: Path) -> Signer:
    """The signer of an algorithm; raises ValueError for one that there is not."""
    if algorithm == SM2:
        return Sm2Signer(own_key, bank_key)
    if algorithm == RSA:
        return RsaSigner(own_key, bank_key)
    raise ValueError(f"{algorithm} is neither {SM2} nor {RSA}")


def _openssl(*arguments: str | Path) -> None:
    subprocess.run([OPENSSL, *arguments], check=True, capture_output=True, timeout=SECONDS)
