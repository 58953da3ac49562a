"""Money is integer fen and rates are Decimal: no binary fraction comes near either."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from tests.house.lint import Finding, Source

MONEY_ROOMS = {
    "accounts",
    "collections",
    "contributions",
    "law",
    "ledger",
    "payouts",
    "pensions",
    "receivables",
    "reconciliation",
}
BINARY_FRACTIONS = {"float", "Float", "Double", "DOUBLE_PRECISION", "REAL"}
FEN = re.compile(r"(^|_)fen(_|$)|^Fen$", re.IGNORECASE)


def check(source: Source) -> Iterable[Finding]:
    """Finds binary fractions in rules and money rooms, and beside anything named fen elsewhere."""
    if not source.is_product_code:
        return
    if _is_money_path(source):
        yield from _fractions(source, source.tree)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _names_fen(node):
            yield source.finding(node, "fen divided by / is a float: use // or a named rounding")
        elif not _is_money_path(source) and _gives_fen(node):
            yield from _fractions(source, node)


def _is_money_path(source: Source) -> bool:
    """Rules of any room but media (scores are no money), and every file of a room that keeps money."""
    folders, name = source.parts[:-1], source.parts[-1]
    if folders[0] == "media":
        return False
    rooms = MONEY_ROOMS.intersection(folders)
    return bool(rooms) or name in ("rules.py", "money.py") or "rules" in folders


def _gives_fen(node: ast.AST) -> bool:
    """Whether the node gives something named fen a type or a value."""
    if isinstance(node, ast.Assign):
        return any(_is_fen(target) for target in node.targets)
    if isinstance(node, ast.AnnAssign | ast.AugAssign):
        return _is_fen(node.target)
    if isinstance(node, ast.arg | ast.keyword):
        return bool(node.arg and FEN.search(node.arg))
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "float" and _names_fen(node)
    return False


def _names_fen(node: ast.AST) -> bool:
    return any(_is_fen(part) for part in ast.walk(node))


def _is_fen(node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        return bool(FEN.search(node.id))
    return isinstance(node, ast.Attribute) and bool(FEN.search(node.attr))


def _fractions(source: Source, within: ast.AST) -> Iterable[Finding]:
    for node in ast.walk(within):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield source.finding(node, f"{node.value} is a float: write Decimal or fen")
        elif isinstance(node, ast.Name) and node.id in BINARY_FRACTIONS:
            yield source.finding(node, f"{node.id} is no type for money: use Fen or Decimal")
        elif isinstance(node, ast.Attribute) and node.attr in BINARY_FRACTIONS:
            yield source.finding(node, f"{node.attr} is no type for money: use Fen or Decimal")
