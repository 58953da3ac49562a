"""House rules that no linter knows, each a small check over the files of the repository: `make lint`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

PRODUCT = ("backend", "miniprogram_api", "media", "quiz")


@dataclass(frozen=True)
class Finding:
    """A line that breaks a rule."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Source:
    """One file of the repository; `path` is relative to its root, with slashes."""

    path: str
    text: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders and the file's name."""
        return PurePosixPath(self.path).parts

    @property
    def is_product_code(self) -> bool:
        """Whether this is Python that runs in production (or in the demo)."""
        return self.path.endswith(".py") and self.parts[0] in PRODUCT

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file; only for Python."""
        return ast.parse(self.text, self.path)

    def finding(self, node: ast.AST, message: str) -> Finding:
        """A finding where `node` begins."""
        return Finding(self.path, getattr(node, "lineno", 1), message)


Check = Callable[[Source], Iterable[Finding]]
