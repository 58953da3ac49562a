"""The command line, as `flask GROUP COMMAND` runs it."""

from __future__ import annotations

from collections.abc import Callable

from click.testing import CliRunner, Result
from flask.cli import FlaskGroup

from backend.bootstrap import create_app_of
from backend.web.house import House

Flask = Callable[..., Result]


def command_line(house: House) -> Flask:
    """A function that runs `flask` with the given words on a house."""
    app = create_app_of(house)
    group = FlaskGroup(create_app=lambda: app, load_dotenv=False)

    def run(*words: str) -> Result:
        return CliRunner().invoke(group, words)

    return run
