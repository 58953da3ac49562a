"""`flask demo`: the demo province and the processes around it."""

from __future__ import annotations

import os
import sys

import click
from flask import current_app

from backend.demo import offices, province, visitors
from backend.demo.bills import Tills
from backend.demo.phones import Phones
from backend.kernel import migrate
from backend.kernel.clock import TravellingClock
from backend.kernel.jobs import DueWork
from backend.staff.commands import roles
from backend.web.house import House, house_of

demo = click.Group("demo", help="The demo: its processes, its people, its clock.")


@demo.command()
def up() -> None:
    """Starts everything in this terminal; Ctrl-C ends it."""
    _become("backend.demo.supervisor")


@demo.command()
def reset() -> None:
    """Removes the demo's data folder."""
    _become("backend.demo.folder")


@demo.command()
@click.pass_context
def prepare(context: click.Context) -> None:
    """Does what every start does first, in one process: newest schema, province."""
    settings = _demo_house().settings
    migrate.upgrade(settings.owner_database, settings.app_database)
    context.invoke(seed)


@demo.command()
def seed() -> None:
    """Loads the demo province, unless it is there."""
    house = _demo_house()
    if not province.is_loaded(house.database):
        click.echo(f"loaded {province.load(house.database)} people")
    with house.database.work() as work:
        roles.seed(work, by=offices.BY)  # data of an earlier version know none of the newer functions
    if not visitors.have_arrived(house.database):
        visitors.arrive(house.database, house.ports, Phones(house.settings.sandbox_url))
        click.echo("they have their phones")
    phones = Phones(house.settings.sandbox_url)
    tills = Tills(house.database, house.ports, phones, house.settings.wechat_mini_appid)
    if not tills.are_out():
        tills.hand_out()
        click.echo("they have their bills")


@demo.command()
@click.option("--days", type=click.IntRange(1, 3660), required=True, help="How many days to go ahead.")
def advance(days: int) -> None:
    """Moves the demo's clock ahead, day by day, and does what falls due."""
    house = _demo_house()
    if not isinstance(house.clock, TravellingClock):
        raise click.ClickException("only the demo's clock can be moved")
    done = 0
    for _ in range(days):
        house.clock.advance(1)
        done += house.ports.get(DueWork).drain()
    click.echo(f"it is {house.clock.today()}; {done} jobs fell due and were done")


def _demo_house() -> House:
    house = house_of(current_app)
    if house.settings.production:
        raise click.ClickException("refused in production: this is for the demo")
    return house


def _become(module: str) -> None:
    """Goes on as that module, without the application that `flask` loaded to get here."""
    os.execv(sys.executable, [sys.executable, "-m", module])  # noqa: S606 no shell is wanted
