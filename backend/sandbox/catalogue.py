"""The message templates that were approved, what their fields may hold, and who agreed to receive them."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from backend.sandbox.wechat import WeChatError
from backend.sandbox.world import World

SYMBOL = r"[^\w\s]"
CLOCK = r"\d{1,2}:\d{2}(:\d{2})?"
DAY = (
    r"(\d{4}年\d{1,2}月(\d{1,2}日)?|\d{1,2}月\d{1,2}日|\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2})"
)
MOMENT = rf"({DAY}(\s*{CLOCK})?|{CLOCK})"
DATE = rf"{DAY}(\s*{CLOCK})?"

# 订阅消息参数值内容限制说明: what each kind of field may hold.
FIELD_RULES = {
    "thing": r"[^\r\n]{1,20}",
    "number": r"(?=.{1,32}$)\d+(\.\d+)?",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": rf"{SYMBOL}{{1,5}}",
    "character_string": r"[\x21-\x7e]{1,32}",
    "time": rf"{MOMENT}(\s*~\s*{MOMENT})?",
    "date": rf"{DATE}(\s*~\s*{DATE})?",
    "amount": r"[¥￥$€£]?\d{1,10}(\.\d+)?元?",
    "phone_number": r"[\d+\-() ]{1,17}",
    "car_number": r"\w{1,8}",
    "name": rf"((?=.*[\u4e00-\u9fff])[\u4e00-\u9fffA-Za-z·]{{1,10}}|([A-Za-z ]|{SYMBOL}){{1,20}})",
    "phrase": r"[\u4e00-\u9fff]{1,5}",
    "const": r"[^\r\n]{1,20}",
    "enum": r"[^\r\n]{1,20}",
}


@dataclass(frozen=True)
class Template:
    """`kind` is subscribe, template or sms; `body` maps field to label, or holds an SMS's text and purpose.

    A lasting template (长期订阅, for public services) is agreed to once; any other once per message.
    """

    id: str
    kind: str
    app: str
    title: str
    body: Mapping[str, str]
    lasting: bool = False


RESULT = {"thing1": "办理事项", "phrase2": "办理结果", "time3": "办理时间", "thing4": "温馨提示"}
DUE = {"thing1": "缴费项目", "amount2": "应缴金额", "date3": "截止日期", "thing4": "温馨提示"}
CERTIFY = {"thing1": "认证事项", "date2": "截止日期", "thing3": "温馨提示"}
PRIZE = {"thing1": "活动名称", "amount2": "到账金额", "time3": "到账时间"}
DEMO = (
    Template("demo-mini-result", "subscribe", "mini", "业务办理结果通知", RESULT),
    Template("demo-mini-due", "subscribe", "mini", "缴费提醒", DUE),
    Template("demo-mini-certify", "subscribe", "mini", "领取资格认证提醒", CERTIFY, lasting=True),
    Template("demo-mini-prize", "subscribe", "mini", "红包到账通知", PRIZE),
    Template("demo-oa-notice", "subscribe", "oa", "业务办理结果通知", RESULT),
    Template("demo-oa-result", "template", "oa", "业务办理结果通知", RESULT),
    Template("demo-oa-certify", "template", "oa", "领取资格认证提醒", CERTIFY),
    Template(
        "1001",
        "sms",
        "",
        "登录验证码",
        {"text": "{1}为您的登录验证码，{2}分钟内有效。如非本人操作请忽略。", "purpose": "code"},
    ),
    Template("1002", "sms", "", "通知", {"text": "{1}", "purpose": "notice"}),
)


def add(db: sqlite3.Connection, template: Template) -> None:
    """Makes a template known, or replaces it."""
    db.execute(
        "INSERT OR REPLACE INTO template VALUES (?, ?, ?, ?, ?, ?)",
        (
            template.id,
            template.kind,
            template.app,
            template.title,
            json.dumps(template.body, ensure_ascii=False),
            template.lasting,
        ),
    )


def add_missing(db: sqlite3.Connection, templates: Iterable[Template]) -> None:
    """Makes templates known unless they are, so that one replaced by hand stays as it is."""
    known = {row["id"] for row in db.execute("SELECT id FROM template")}
    for template in templates:
        if template.id not in known:
            add(db, template)


def find(db: sqlite3.Connection, template_id: object, kind: str) -> Template | None:
    """The template with this id, if it is of this kind."""
    row = db.execute("SELECT * FROM template WHERE id = ? AND kind = ?", (str(template_id), kind)).fetchone()
    return _template(row) if row else None


def of_kind(db: sqlite3.Connection, kind: str) -> list[Template]:
    """All templates of a kind, in the order of their ids."""
    rows = db.execute("SELECT * FROM template WHERE kind = ? ORDER BY id", (kind,)).fetchall()
    return [_template(row) for row in rows]


def filled(template: Template, data: object, *, every_field: bool) -> list[dict[str, str]]:
    """The card's lines as label and value; 47003 names the first field that WeChat would not accept."""
    if not isinstance(data, dict):
        raise WeChatError(47001)
    lines = []
    for name, label in template.body.items():
        value = data.get(name)
        text = value.get("value") if isinstance(value, dict) else None
        if text is None or text == "":
            if every_field:
                raise WeChatError(47003, f"data.{name}.value is empty")
            text = ""
        elif not _acceptable(name, str(text)):
            raise WeChatError(47003, f"data.{name}.value invalid")
        lines.append({"label": label, "value": str(text)})
    return lines


def agree(world: World, db: sqlite3.Connection, phone: str, template: Template) -> None:
    """One tap on 允许: one more message, or any number of them for a lasting template."""
    world.ensure(db, phone)
    db.execute(
        "INSERT INTO consent VALUES (?, ?, 1, ?) ON CONFLICT (phone, template_id)"
        " DO UPDATE SET remaining = remaining + 1, lasting = excluded.lasting",
        (phone, template.id, template.lasting),
    )


def withdraw(db: sqlite3.Connection, phone: str, template: Template) -> None:
    """The owner turned this message off in the settings: nothing agreed to before counts any more."""
    db.execute("DELETE FROM consent WHERE phone = ? AND template_id = ?", (phone, template.id))


def consume(db: sqlite3.Connection, phone: str, template: Template) -> None:
    """Takes one consent; 43101 when there is none left."""
    taken = db.execute(
        "UPDATE consent SET remaining = remaining - (NOT lasting)"
        " WHERE phone = ? AND template_id = ? AND (lasting OR remaining > 0)",
        (phone, template.id),
    )
    if taken.rowcount != 1:
        raise WeChatError(43101)


def consents(db: sqlite3.Connection, phone: str) -> dict[str, dict[str, Any]]:
    """What is left of the owner's consents, by template id."""
    rows = db.execute("SELECT * FROM consent WHERE phone = ?", (phone,)).fetchall()
    return {
        row["template_id"]: {"remaining": row["remaining"], "lasting": bool(row["lasting"])} for row in rows
    }


def as_text(title: str, lines: list[dict[str, str]]) -> str:
    """A card in one text: its title, then a line per field."""
    return "\n".join([title, *(f"{line['label']}：{line['value']}" for line in lines)])


def _acceptable(name: str, value: str) -> bool:
    rule = FIELD_RULES.get(name.rstrip("0123456789"))
    return rule is None or re.fullmatch(rule, value) is not None


def _template(row: sqlite3.Row) -> Template:
    return Template(
        row["id"], row["kind"], row["app"], row["title"], json.loads(row["body"]), bool(row["lasting"])
    )
