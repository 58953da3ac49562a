"""`flask demo`: the demo province and the processes around it."""

from __future__ import annotations

import os
import sys

import click

demo = click.Group("demo", help="The demo: its processes, its people, its clock.")


@demo.command()
def up() -> None:
    """Starts everything in this terminal; Ctrl-C ends it."""
    _become("backend.demo.supervisor")


@demo.command()
def reset() -> None:
    """Removes the demo's data folder."""
    _become("backend.demo.folder")


def _become(module: str) -> None:
    """Goes on as that module, without the application that `flask` loaded to get here."""
    os.execv(sys.executable, [sys.executable, "-m", module])  # noqa: S606 no shell is wanted
