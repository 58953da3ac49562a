"""Only the unit of work ends a transaction, so that a command is atomic with whatever calls it."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from tests.house.lint import Finding, Source

ENDINGS = {"commit", "rollback"}
EXEMPT = ("backend/kernel/", "backend/sandbox/")  # the unit of work; other people's servers


def check(source: Source) -> Iterable[Finding]:
    """Finds `.commit()` and `.rollback()`."""
    if not source.is_product_code or source.path.startswith(EXEMPT):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ENDINGS:
            yield source.finding(node, f".{node.func.attr}() belongs to the unit of work in backend.kernel")
