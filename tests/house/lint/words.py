"""The repository speaks of the product, not of the place where somebody wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.house.lint import Finding, Source

# In pieces, so that this file does not find itself.
WORDS = re.compile(
    "|".join(
        (
            r"(?<![\w.~-])/wo" + r"rk/",
            r"\bissue" + r" #",
            r"pypi\." + "org",
            r"registry\.npmjs\." + "org",
            r"files\.python" + "hosted",
        )
    ),
    re.IGNORECASE,
)


def check(source: Source) -> Iterable[Finding]:
    """Finds paths of a machine, numbers of a tracker and hosts of a registry."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        if found := WORDS.search(line):
            yield Finding(source.path, number, f"“{found[0]}” has no place in the product")
