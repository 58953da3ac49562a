"""The menu, and the commands that keep it at WeChat."""

from __future__ import annotations

import json

from backend.messages import replies
from backend.messages.menu import buttons
from backend.web.house import House
from tests.support.command_line import command_line
from tests.support.sandbox import Sandbox


def test_every_button_is_answered() -> None:
    leaves = [leaf for button in buttons("https://a.example/") for leaf in button["sub_button"]]
    keys = {leaf["key"] for leaf in leaves if leaf["type"] == "click"}
    assert keys == set(replies.BY_KEY)
    assert [leaf["url"] for leaf in leaves if leaf["type"] == "view"] == ["https://a.example/"]


def test_an_older_phones_button_gets_the_help() -> None:
    assert replies.to_key("GONE") == replies.HELP


def test_push_and_show(house: House) -> None:
    flask = command_line(house)
    assert flask("wechat", "menu", "show").output == "[]\n"
    pushed = flask("wechat", "menu", "push")
    assert (pushed.exit_code, pushed.output) == (0, "the menu was replaced\n")
    shown = json.loads(flask("wechat", "menu", "show").output)
    assert [button["name"] for button in shown] == ["查询", "办事", "我的"]


def test_a_failure_is_one_line(house: House, world: Sandbox) -> None:
    flask = command_line(house)
    world.fault("/cgi-bin/menu/create", "errcode", errcode=40018)
    failed = flask("wechat", "menu", "push")
    assert (failed.exit_code, failed.stderr) == (1, "Error: WeChat refused it (40018)\n")
    world.fault("/cgi-bin/menu/get", "drop")
    failed = flask("wechat", "menu", "show")
    assert (failed.exit_code, failed.stderr) == (1, "Error: WeChat does not answer; try again\n")
