"""Collections as the API would tell of them: paid twice, with one return that was cancelled."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page, Request, Route

ID = "01980000-0000-7000-8000-000000000001"
APPLIED, DUPLICATE, RETURN = (f"01980000-0000-7000-8000-00000000000{n}" for n in (2, 3, 4))
ORDERS = ("01JD6Y3T5K8M2N4P6Q8R0S2T4V", "01JD6Y4B7C9D1E3F5G7H9J1K3M")
RECEIPT = "446016261100000001"
CASE = {"case": "return_cancelled", "case_label": "多收款项的退回被取消"}
BILL: dict[str, Any] = {
    "collection_id": ID,
    "kind": "counter_bill",
    "label": "窗口核定缴费",
    "source": "琼社核2026-118",
    "agency_id": ID,
    "agency_name": "海口市社会保险服务中心",
    "person_id": ID,
    "person_name": "王*英",
    "amount": 97572,
    "description": "灵活就业养老保险费",
    "state": "booked",
    "state_label": "已入账",
    **CASE,
    "created_at": "2026-11-22T01:30:00Z",
    "payable_until": "2026-12-07T01:30:00Z",
    "paid_at": "2026-11-22T02:00:00Z",
    "receipt_number": RECEIPT,
    "receipted_at": "2026-11-22T02:10:00Z",
    "booked_at": "2026-11-22T02:10:05Z",
    "version": 7,
}
CANCELLED = {
    "refund_id": RETURN,
    "payout_id": RETURN,
    "amount": 97572,
    "reason": "重复缴费退回",
    "state": "cancelled",
    "state_label": "已取消",
    "requested_at": "2026-11-22T02:01:30Z",
    "settled_at": "2026-11-23T03:00:00Z",
}
WAITING = CANCELLED | {
    "reason": "重复缴费，再次退回",
    "state": "requested",
    "state_label": "退款中",
    "settled_at": None,
}
BOARD = {
    "cells": [
        {
            "kind": "counter_bill",
            "label": "窗口核定缴费",
            "state": state,
            "state_label": label,
            "count": count,
            "amount": count * 97572,
        }
        for state, label, count in (
            ("open", "待缴费", 128),
            ("paid", "已缴费，待入账", 6),
            ("booked", "已入账", 12345),
            ("refunded", "已退款", 3),
        )
    ],
    "cases": 1,
    "unbooked": 6,
    "oldest_unbooked_at": "2026-11-20T02:00:00Z",
    "unowed": 1,
    "unowed_amount": 97572,
}


def _order(ordinal: int, minute: int) -> dict[str, Any]:
    return {
        "ordinal": ordinal,
        "number": ORDERS[ordinal - 1],
        "amount": 97572,
        "state": "paid",
        "state_label": "已付款",
        "code": "SUCCESS",
        "created_at": f"2026-11-22T01:5{minute}:00Z",
        "expires_at": "2026-11-22T02:20:00Z",
        "settled_at": f"2026-11-22T02:0{ordinal - 1}:20Z",
        "due_at": None,
    }


def _payment(payment_id: str, ordinal: int, use: str, label: str, refunds: list[Any]) -> dict[str, Any]:
    return {
        "payment_id": payment_id,
        "order_number": ORDERS[ordinal - 1],
        "reference": f"420000202611220000000000000{ordinal}",
        "amount": 97572,
        "use": use,
        "use_label": label,
        "paid_at": f"2026-11-22T02:0{ordinal - 1}:00Z",
        "recorded_at": f"2026-11-22T02:0{ordinal - 1}:20Z",
        "given_back": 0,
        "refunds": refunds,
    }


def paid_twice() -> dict[str, Any]:
    """A booked bill, a payment that came on top, and what a clerk may do about it."""
    return BILL | {
        "orders": [_order(2, 8), _order(1, 5)],
        "payments": [
            _payment(APPLIED, 1, "applied", "用于本单", []),
            _payment(DUPLICATE, 2, "duplicate", "重复缴费", [CANCELLED]),
        ],
        "actions": ["refund", "look_again", "close_case"],
    }


def tell(page: Page, one: dict[str, Any]) -> list[Request]:
    """Answers as the API would with one collection, and keeps what is sent to change it.

    A change of what was seen before is refused.
    """
    sent: list[Request] = []

    def answer(route: Route) -> None:
        if route.request.method == "GET":
            listed = {"items": [one], "next_cursor": None}
            route.fulfill(json=one if ID in route.request.url else listed)
            return
        sent.append(route.request)
        body = json.loads(route.request.post_data or "{}")
        if body["version"] != one["version"]:
            refused = {"status": 409, "code": "collection_changed", "title": "缴费单已有变化，请刷新后再试"}
            route.fulfill(status=409, json=refused)
            return
        one["version"] += 1
        if route.request.url.endswith("/refunds"):
            payment = next(p for p in one["payments"] if p["payment_id"] == body["payment_id"])
            payment.update(given_back=payment["amount"], refunds=[*payment["refunds"], WAITING])
            route.fulfill(status=201, json={"refund_id": ID})
        else:
            one.update(case=None, case_label=None, actions=["refund"])
            route.fulfill(status=204)

    page.route("**/api/admin/v1/collections**", answer)
    page.route("**/api/admin/v1/collections/**", answer)
    page.route("**/api/admin/v1/collection-board", lambda route: route.fulfill(json=BOARD))
    return sent


def tell_of_its_task(page: Page, one: dict[str, Any]) -> None:
    """An inbox with the task of a collection, which whoever asks may take, until the case is ended."""
    task: dict[str, Any] = {
        "task_id": ID,
        "serial": "RW20261122-000001",
        "kind": "collection_case",
        "label": "收款异常处理",
        "agency_id": ID,
        "agency_name": "海口市社会保险服务中心",
        "object_id": ID,
        "state": "open",
        "holder_id": None,
        "holder_name": None,
        "leased_until": None,
        "created_at": "2026-11-23T03:00:00Z",
        "due_at": "2026-11-25T03:00:00Z",
        "outcome": None,
        "version": 1,
    }

    def answer(route: Route) -> None:
        claimed = route.request.method == "POST"
        items = [task] if one["case"] else []
        route.fulfill(json=task if claimed else {"items": items, "next_cursor": None})

    page.route("**/api/admin/v1/tasks**", answer)
    page.route("**/api/admin/v1/tasks/**", answer)
