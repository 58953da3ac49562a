from __future__ import annotations

import os

import pytest

from tests.payouts.planted import MISTAKES


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mistake that `PLANTED` names, in the engine of every test of this run."""
    if name := os.environ.get("PLANTED"):
        MISTAKES[name](monkeypatch)
