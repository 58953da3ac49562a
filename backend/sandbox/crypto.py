"""The signatures and ciphers of WeChat and Tencent Cloud, each checked against its published example."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32  # WeChat pads to 32 bytes although AES works on 16


class BadMessage(Exception):
    """A cipher text that does not open, or opens to something else than a WeChat message."""


def sha1_signature(*parts: str) -> str:
    """WeChat's callback signature: SHA-1 of the sorted parts, as hex."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324  WeChat's choice


def js_signature(ticket: str, nonce: str, timestamp: str, url: str) -> str:
    """What a page must show to use the JS-SDK; `url` is the page's address without its fragment."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}"
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324  WeChat's choice


def pay_signature(fields: Mapping[str, str], key: str, kind: str = "MD5") -> str:
    """WeChat Pay v2: the non-empty fields by name, with the merchant's key; kind MD5 or HMAC-SHA256."""
    signed = sorted((name, value) for name, value in fields.items() if value != "" and name != "sign")
    text = "&".join(f"{name}={value}" for name, value in [*signed, ("key", key)]).encode()
    if kind == "MD5":
        return hashlib.md5(text).hexdigest().upper()  # noqa: S324  WeChat Pay's choice
    if kind == "HMAC-SHA256":
        return hmac.new(key.encode(), text, hashlib.sha256).hexdigest().upper()
    raise ValueError(f"unknown sign_type {kind!r}")


def tc3_signature(
    *,
    secret_key: str,
    service: str,
    timestamp: int,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    method: str = "POST",
    query: str = "",
) -> str:
    """Tencent Cloud's TC3-HMAC-SHA256 over the given headers (name, value), in the order of signing."""
    lowered = [(name.lower(), value.strip().lower()) for name, value in headers]
    canonical = "\n".join(
        [
            method,
            "/",
            query,
            *(f"{name}:{value}" for name, value in lowered),
            "",
            ";".join(name for name, _ in lowered),
            hashlib.sha256(body).hexdigest(),
        ]
    )
    date = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"TC3-HMAC-SHA256\n{timestamp}\n{date}/{service}/tc3_request\n{hashed}"
    key = ("TC3" + secret_key).encode()
    for step in (date, service, "tc3_request"):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def encrypt(text: str, aes_key: str, appid: str) -> str:
    """A callback message as base64: 16 random bytes, length, text, appid, padding; AES-256-CBC."""
    raw = text.encode()
    plain = secrets.token_bytes(16) + struct.pack("!I", len(raw)) + raw + appid.encode()
    pad = BLOCK - len(plain) % BLOCK
    cipher = _cipher(aes_key).encryptor()
    return base64.b64encode(cipher.update(plain + bytes([pad]) * pad) + cipher.finalize()).decode()


def decrypt(encrypted: str, aes_key: str) -> tuple[str, str]:
    """The text and the appid of an encrypted message; BadMessage when it is none."""
    try:
        cipher = _cipher(aes_key).decryptor()
        plain = cipher.update(base64.b64decode(encrypted, validate=True)) + cipher.finalize()
        if not 1 <= plain[-1] <= BLOCK:
            raise BadMessage("bad padding")
        plain = plain[16 : -plain[-1]]
        (length,) = struct.unpack("!I", plain[:4])
        return plain[4 : 4 + length].decode(), plain[4 + length :].decode()
    except (ValueError, IndexError, struct.error) as error:
        raise BadMessage(str(error)) from error


def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    key = base64.b64decode(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
