from __future__ import annotations

import json

from click.testing import CliRunner, Result

from backend.cli.people import people


def run(*arguments: str) -> Result:
    return CliRunner().invoke(people, ["check-id", *arguments])


def test_prints_what_a_number_tells() -> None:
    result = run("11010519491231002x")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "证件类型：居民身份证",
        "地区：北京市朝阳区（110105）",
        "出生日期：1949-12-31",
        "性别：女",
    ]


def test_prints_the_nationality_of_a_foreigner() -> None:
    assert "国籍：沙特阿拉伯" in run("932682198501010017").output
    assert "性别：号码中没有" in run("CAN110081080310").output


def test_prints_the_reason_and_fails() -> None:
    result = run("110105194912310021")
    assert result.exit_code == 1
    assert "请对照证件逐位核对" in result.output
    assert "110105" not in result.output


def test_prints_json() -> None:
    result = run("440524188001010014", "--json")
    assert result.exit_code == 0
    assert json.loads(result.output) == {
        "valid": True,
        "kind": "resident_id",
        "kind_label": "居民身份证",
        "region_code": "440524",
        "region": "广东省汕头市潮阳县",
        "birth_date": "1880-01-01",
        "sex": "male",
        "nationality": None,
    }
    refused = run("110105491231002", "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.output)["reason"] == "first_generation"
