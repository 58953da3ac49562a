"""Encrypted columns: a plaintext attribute over a bytes column.

    name_sealed: Mapped[bytes]
    name = SealedText("name_sealed")

The row's id must be set before a sealed attribute is, since it is part of what the ciphertext is bound to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Generic, TypeVar, overload

from backend.kernel.base import Base
from backend.kernel.crypto import keyring

T = TypeVar("T")


def place_of(table: str, column: str, row_id: object) -> str:
    """What a ciphertext is bound to."""
    return f"{table}.{column}:{row_id}"


class _Sealed(Generic[T]):
    def __init__(self, column: str) -> None:
        self.column = column

    def encode(self, value: T) -> bytes:
        raise NotImplementedError

    def decode(self, plain: bytes) -> T:
        raise NotImplementedError

    def _place(self, row: Any) -> str:
        if row.id is None:
            raise RuntimeError(f"{type(row).__name__}.id must be set before {self.column}")
        return place_of(row.__tablename__, self.column, row.id)

    @overload
    def __get__(self, row: None, owner: type) -> _Sealed[T]: ...
    @overload
    def __get__(self, row: object, owner: type) -> T: ...
    def __get__(self, row: object | None, owner: type) -> Any:
        if row is None:
            return self
        sealed = getattr(row, self.column)
        return None if sealed is None else self.decode(keyring().open(sealed, place=self._place(row)))

    def __set__(self, row: object, value: T | None) -> None:
        sealed = None if value is None else keyring().seal(self.encode(value), place=self._place(row))
        setattr(row, self.column, sealed)


class SealedText(_Sealed[str]):
    """A string, stored encrypted."""

    def encode(self, value: str) -> bytes:
        return value.encode()

    def decode(self, plain: bytes) -> str:
        return plain.decode()


class SealedBytes(_Sealed[bytes]):
    """A file, stored encrypted."""

    def encode(self, value: bytes) -> bytes:
        return value

    def decode(self, plain: bytes) -> bytes:
        return plain


class SealedJson(_Sealed[Any]):
    """A JSON value, stored encrypted."""

    def encode(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def decode(self, plain: bytes) -> Any:
        return json.loads(plain)


def sealed_columns() -> Iterator[tuple[str, str]]:
    """Every (table, column) that holds ciphertext; what key rotation walks over."""
    for mapper in Base.registry.mappers:
        for name in dir(mapper.class_):
            attribute = getattr(mapper.class_, name, None)
            if isinstance(attribute, _Sealed):
                yield mapper.class_.__tablename__, attribute.column
