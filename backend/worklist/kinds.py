"""Which kinds of tasks and approvals there are.

Rooms above describe theirs, and `backend.bootstrap` registers them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.kernel.actor import Actor
from backend.kernel.db import Work


@dataclass(frozen=True, repr=False)
class Change:
    """One line of what a checker sees: a Chinese label, and the value before and after, as people read it."""

    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class TaskKind:
    """A kind of work: its Chinese label, and the function that one must hold over its agency to do it."""

    name: str
    label: str
    function: str


@dataclass(frozen=True)
class ApprovalKind(TaskKind):
    """A kind of change that needs a second person, who must hold `function`.

    `current_version` locks the target and gives its version; `apply(work, target_id, payload, by)` makes the
    change in the transaction of the decision; `describe(payload)` says what would change, out of the payload
    alone, so that a decided approval reads the same for ever.
    """

    current_version: Callable[[Work, UUID], int]
    apply: Callable[[Work, UUID, Any, Actor], None]
    describe: Callable[[Any], tuple[Change, ...]]


_kinds: dict[str, TaskKind] = {}


def register(kind: TaskKind) -> None:
    """Makes a kind known to this process; raises ValueError when another one bears its name."""
    if _kinds.setdefault(kind.name, kind) != kind:
        raise ValueError(f"two kinds named {kind.name}")


def every() -> Iterable[TaskKind]:
    """All kinds, approvals among them."""
    return _kinds.values()


def task_kind(name: str) -> TaskKind:
    """A kind by name; raises LookupError."""
    return _kinds[name]


def approval_kind(name: str) -> ApprovalKind:
    """A kind of approval by name; raises LookupError."""
    kind = _kinds[name]
    if not isinstance(kind, ApprovalKind):
        raise LookupError(name)
    return kind
