"""Values that belong to invented people and to nothing else, and where they turn up."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

from backend.kernel.crypto import sm3

SHORT = 8
"""A value shorter than this is only looked for as a word of its own: chance would find it anywhere."""


@dataclass
class Needles:
    """What must not be found, by what it is (`phone of 欧阳锦瑟`)."""

    values: dict[str, str] = field(default_factory=dict)

    def plant(self, label: str, value: str) -> str:
        """Adds a value and gives it back."""
        if self.values.setdefault(label, value) != value:
            raise ValueError(f"two values for {label}")
        return value

    def patterns(self) -> Mapping[str, re.Pattern[bytes]]:
        """How each of them would look in plain, and in everything that anybody could turn back into it."""
        return {label: re.compile(b"|".join(_spellings(value))) for label, value in self.values.items()}

    def found_in(self, places: Iterable[tuple[str, Any]]) -> set[tuple[str, str]]:
        """Which of them turn up where; places are names with their contents."""
        patterns = self.patterns()
        return {
            (place, label)
            for place, content in places
            for label, pattern in patterns.items()
            if pattern.search(as_bytes(content))
        }


def as_bytes(content: Any) -> bytes:
    """Anything as the bytes in which to look."""
    if isinstance(content, bytes | memoryview | bytearray):
        return bytes(content)
    if isinstance(content, str):
        return content.encode()
    if isinstance(content, Mapping):
        return b"\n".join(as_bytes(key) + b"=" + as_bytes(value) for key, value in content.items())
    if isinstance(content, list | tuple | set | frozenset):
        return b"\n".join(map(as_bytes, content))
    return str(content).encode()


def _spellings(value: str) -> Iterator[bytes]:
    raw = value.encode()
    if len(value) < SHORT and value.isascii():
        yield rb"(?<![0-9A-Za-z])" + re.escape(raw) + rb"(?![0-9A-Za-z])"
        return
    digests = [hashlib.new(name, raw).digest() for name in ("md5", "sha1", "sha256")] + [sm3(raw)]
    yield re.escape(raw)
    yield re.escape(json.dumps(value)[1:-1].encode())
    yield re.escape(value.encode("utf-16-le"))
    yield re.escape(base64.b64encode(raw).rstrip(b"="))
    for secret in (raw, *digests):
        yield re.escape(secret.hex().encode())
    for digest in digests:
        yield re.escape(digest)


def dump(connection: Connection) -> Iterator[tuple[str, Any]]:
    """Every value of every column of every table, as `table.column`; binary values as bytes and as text."""
    tables = connection.execute(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    )
    for table in tables.scalars().all():
        for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings():
            for column, value in row.items():
                yield f"{table}.{column}", value
                if isinstance(value, bytes | memoryview):
                    yield f"{table}.{column}", bytes(value).hex()
