"""`flask wechat`: what is set up at WeChat from here."""

from __future__ import annotations

import json

import click
from flask import current_app

from backend.kernel.errors import Unavailable
from backend.messages.menu import buttons
from backend.messages.ports import Menus, Refused
from backend.web.house import house_of

wechat = click.Group("wechat", help="The official account.")
menu = click.Group("menu", help="The buttons under the official account.")
wechat.add_command(menu)


@menu.command("push")
def push() -> None:
    """Replaces the menu at WeChat by the one of this version; phones show it within a day."""
    house = house_of(current_app)
    try:
        house.ports.get(Menus).push_menu(buttons(house.settings.site_url))
    except (Refused, Unavailable) as error:
        raise _failure(error) from error
    click.echo("the menu was replaced")


@menu.command("show")
def show() -> None:
    """Prints the menu as WeChat has it."""
    try:
        found = house_of(current_app).ports.get(Menus).menu()
    except (Refused, Unavailable) as error:
        raise _failure(error) from error
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))


def _failure(error: Refused | Unavailable) -> click.ClickException:
    reason = f"refused it ({error.code})" if isinstance(error, Refused) else "does not answer; try again"
    return click.ClickException(f"WeChat {reason}")
