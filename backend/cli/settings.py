"""`flask settings`: the documented table of settings."""

from __future__ import annotations

import click

from backend.kernel.settings import Settings

settings = click.Group("settings", help="The settings of this program.")


@settings.command("table")
def table() -> None:
    """Prints all settings as the Markdown table of docs/settings.md."""
    click.echo(Settings.table(), nl=False)
