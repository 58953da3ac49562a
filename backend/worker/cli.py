"""`flask worker`: the process that runs jobs."""

from __future__ import annotations

import click
from flask import current_app

from backend.kernel.schema import require_safe_role
from backend.kernel.settings import UnsafeSettings
from backend.web.house import house_of
from backend.worker.runner import Worker

worker = click.Group("worker", help="Jobs and schedules.")


@worker.command("run")
def run() -> None:
    """Runs jobs until it is told to stop."""
    house = house_of(current_app)
    try:
        require_safe_role(house.settings)
    except UnsafeSettings as error:
        raise click.ClickException(str(error)) from error
    Worker(house.database, house.registry).run()
