"""Numbers as people type and paste them."""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s\-]+")


def compact(text: str) -> str:
    """The characters of a number that count: full-width ones made ordinary, spaces and hyphens left out.

    So are the invisible marks that come along when a number is copied out of a chat or the contacts; in a
    number they cannot change what was meant.
    """
    if not text.isascii():
        ordinary = unicodedata.normalize("NFKC", text)
        text = "".join(char for char in ordinary if unicodedata.category(char) != "Cf")
    return _SEPARATORS.sub("", text)
