"""Reading a trade bill: one that does not add up in everything is no bill."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.gateways.wechat_pay import NoAnswer
from backend.gateways.wechat_pay_v3 import unpacked
from backend.gateways.wechat_trade_bill import read_trade_bill
from backend.reconciliation.ports import BadDayFile


def test_only_what_is_packed_and_whole_is_read() -> None:
    for content in (b"", b"plain", b"\x1f\x8b", b"\x1f\x8b\x08" + b"\0" * 20):
        with pytest.raises(NoAnswer):
            unpacked(content)


HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
FIRST = date(2026, 5, 1)
MCH = "1900000209"
WHO = "|wx1|1900000209|0||"
ROWS = [
    "2026-05-01 09:00:00" + WHO + "4200001|JF1|o1|JSAPI|SUCCESS|OTHERS|CNY|554.40|0.00|0|0|0.00|0.00|||"
    "费用,2026||3.32640|0.60%|554.40|0.00|",
    "2026-05-01 23:59:59" + WHO + "4200001|JF1|o1|JSAPI|REFUND|OTHERS|CNY|0.00|0.00|50300|TF1|0.40|0.00|"
    "ORIGINAL|SUCCESS|费用||-0.00240|0.60%|0.00|0.40|",
    "2026-05-01 12:00:00" + WHO + "4200002|JF2|o1|JSAPI|REFUND|OTHERS|CNY|0.00|0.00|50301|TF2|1.00|0.00|"
    "ORIGINAL|CLOSED|费用||0.00000|0.60%|0.00|1.00|",
]
SUMS = "3|554.40|1.40|0.00|3.32400|554.40|1.40"
SAMPLE = "\n".join([HEAD, *("`" + row.replace("|", ",`") for row in [*ROWS]), TOTALS, ""]) + (
    "`" + SUMS.replace("|", ",`") + "\n"
)


def test_a_bill_with_fees_and_a_refund_that_did_not_go_out() -> None:
    for text in (SAMPLE, SAMPLE.replace("\n", "\r\n"), "\ufeff" + SAMPLE, SAMPLE.rstrip()):
        lines = read_trade_bill(text.encode(), MCH, FIRST)
        assert [(line.number, line.reference, line.direction, line.amount) for line in lines] == [
            ("JF1", "4200001", "in", 55_440),
            ("TF1", "50300", "out", 40),
        ]
        assert lines[0].booked_at.isoformat() == "2026-05-01T09:00:00+08:00"


@given(st.integers(1, len(SAMPLE.encode()) - 3))
def test_a_bill_that_ends_too_early_is_refused(end: int) -> None:
    with pytest.raises(BadDayFile):
        read_trade_bill(SAMPLE.encode()[:end], MCH, FIRST)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("`554.40,`0.00,`0,", "`554.41,`0.00,`0,"),
        ("`554.40,`0.00,`\n", "`554.41,`0.00,`\n"),
        ("`0.60%,`554.40", "`0.60%,`-554.40"),
        ("`0.60%,`554.40", "`0.60%,`５54.40"),
        ("`0.60%,`554.40", "`0.60%,`554.405"),
        ("`SUCCESS,`OTHERS", "`REVOKED,`OTHERS"),
        ("`CNY", "`USD"),
        ("1900000209", "1900000109"),
        ("2026-05-01 09", "2026-05-02 09"),
        ("2026-05-01 09:00:00", "today"),
        ("`50301", "`50300"),
        ("`TF1", "`"),
        ("`3,`554.40", "`4,`554.40"),
        ("`3.32400", "`3.32401"),
        ("`1.40,`0.00,", "`1.41,`0.00,"),
        ("商户退款单号", "别的"),
        ("总交易单数", "单数"),
        ("`OTHERS,", ""),
    ],
)
def test_a_bill_that_does_not_add_up_is_refused(was: str, becomes: str) -> None:
    assert was in SAMPLE
    with pytest.raises(BadDayFile):
        read_trade_bill(SAMPLE.replace(was, becomes).encode(), MCH, FIRST)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=20))
def test_what_adds_up_is_read(amounts: list[int]) -> None:
    yuan = [str(Decimal(amount) / 100) for amount in amounts]
    rows = [
        ROWS[0].replace("554.40", one).replace("4200001", f"42{at}").replace("3.32640", "0.00000")
        for at, one in enumerate(yuan)
    ]
    total = str(Decimal(sum(amounts)) / 100)
    sums = f"{len(rows)}|{total}|0.00|0.00|0.00000|{total}|0.00"
    text = "\n".join([HEAD, *("`" + row.replace("|", ",`") for row in rows), TOTALS])
    text += "\n`" + sums.replace("|", ",`") + "\n"
    lines = read_trade_bill(text.encode(), MCH, FIRST)
    assert [line.amount for line in lines] == amounts
