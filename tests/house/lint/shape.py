"""A file is short enough to be read in one go."""

from __future__ import annotations

from collections.abc import Iterable

from tests.house.lint import Finding, Source

MOST_LINES = 400
SUFFIXES = (".py", ".js", ".mjs", ".ts", ".vue", ".wxml", ".wxss", ".css", ".html", ".sh")
NOT_BY_HAND = ("backend/kernel/migrations/versions/", "clients/api/src/schema.d.ts")


def check(source: Source) -> Iterable[Finding]:
    """Finds long files."""
    lines = source.text.count("\n")
    if source.path.endswith(SUFFIXES) and lines > MOST_LINES and not source.path.startswith(NOT_BY_HAND):
        yield Finding(source.path, MOST_LINES, f"{lines} lines: could this be two files?")
