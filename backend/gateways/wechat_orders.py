"""Orders and refunds through WeChat Pay v3, with the tax authority as the merchant."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from backend.collections.ports import (
    Instruction,
    RefundAnswer,
    Refunded,
    RefundInstruction,
    Trade,
    TradeAnswer,
)
from backend.gateways.red_packet import fitting
from backend.gateways.wechat_pay import NoAnswer
from backend.gateways.wechat_pay_v3 import Reply, Trust, V3Calls, fen, moment, reference, word
from backend.kernel.calls import Note
from backend.kernel.clock import SHANGHAI, Clock
from backend.kernel.errors import Unavailable
from backend.kernel.settings import Settings

CNY = "CNY"
MOST_DESCRIPTION_BYTES = 127
MOST_REASON_BYTES = 80
SOON, A_MINUTE, LATER = timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=30)
UNKNOWN = TradeAnswer(Trade.UNKNOWN)
AWAY = TradeAnswer(Trade.DECLINED, retry_after=timedelta(seconds=30))
"""Nobody was told anything."""
DECLINED = TradeAnswer(Trade.DECLINED)
BUSY = TradeAnswer(Trade.DECLINED, retry_after=A_MINUTE)
NOT_FOUND = TradeAnswer(Trade.NOT_FOUND)
INVALID_REQUEST = "INVALID_REQUEST"
"""It stands for this and that, also for numbers that are known: only a question tells which."""
OF_ALL: Mapping[str, TradeAnswer] = {
    "ORDERPAID": TradeAnswer(Trade.PAID),
    "ORDER_CLOSED": TradeAnswer(Trade.CLOSED),
    "USERPAYING": TradeAnswer(Trade.UNKNOWN, retry_after=SOON),
}
OF_ACTS: Mapping[str, TradeAnswer] = {
    "ACCOUNT_ERROR": DECLINED,
    "APPID_MCHID_NOT_MATCH": DECLINED,
    "FREQUENCY_LIMITED": BUSY,
    "MCH_NOT_EXISTS": DECLINED,
    "NO_AUTH": DECLINED,
    "OPENID_MISMATCH": DECLINED,
    "PARAM_ERROR": DECLINED,
    "RATELIMIT_EXCEEDED": BUSY,
    "RULE_LIMIT": DECLINED,
}
"""Refusals to act: nothing was done."""
OPENING: Mapping[str, TradeAnswer] = {**OF_ALL, **OF_ACTS, "OUT_TRADE_NO_USED": TradeAnswer(Trade.CONFLICT)}
MISSING: Mapping[str, TradeAnswer] = {
    "ORDERNOTEXIST": NOT_FOUND,
    "ORDER_NOT_EXIST": NOT_FOUND,
    "RESOURCE_NOT_EXISTS": NOT_FOUND,
}
CLOSING: Mapping[str, TradeAnswer] = {**OF_ALL, **OF_ACTS, **MISSING}
ASKING: Mapping[str, TradeAnswer] = {
    **MISSING,
    "ORDER_CLOSED": TradeAnswer(Trade.CLOSED),
    "FREQUENCY_LIMITED": TradeAnswer(Trade.UNKNOWN, retry_after=A_MINUTE),
    "RATELIMIT_EXCEEDED": TradeAnswer(Trade.UNKNOWN, retry_after=A_MINUTE),
}
"""What a refusal to tell means. A code that is in none of these means nothing certain, as SYSTEM_ERROR."""
STATES: Mapping[str, TradeAnswer] = {
    "SUCCESS": TradeAnswer(Trade.PAID),
    "REFUND": TradeAnswer(Trade.PAID, refunded=True),
    "NOTPAY": TradeAnswer(Trade.WAITING),
    "USERPAYING": TradeAnswer(Trade.WAITING),
    "PAYERROR": TradeAnswer(Trade.WAITING),  # that try failed; until it is closed there can be another
    "CLOSED": TradeAnswer(Trade.CLOSED),
    "REVOKED": TradeAnswer(Trade.CLOSED),
}
NOT_REFUNDED: Mapping[str, RefundAnswer] = {
    "FREQUENCY_LIMITED": RefundAnswer(Refunded.DECLINED, retry_after=A_MINUTE),
    "MCH_NOT_EXISTS": RefundAnswer(Refunded.DECLINED),
    "NOT_ENOUGH": RefundAnswer(Refunded.DECLINED, retry_after=LATER),
    "NO_AUTH": RefundAnswer(Refunded.DECLINED),
    "ORDERNOTEXIST": RefundAnswer(Refunded.DECLINED),
    "ORDER_NOT_EXIST": RefundAnswer(Refunded.DECLINED),
    "PARAM_ERROR": RefundAnswer(Refunded.DECLINED),
    "RATELIMIT_EXCEEDED": RefundAnswer(Refunded.DECLINED, retry_after=A_MINUTE),
    "RESOURCE_NOT_EXISTS": RefundAnswer(Refunded.DECLINED),
    "USER_ACCOUNT_ABNORMAL": RefundAnswer(Refunded.FAILED),
}
NOT_TOLD: Mapping[str, RefundAnswer] = {
    "FREQUENCY_LIMITED": RefundAnswer(Refunded.UNKNOWN, retry_after=A_MINUTE),
    "RATELIMIT_EXCEEDED": RefundAnswer(Refunded.UNKNOWN, retry_after=A_MINUTE),
    "RESOURCE_NOT_EXISTS": RefundAnswer(Refunded.NOT_FOUND),
}
REFUND_STATES: Mapping[str, Refunded] = {
    "SUCCESS": Refunded.REFUNDED,
    "PROCESSING": Refunded.PROCESSING,
    "ABNORMAL": Refunded.FAILED,
    "CLOSED": Refunded.FAILED,
}


class WeChatOrders:
    """Implements PaymentProvider."""

    def __init__(self, settings: Settings, clock: Clock, note: Note | None = None) -> None:
        self._calls = V3Calls(settings, clock, note)

    def open(self, instruction: Instruction) -> TradeAnswer:
        """See `PaymentProvider`."""
        expires_at = instruction.expires_at.astimezone(SHANGHAI)
        try:
            said = self._calls.ask(
                "jsapi",
                lambda client: client.pay(
                    description=fitting(instruction.description, MOST_DESCRIPTION_BYTES),
                    out_trade_no=instruction.number,
                    amount={"total": instruction.amount, "currency": CNY},
                    payer={"openid": instruction.payer},
                    time_expire=expires_at.isoformat(timespec="seconds"),
                    appid=instruction.appid,
                ),
            )
        except NoAnswer as silence:
            return UNKNOWN if silence.sent else AWAY
        prepay_id = reference(said.fields.get("prepay_id"))
        if prepay_id:
            return TradeAnswer(Trade.WAITING, prepay_id=prepay_id)
        if said.code == INVALID_REQUEST:
            return self._settled(instruction.number, said.code)
        return replace(OPENING.get(said.code, UNKNOWN), code=said.code or None)

    def query(self, number: str) -> TradeAnswer:
        """See `PaymentProvider`."""
        try:
            said = self._calls.ask("query", lambda client: client.query(out_trade_no=number))
        except NoAnswer:
            return UNKNOWN
        if said.code:
            return replace(ASKING.get(said.code, UNKNOWN), code=said.code)
        return trade_of(said.fields, self._calls.trust, number)

    def close(self, number: str) -> TradeAnswer:
        """See `PaymentProvider`."""
        try:
            said = self._calls.ask("close", lambda client: client.close(number))
        except NoAnswer as silence:
            return UNKNOWN if silence.sent else AWAY
        if said.status in (200, 204) and not said.fields:
            return TradeAnswer(Trade.CLOSED)
        return replace(CLOSING.get(said.code, UNKNOWN), code=said.code or None)

    def request_payment(self, appid: str, prepay_id: str) -> Mapping[str, str]:
        """See `PaymentProvider`. Raises Unavailable when there is no key to sign with."""
        stamp, nonce = str(int(self._calls.clock.now().timestamp())), secrets.token_hex(16)
        package = f"prepay_id={prepay_id}"
        try:
            signature = self._calls.client.sign([appid, stamp, nonce, package])
        except NoAnswer:
            raise Unavailable from None
        return {
            "appId": appid,
            "timeStamp": stamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": signature,
        }

    def _settled(self, number: str, code: str) -> TradeAnswer:
        """What became of an order that could not be opened, where WeChat Pay does not say why."""
        known = self.query(number)
        if known.trade is Trade.NOT_FOUND:
            return replace(DECLINED, code=code)
        return known if known.trade in (Trade.PAID, Trade.CLOSED) else replace(UNKNOWN, code=code)


class WeChatRefunds:
    """Implements RefundProvider: money goes back the way that it came."""

    def __init__(self, settings: Settings, clock: Clock, note: Note | None = None) -> None:
        self._calls = V3Calls(settings, clock, note)

    def refund(self, instruction: RefundInstruction) -> RefundAnswer:
        """See `RefundProvider`."""
        amount = {"refund": instruction.amount, "total": instruction.total, "currency": CNY}
        reason = fitting(instruction.reason, MOST_REASON_BYTES) or None
        try:
            said = self._calls.ask(
                "refunds",
                lambda client: client.refund(
                    instruction.number, amount, out_trade_no=instruction.order_number, reason=reason
                ),
            )
        except NoAnswer as silence:
            return RefundAnswer(
                Refunded.UNKNOWN if silence.sent else Refunded.DECLINED,
                retry_after=None if silence.sent else AWAY.retry_after,
            )
        if said.code == INVALID_REQUEST:
            return self._settled(instruction, said.code)
        if said.code:
            return replace(NOT_REFUNDED.get(said.code, RefundAnswer(Refunded.UNKNOWN)), code=said.code)
        return self._compared(instruction, said)

    def query_refund(self, number: str) -> RefundAnswer:
        """See `RefundProvider`."""
        said = self._asked(number)
        if said is None:
            return RefundAnswer(Refunded.UNKNOWN)
        if said.code:
            return replace(NOT_TOLD.get(said.code, RefundAnswer(Refunded.UNKNOWN)), code=said.code)
        return refund_of(said.fields, said.fields.get("status"), number)

    def _asked(self, number: str) -> Reply | None:
        try:
            return self._calls.ask("refund", lambda client: client.query_refund(number))
        except NoAnswer:
            return None

    def _settled(self, instruction: RefundInstruction, code: str) -> RefundAnswer:
        """What became of a refund that was not taken on, where WeChat Pay does not say why."""
        said = self._asked(instruction.number)
        if said is not None and NOT_TOLD.get(said.code, None) == RefundAnswer(Refunded.NOT_FOUND):
            return RefundAnswer(Refunded.DECLINED, code=code)
        if said is None or said.code:
            return RefundAnswer(Refunded.UNKNOWN, code=code)
        return self._compared(instruction, said)

    def _compared(self, instruction: RefundInstruction, said: Reply) -> RefundAnswer:
        """A refund, if it is the one that was asked for."""
        answer = refund_of(said.fields, said.fields.get("status"), instruction.number)
        amount = _amount(said.fields)
        if answer.outcome is Refunded.UNKNOWN:
            return answer
        same = (
            said.fields.get("out_trade_no") == instruction.order_number
            and amount.get("refund") == instruction.amount
            and amount.get("total") == instruction.total
        )
        return answer if same else RefundAnswer(Refunded.CONFLICT, code=answer.code)


def trade_of(fields: Mapping[str, Any], trust: Trust, number: str | None = None) -> TradeAnswer:
    """An order in the port's words; UNKNOWN when it is another one's, or not all there."""
    state = word(fields.get("trade_state"))
    if not trust.about_us(fields) or (number and fields.get("out_trade_no") != number):
        return UNKNOWN
    meant = STATES.get(state, UNKNOWN)
    if meant.trade is not Trade.PAID:
        return replace(meant, code=state or None)
    amount = _amount(fields)
    paid = replace(
        meant,
        reference=reference(fields.get("transaction_id")),
        amount=fen(amount.get("total")),
        paid_at=moment(fields.get("success_time")),
        code=state,
    )
    whole = paid.reference and paid.amount and paid.paid_at and amount.get("currency") == CNY
    return paid if whole else replace(UNKNOWN, code=state)


def refund_of(fields: Mapping[str, Any], status: object, number: str | None = None) -> RefundAnswer:
    """A refund in the port's words; UNKNOWN when it is another one's, or not all there."""
    state, amount = word(status), _amount(fields)
    told = RefundAnswer(
        REFUND_STATES.get(state, Refunded.UNKNOWN),
        reference=reference(fields.get("refund_id")),
        amount=fen(amount.get("refund")),
        settled_at=moment(fields.get("success_time")),
        code=state or None,
    )
    ours = not number or fields.get("out_refund_no") == number
    whole = told.reference and told.amount and amount.get("currency", CNY) == CNY
    if told.outcome is Refunded.REFUNDED and told.settled_at is None:
        whole = None
    return told if ours and whole else RefundAnswer(Refunded.UNKNOWN, code=told.code)


def _amount(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    amount = fields.get("amount")
    return amount if isinstance(amount, dict) else {}
