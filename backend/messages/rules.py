"""What WeChat lets a card's fields hold, and how a delivery may go on."""

from __future__ import annotations

import re
from collections.abc import Mapping

TRANSITIONS: Mapping[str, frozenset[str]] = {
    "waiting": frozenset({"sending"}),
    "sending": frozenset({"sent", "failed", "unknown", "waiting"}),
    "unknown": frozenset({"sent", "failed"}),
    "sent": frozenset({"failed"}),
    "failed": frozenset(),
}
"""Deliveries. WeChat reports later what became of a card: that settles `unknown`, and may revoke `sent`."""

LONGEST = {
    "thing": 20,
    "character_string": 32,
    "letter": 32,
    "number": 32,
    "symbol": 5,
    "phone_number": 17,
    "car_number": 8,
    "name": 10,
    "phrase": 5,
    "const": 20,
}
"""Characters that a field may hold, by its kind (订阅消息参数值内容限制说明)."""
SHORTENED = {"thing", "name", "const"}
"""Kinds where a shortened text still says something; any other kind must fit as it is."""


class DoesNotFit(ValueError):
    """A field that WeChat would refuse; says which, never what was in it."""


def fit(field: str, text: str) -> str:
    """A text as the field of a card may hold it: on one line and short enough; raises DoesNotFit."""
    kind = field.rstrip("0123456789")
    line = re.sub(r"\s+", " ", text).strip()
    most = LONGEST.get(kind)
    if not line or (kind == "phrase" and not re.fullmatch(r"[\u4e00-\u9fff]+", line)):
        raise DoesNotFit(field)
    if most is None or len(line) <= most:
        return line
    if kind not in SHORTENED:
        raise DoesNotFit(field)
    return line[: most - 1] + "…"
