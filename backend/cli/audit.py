"""`flask audit`: the sealed audit trail."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from flask import current_app

from backend.audit import heads as exported
from backend.audit.sealing import seal_waiting
from backend.audit.verification import Verification
from backend.kernel.db import Database
from backend.web.house import House, house_of

audit = click.Group("audit", help="The audit trail: seal, export, verify.")


@audit.command("seal")
def seal() -> None:
    """Seals all events that wait and exports the heads, without waiting for the worker."""
    house = house_of(current_app)
    with _patient(house) as database:
        while True:
            with database.work() as work:
                made = seal_waiting(work)
            if made is None:
                break
            click.echo(f"seal {made.number}: {made.count} events")
        count = exported.export(database, house.settings.audit_heads_path)
    click.echo(f"{count} heads exported to {house.settings.audit_heads_path}")


@audit.command("heads")
def heads() -> None:
    """Prints the heads in the database as the lines of a heads file, for a copy elsewhere."""
    with _patient(house_of(current_app)) as database, database.reading() as work:
        for head in exported.stored(work):
            click.echo(head.line(), nl=False)


@audit.command("verify")
@click.option(
    "--heads",
    "path",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Exported heads; default: the file that this installation appends to.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def verify(path: Path | None, as_json: bool) -> None:
    """Recomputes the whole trail; ends with code 1 when anything is wrong with it."""
    house = house_of(current_app)
    path = path or house.settings.audit_heads_path
    known = exported.read(path) if path.exists() else iter(())
    found = []
    with _patient(house) as database, database.snapshot() as connection:
        verification = Verification(connection, known, now=house.clock.now())
        for finding in verification.findings():
            found.append(asdict(finding))
            if not as_json:
                click.echo(str(finding))
    looked_at = {"seals": verification.seals, "events": verification.events}
    if as_json:
        click.echo(json.dumps({**looked_at, "findings": found}, indent=2))
    else:
        click.echo(f"{verification.seals} seals, {verification.events} events: {len(found) or 'no'} findings")
    sys.exit(1 if found else 0)


@contextmanager
def _patient(house: House) -> Iterator[Database]:
    """These commands run longer than a request may."""
    database = Database(house.settings.app_database, house.clock, pool_size=1, long_running=True)
    try:
        yield database
    finally:
        database.dispose()
