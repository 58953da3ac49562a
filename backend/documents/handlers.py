"""The job that makes documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from backend.documents import commands
from backend.kernel.db import Work
from backend.kernel.jobs import LocalHandler
from backend.kernel.settings import Settings


def make_with(settings: Settings) -> LocalHandler:
    """The job of an installation: its papers point to its own page; outside production they are specimens."""

    def run(work: Work, payload: Mapping[str, Any]) -> None:
        commands.make(
            work,
            document_id=UUID(payload["document_id"]),
            verify_at=f"{settings.site_url}/verify",
            specimen=not settings.production,
        )

    return run
