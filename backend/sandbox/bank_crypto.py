"""The bank's side of the signatures, and the key pairs of the demo."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

SM2, RSA = "SM2-SM3", "RSA-SHA256"
SM2_OPTIONS = ["-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]


def sign(algorithm: str, key: Path, message: bytes) -> bytes:
    """The bank's signature of an answer."""
    if algorithm == SM2:
        with tempfile.TemporaryDirectory() as folder:
            text, signature = Path(folder, "m"), Path(folder, "s")
            text.write_bytes(message)
            arguments = ["-inkey", str(key), *SM2_OPTIONS, "-in", str(text), "-out", str(signature)]
            subprocess.run(["openssl", "pkeyutl", "-sign", *arguments], check=True, capture_output=True)
            return signature.read_bytes()
    private = cast(RSAPrivateKey, serialization.load_pem_private_key(key.read_bytes(), None))
    return private.sign(message, padding.PKCS1v15(), hashes.SHA256())


def verified(algorithm: str, key: Path, message: bytes, signature: bytes) -> bool:
    """Whether the bureau signed this."""
    if algorithm == SM2:
        with tempfile.TemporaryDirectory() as folder:
            text, given = Path(folder, "m"), Path(folder, "s")
            text.write_bytes(message)
            given.write_bytes(signature)
            files = ["-pubin", "-inkey", str(key), "-in", str(text), "-sigfile", str(given)]
            command = ["openssl", "pkeyutl", "-verify", *files, *SM2_OPTIONS]
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
    if algorithm != RSA:
        return False
    public = cast(RSAPublicKey, serialization.load_pem_public_key(key.read_bytes()))
    try:
        public.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def make_keys(folder: Path, algorithm: str) -> None:
    """Key pairs for the bureau and the bank, `<who>.pem` and `<who>.pub`, where there are none yet.

    Two processes may start at once: who is late finds the pair of the other.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for who in ("bureau", "bank"):
        if not (folder / f"{who}.pub").exists():
            _make_pair(folder, who, algorithm)


def _make_pair(folder: Path, who: str, algorithm: str) -> None:
    key = _sm2_key() if algorithm == SM2 else rsa.generate_private_key(65537, 2048)
    private = (
        key
        if isinstance(key, bytes)
        else key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(private)
    with suppress(FileExistsError):  # the other process was faster; its key is as good
        os.link(file.name, folder / f"{who}.pem")
    os.unlink(file.name)
    public = (
        subprocess.run(
            ["openssl", "pkey", "-in", str(folder / f"{who}.pem"), "-pubout"], check=True, capture_output=True
        ).stdout
        if algorithm == SM2
        else _public(folder / f"{who}.pem")
    )
    (folder / f"{who}.pub.{os.getpid()}").write_bytes(public)
    os.replace(folder / f"{who}.pub.{os.getpid()}", folder / f"{who}.pub")


def _public(key: Path) -> bytes:
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    return private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _sm2_key() -> bytes:
    command = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:sm2"]
    return subprocess.run(command, check=True, capture_output=True).stdout
