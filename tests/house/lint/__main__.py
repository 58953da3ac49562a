"""`python -m tests.house.lint`: every check over every file that git knows or would add."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.house.lint import Check, Finding, Source, money, pins, rooms, shape, transactions, words

ROOT = Path(__file__).parents[3]
CHECKS: tuple[Check, ...] = (
    transactions.check,
    money.check,
    rooms.check,
    shape.check,
    words.check,
    pins.check,
)


def sources() -> Iterable[Source]:
    """All text files of the repository."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in sorted(set(listing.split("\0")) - {""}):
        path = ROOT / name
        content = path.read_bytes() if path.is_file() else b"\0"  # deleted, or a link to elsewhere
        if b"\0" not in content:
            yield Source(name, content.decode())


def findings() -> list[Finding]:
    """Everything that breaks a rule."""
    return [finding for source in sources() for check in CHECKS for finding in check(source)]


def main() -> None:
    """Prints the findings; ends with 1 when there are any."""
    found = findings()
    for finding in found:
        sys.stdout.write(f"{finding}\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
