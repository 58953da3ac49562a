"""The buttons under the official account."""

from __future__ import annotations

from typing import Any


def buttons(site_url: str) -> list[dict[str, Any]]:
    """The menu as WeChat takes it: at most three buttons with at most five below each."""
    return [
        _group("查询", _click("账户与缴费记录", "BALANCE")),
        _group("办事", _click("资格认证", "CERTIFY"), _click("灵活就业缴费", "PAY")),
        _group(
            "我的",
            {"type": "view", "name": "手机网页版", "url": f"{site_url.rstrip('/')}/"},
            _click("实名绑定", "BIND"),
            _click("人工服务", "CONTACT"),
        ),
    ]


def _group(name: str, *below: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "sub_button": list(below)}


def _click(name: str, key: str) -> dict[str, Any]:
    return {"type": "click", "name": name, "key": key}
