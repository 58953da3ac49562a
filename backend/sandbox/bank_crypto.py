"""The other side of the signatures (the bank's, the tax authority's), and the key pairs of the demo."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import cast

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

SM2, RSA = "SM2-SM3", "RSA-SHA256"
SM2_OPTIONS = ["-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]
NEW_SM2_KEY = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:sm2"]
SECONDS = 10


def sign(algorithm: str, key: Path, message: bytes) -> bytes:
    """The signature of an answer."""
    if algorithm == SM2:
        command = ["openssl", "pkeyutl", "-sign", "-inkey", str(key), *SM2_OPTIONS]
        return _run(command, message)
    return _private(key, key.stat().st_mtime_ns).sign(message, padding.PKCS1v15(), hashes.SHA256())


def verified(algorithm: str, key: Path, message: bytes, signature: bytes) -> bool:
    """Whether the owner of a public key signed this."""
    if algorithm == SM2:
        with tempfile.NamedTemporaryFile() as given:
            given.write(signature)
            given.flush()
            files = ["-pubin", "-inkey", str(key), "-sigfile", given.name]
            command = ["openssl", "pkeyutl", "-verify", *files, *SM2_OPTIONS]
            done = subprocess.run(command, input=message, capture_output=True, timeout=SECONDS, check=False)
        return done.returncode == 0
    try:
        _public(key, key.stat().st_mtime_ns).verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def digest(algorithm: str, content: bytes) -> str:
    """The digest of a file, with its name in front: the one that belongs to the signatures."""
    name, kind = ("SM3", hashes.SM3()) if algorithm == SM2 else ("SHA256", hashes.SHA256())
    made = hashes.Hash(kind)
    made.update(content)
    return f"{name}:{made.finalize().hex()}"


def make_keys(folder: Path, algorithm: str, other: str) -> None:
    """Key pairs for the bureau and the other side, `<who>.pem` and `<who>.pub`, where there are none yet.

    Two processes may start at once: who is late finds the pair of the other. Raises ValueError when the
    folder holds keys of another algorithm.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for who in ("bureau", other):
        if not (folder / f"{who}.pub").exists():
            _make_pair(folder, who, algorithm)
        if not _fits(folder, who, algorithm):
            raise ValueError(f"{folder}: {who}'s keys are not for {algorithm}; remove the folder")


def _fits(folder: Path, who: str, algorithm: str) -> bool:
    try:
        signature = sign(algorithm, folder / f"{who}.pem", b"?")
        return verified(algorithm, folder / f"{who}.pub", b"?", signature)
    except (ValueError, TypeError, UnsupportedAlgorithm, subprocess.CalledProcessError):
        return False


def _make_pair(folder: Path, who: str, algorithm: str) -> None:
    private, public = folder / f"{who}.pem", folder / f"{who}.pub"
    with tempfile.NamedTemporaryFile(dir=folder) as draft:
        draft.write(_run(NEW_SM2_KEY) if algorithm == SM2 else _new_rsa_key())
        draft.flush()
        with suppress(FileExistsError):  # the other process was faster; its key is as good
            os.link(draft.name, private)
    with tempfile.NamedTemporaryFile(dir=folder) as draft:
        draft.write(_public_of(private, algorithm))
        draft.flush()
        with suppress(FileExistsError):  # the same public key, made of the same private one
            os.link(draft.name, public)


def _public_of(private: Path, algorithm: str) -> bytes:
    if algorithm == SM2:
        return _run(["openssl", "pkey", "-in", str(private), "-pubout"])
    key = serialization.load_pem_private_key(private.read_bytes(), None).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _new_rsa_key() -> bytes:
    return rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


# Reading a key costs more than using it; the time of its last change tells a new one.
@lru_cache(maxsize=8)
def _private(path: Path, _changed: int) -> RSAPrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("not an RSA key")
    return key


@lru_cache(maxsize=8)
def _public(path: Path, _changed: int) -> RSAPublicKey:
    return cast(RSAPublicKey, serialization.load_pem_public_key(path.read_bytes()))


def _run(command: list[str], told: bytes = b"") -> bytes:
    done = subprocess.run(command, input=told, check=True, capture_output=True, timeout=SECONDS)
    return done.stdout
