"""The borders between rooms that import-linter cannot draw."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from tests.house.lint import PRODUCT, Finding, Source

PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"
MAY_SEE_ALL_MODELS = {"backend/kernel/schema.py"}  # loads them for migrations


def check(source: Source) -> Iterable[Finding]:
    """Finds imports of another room's models, across the sandbox's wall, and rooms without a layer."""
    if not source.is_product_code:
        return
    room = _room(".".join(source.parts).removesuffix(".py"))
    if (
        source.parts[-1] == "__init__.py"
        and len(source.parts) == room.count(".") + 2
        and room not in _layered()
    ):
        yield Finding(source.path, 1, f"{room} has no place among the layers in pyproject.toml")
    for node in ast.walk(source.tree):
        for imported in _imported(node):
            yield from _across_borders(source, node, room, imported)


def _across_borders(source: Source, node: ast.AST, room: str, imported: str) -> Iterable[Finding]:
    other = _room(imported)
    if other.split(".")[0] not in PRODUCT or other == room:
        return
    if "backend.sandbox" in (room, other):
        yield source.finding(node, "backend.sandbox shares no code with the rest")
    elif "models" in imported.split(".") and source.path not in MAY_SEE_ALL_MODELS:
        yield source.finding(node, f"{imported} is private to {other}: use its commands or queries")


def _imported(node: ast.AST) -> Iterable[str]:
    if isinstance(node, ast.Import):
        yield from (name.name for name in node.names)
    elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        yield from (f"{node.module}.{name.name}" for name in node.names)


def _room(module: str) -> str:
    parts = module.split(".")
    return ".".join(parts[: 2 if parts[0] == "backend" else 1])


def _layered() -> set[str]:
    linter = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(one["layers"] for one in linter["contracts"] if one["type"] == "layers")
    rooms = {room for layer in layers for room in re.findall(r"[\w.]+", layer)}
    roots = set(linter["root_packages"])
    return {room for room in rooms if room.split(".")[0] in roots} | {"backend", "backend.sandbox"}
