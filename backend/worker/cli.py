"""`flask worker`: the process that runs jobs."""

from __future__ import annotations

import click
from flask import current_app

from backend.web.health import readiness
from backend.web.house import house_of
from backend.worker.runner import Worker

worker = click.Group("worker", help="Jobs and schedules.")


@worker.command("run")
def run() -> None:
    """Runs jobs until it is told to stop."""
    house = house_of(current_app)
    if house.settings.production and (reason := readiness(house)["database"]) != "ok":
        raise click.ClickException(reason)
    Worker(house.database, house.registry).run()
