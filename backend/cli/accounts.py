"""`flask accounts`: interest for everybody, and all accounts computed again."""

from __future__ import annotations

import sys

import click
from flask import current_app

from backend.accounts.recompute import portion
from backend.accounts.runs import start_run
from backend.kernel.actor import system
from backend.kernel.errors import DomainError
from backend.web.house import house_of

accounts = click.Group("accounts", help="Personal accounts: yearly interest, recomputation.")
OWNERS_AT_ONCE = 500
REPORT_EVERY = 10_000


@accounts.command("interest")
@click.option(
    "--year", type=click.IntRange(1992, 2100), required=True, help="An ended year whose rate is in the law."
)
def interest(year: int) -> None:
    """Has the worker post a year's interest for everybody; starting it again posts nothing twice."""
    try:
        with house_of(current_app).database.work() as work:
            start_run(work, by=system("flask accounts"), year=year)
    except DomainError as error:
        raise click.ClickException(error.detail or error.title) from error
    click.echo(f"started: the worker posts the interest of {year}")


@accounts.command("recompute")
def recompute() -> None:
    """Computes all balances and interest again; ends with code 1 when anything is posted otherwise."""
    database = house_of(current_app).database
    after, looked_at, differences = None, 0, 0
    while True:
        with database.one_instant() as work:
            some = portion(work, after, limit=OWNERS_AT_ONCE)
        if not some.accounts:
            break
        for difference in some.differences:
            click.echo(str(difference))
        if looked_at // REPORT_EVERY < (looked_at + len(some.accounts)) // REPORT_EVERY:
            click.echo(f"{looked_at + len(some.accounts)} accounts so far", err=True)
        after = some.accounts[-1].owner_id
        looked_at += len(some.accounts)
        differences += len(some.differences)
    click.echo(f"{looked_at} accounts: {differences or 'no'} differences")
    sys.exit(1 if differences else 0)
