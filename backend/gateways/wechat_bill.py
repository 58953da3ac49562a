"""How WeChat Pay writes its bills: CSV whose values stand behind backticks."""

from __future__ import annotations

import re


def row_of(head: str, text: str) -> dict[str, str]:
    """A line by the names of its columns; raises ValueError."""
    return dict(zip(head.strip().split(","), values(text), strict=True))


def values(text: str) -> list[str]:
    """What stands behind the backticks; raises ValueError."""
    first, *told = re.split(r"(?:^|,)`", text.rstrip("\r"))
    if first or not told:
        raise ValueError(text)
    return told
