"""`flask staff`: the first administrators, and the roles of the catalogue."""

from __future__ import annotations

import json

import click
from flask import current_app

from backend.kernel.actor import system
from backend.kernel.errors import DomainError, NotFound
from backend.staff import queries
from backend.staff.commands import roles
from backend.staff.commands.bootstrap import FirstAdministrator
from backend.staff.commands.bootstrap import bootstrap as make_first
from backend.staff.passwords import Passwords
from backend.web.house import house_of

staff = click.Group("staff", help="Staff: the first administrators, the roles.")
BY = system("flask staff")


@staff.command("bootstrap")
@click.option(
    "--agency-code", default="46", show_default=True, help="Code of the root agency, if there is none."
)
@click.option("--agency-name", default="海南省社会保险服务中心", show_default=True, help="Its name.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def bootstrap(agency_code: str, agency_name: str, as_json: bool) -> None:
    """Opens the accounts of the three administrators and prints their secrets, once."""
    house = house_of(current_app)
    try:
        with house.database.work() as work:
            made = make_first(
                work,
                by=BY,
                agency_code=agency_code,
                agency_name=agency_name,
                passwords=house.ports.get(Passwords),
            )
    except DomainError as error:
        raise click.ClickException(error.detail or error.title) from error
    if as_json:
        click.echo(
            json.dumps({"administrators": [_secrets(one) for one in made]}, ensure_ascii=False, indent=2)
        )
    else:
        click.echo("请将以下内容分别交给三名管理员，仅显示这一次；首次登录须修改密码。")
        for one in made:
            click.echo(f"\n{one.name}")
            click.echo(f"  用户名：{one.issued.username}")
            click.echo(f"  一次性密码：{one.issued.one_time_password}")
            click.echo(f"  动态码（扫码或手工录入）：{one.issued.otpauth_uri}")


@staff.command("roles")
def update_roles() -> None:
    """Brings the roles to what this version's catalogue says; run it after each upgrade."""
    with house_of(current_app).database.work() as work:
        roles.seed(work, by=BY)
    click.echo("the roles are up to date")


@staff.command("totp")
@click.argument("username")
def totp(username: str) -> None:
    """Prints a dynamic code that a member could sign in with now; in the demo only."""
    house = house_of(current_app)
    if house.settings.production:
        raise click.ClickException("dynamic codes are on the members' phones: refused in production")
    try:
        with house.database.reading() as work:
            code = queries.usable_code(work, username)
    except NotFound as error:
        raise click.ClickException(f"there is no member of staff named {username}") from error
    if code is None:
        raise click.ClickException("both codes of this half minute have been used: try again in 30 seconds")
    click.echo(code)


def _secrets(one: FirstAdministrator) -> dict[str, str | None]:
    return {
        "role": one.role,
        "username": one.issued.username,
        "one_time_password": one.issued.one_time_password,
        "otpauth_uri": one.issued.otpauth_uri,
    }
