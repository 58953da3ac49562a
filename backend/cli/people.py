"""`flask people`: questions about the numbers of persons that need no database."""

from __future__ import annotations

import json

import click

from backend.kernel.clock import SystemClock
from backend.people.rules.id_numbers import IdNumber, InvalidIdNumber, parse_id_number

people = click.Group("people", help="Persons and their numbers.")


@people.command("check-id")
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def check_id(context: click.Context, number: str, as_json: bool) -> None:
    """Says what an id NUMBER tells, or why it is none (exit status 1). The number itself is not repeated."""
    try:
        parsed = parse_id_number(number, today=SystemClock().today())
    except InvalidIdNumber as refused:
        answer = {"valid": False, "reason": refused.reason, "message": refused.reason.sentence}
        click.echo(json.dumps(answer, ensure_ascii=False) if as_json else refused.reason.sentence)
        context.exit(1)
    click.echo(json.dumps(_as_json(parsed), ensure_ascii=False) if as_json else _as_text(parsed))


def _as_json(parsed: IdNumber) -> dict[str, str | bool | None]:
    return {
        "valid": True,
        "kind": parsed.kind,
        "kind_label": parsed.kind.label,
        "region_code": parsed.region_code,
        "region": parsed.region,
        "birth_date": parsed.birth_date.isoformat(),
        "sex": parsed.sex,
        "nationality": parsed.nationality,
    }


def _as_text(parsed: IdNumber) -> str:
    lines = [
        f"证件类型：{parsed.kind.label}",
        f"地区：{parsed.region}（{parsed.region_code}）",
        f"出生日期：{parsed.birth_date:%Y-%m-%d}",
        f"性别：{parsed.sex.label if parsed.sex else '号码中没有'}",
    ]
    if parsed.nationality:
        lines.append(f"国籍：{parsed.nationality}")
    return "\n".join(lines)
