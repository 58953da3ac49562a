"""`flask law`: what a clerk reads, and what a program reads."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from click.testing import CliRunner, Result

from backend.cli.groups import GROUPS
from backend.cli.law import law
from backend.law.figures import evaluate

SHEET = (
    *("pension", "--base", "8131", "--index", "1.8444", "--years", "41.9167", "--before-1998", "14.75"),
    *("--account", "223786.86", "--months", "139", "--on", "2024-07-01"),
)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(law, arguments)


def told(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_the_group_is_there() -> None:
    assert law in GROUPS


def test_shows_a_parameter() -> None:
    assert run("show", "account_interest", "--on", "2024-02-29").output.splitlines() == [
        "个人账户记账利率：2.62%",
        "适用时间：2024-01-01至2024-12-31",
        "依据：人力资源社会保障部、财政部公布的2024年职工基本养老保险个人账户记账利率",
    ]


def test_shows_what_to_be_careful_about() -> None:
    output = run("show", "average_wage", "--on", "2026-11-22").output
    assert "8188.00 元" in output
    assert "注意：暂定" in output
    assert "注意：待核对" in output
    assert "重新结算" in output


def test_shows_a_table_with_chinese_entries() -> None:
    assert "下限 0.6 倍、上限 3 倍" in run("show", "base_multipliers", "--on", "2025-01-01").output
    table = told("show", "payout_months", "--on", "2025-01-01")["value"]
    assert table["60"] == "139"


def test_lists_all_parameters() -> None:
    lines = run("list").output.splitlines()
    assert any(line.startswith("late_fee  滞纳金每日比例：0.05%（每日）") for line in lines)
    assert set(told("list")) == {line.split()[0] for line in lines}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("show", "average_wage", "--on", "2021-05-01"), "缺少“全省月平均工资”"),
        (("show", "average_wage", "--on", "1991-05-01"), "日期应在1992年到2100年之间"),
        (("show", "no_such"), "没有这项政策参数"),
        (("interest", "--opening", "1", "--year", "2015"), "尚未公布"),
        (("interest", "--opening", "1", "--year", "2024", "--bookings", "13:1"), "记账月份"),
        (("retirement", "--born", "1930-01", "--category", "male-60"), "日期应在1992年到2100年之间"),
        ((*SHEET, "--years", "3"), "1998年以前的年限不能多于缴费年限"),
    ],
)
def test_a_refusal_is_said_in_chinese(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert message in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "average_wage", "--on", "2024-13-01"),
        ("show", "average_wage", "--on", "today"),
        ("retirement", "--born", "1968-3", "--category", "male-60"),
        ("retirement", "--born", "1968-03", "--category", "male"),
        ("interest", "--opening", "1.005", "--year", "2024"),
        ("interest", "--opening", "1e3", "--year", "2024"),
        ("interest", "--opening", "1", "--year", "24"),
        ("interest", "--opening", "1", "--year", "2024", "--bookings", "1=2"),
        ("interest", "--opening", "1", "--year", "2024", "--bookings", "1:x"),
        (*SHEET, "--index", "nan"),
    ],
)
def test_what_cannot_be_read_is_a_wrong_argument(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_prints_the_parts_of_a_pension_with_their_formulas() -> None:
    lines = run(*SHEET).output.splitlines()
    amounts = [line for line in lines if not line.startswith(" ")]
    assert amounts == [
        "基础养老金：4847.21 元",
        "个人账户养老金：1609.98 元",
        "过渡性养老金：3096.84 元",
        "月基本养老金：9554.03 元",
    ]
    assert "  = 四舍五入到分((8131.00 + 8131.00 × 1.8444) ÷ 2 × 41.9167 × 1%)" in lines


def test_prints_the_parts_of_a_pension_as_json_that_evaluates() -> None:
    parts = told(*SHEET)
    assert {key: evaluate(one) for key, one in parts.items()} == {
        "basic": 484721,
        "personal": 160998,
        "transitional": 309684,
        "total": 955403,
    }


def test_prints_when_somebody_may_retire() -> None:
    lines = run("retirement", "--born", "1968-03", "--category", "female-55").output.splitlines()
    assert lines[:3] == [
        "原55周岁退休的女职工，1968年3月出生",
        "法定退休时间：2023年3月，55岁",
        "可选退休时间：2023年3月至2023年3月",
    ]
    found = told("retirement", "--born", "1971-04", "--category", "female-55")
    months = {key: found[key] for key in ("original", "statutory", "earliest", "latest")}
    assert months == {
        "original": "2026-04",
        "statutory": "2026-08",
        "earliest": "2026-04",
        "latest": "2029-08",
    }
    assert (found["delay"]["value"], found["minimum_years"]["value"]) == ("4", "15")


def test_prints_a_years_interest() -> None:
    """10000 x 2.62 % + (390.48 x 12 + 390.48 x 11) x 2.62 % / 12 = 262 + 19.608... = 281.61."""
    arguments = ("interest", "--opening", "10000", "--year", "2024", "--bookings", "1:390.48,2:390.48")
    assert run(*arguments).output.splitlines()[0] == "2024年利息：281.61 元"
    assert evaluate(told(*arguments)["interest_2024"]) == 28161
    assert evaluate(told(*arguments, "--through", "2")["interest_2024"]) == 4622


def test_runs_without_settings_or_database() -> None:
    code = (
        "import sys; from backend.cli.law import law; law(['list'], standalone_mode=False);"
        "print({'sqlalchemy', 'redis'} & set(sys.modules), file=sys.stderr)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stderr.strip() == "set()"
