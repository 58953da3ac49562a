"""Requirements are complete: every package exact, sorted, and whatever it needs is listed too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.lint import Finding, Source

FILES = {"requirements.txt", "requirements-dev.txt"}


def check(source: Source) -> Iterable[Finding]:
    """Finds loose, unsorted and missing pins."""
    if source.path not in FILES:
        return
    lines = [line for line in source.text.splitlines() if line and not line.startswith("-r ")]
    names = [canonicalize_name(Requirement(line).name) for line in lines]
    if names != sorted(set(names)):
        yield Finding(source.path, 1, "not sorted, or a package is there twice")
    for number, line in enumerate(source.text.splitlines(), start=1):
        if line in lines and not str(Requirement(line).specifier).startswith("=="):
            yield Finding(source.path, number, f"{line} is no exact version")
    if source.path == "requirements.txt":
        yield from _missing(source.path, names)


def _missing(path: str, names: Sequence[str]) -> Iterable[Finding]:
    for name in names:
        for needed in _needs(name):
            if needed not in names:
                yield Finding(path, 1, f"{needed} is missing, {name} needs it")


def _needs(name: str) -> Iterable[str]:
    try:
        needs = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return  # another platform's or Python version's
    for requirement in map(Requirement, needs):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)
