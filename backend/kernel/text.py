"""Text that came from outside."""

from __future__ import annotations

import unicodedata
from typing import Any

FORBIDDEN = {"Cc", "Cs"}
ALLOWED_CONTROLS = {"\n", "\t", "\r"}


def is_clean(value: str) -> bool:
    """Whether a string holds no control character but line breaks and tabs, and no lone surrogate."""
    if value.isascii() and value.isprintable():
        return True
    return all(char in ALLOWED_CONTROLS or unicodedata.category(char) not in FORBIDDEN for char in value)


def all_clean(value: Any) -> bool:
    """Whether every string in a JSON value, keys included, is clean."""
    if isinstance(value, str):
        return is_clean(value)
    if isinstance(value, dict):
        return all(is_clean(key) and all_clean(item) for key, item in value.items())
    if isinstance(value, list):
        return all(all_clean(item) for item in value)
    return True
