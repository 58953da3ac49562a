"""What delegations tell other rooms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True)
class DelegationAsked:
    """Somebody asks to act for a person; `principal_id` is None when what they typed matched nobody."""

    name: ClassVar[str] = "delegation.asked"
    delegation_id: UUID
    helper_id: UUID
    principal_id: UUID | None


@dataclass(frozen=True)
class DelegationAgreed:
    """The principal agreed."""

    name: ClassVar[str] = "delegation.agreed"
    delegation_id: UUID
    helper_id: UUID
    principal_id: UUID


@dataclass(frozen=True)
class DelegationClosed:
    """A delegation was refused, ended or ran out, as `state` says."""

    name: ClassVar[str] = "delegation.closed"
    delegation_id: UUID
    helper_id: UUID
    principal_id: UUID | None
    state: str
