"""The fund-flow bill: its movements, and how one that is not whole is told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backend.gateways.red_packet import RedPackets, WalletFlows, read_bill
from backend.kernel.clock import SHANGHAI
from backend.kernel.errors import Unavailable
from backend.reconciliation.ports import BadDayFile, NoDayFile
from tests.support.red_packets import (
    BILL,
    DAY,
    PLENTY,
    flows,
    impatient,
    into_tomorrow,
    order,
    packets,
    pay_settings,
    quiet_day,
    skip,
    today,
    wallet,
)
from tests.support.sandbox import Sandbox

__all__ = ["flows", "impatient", "packets", "pay_settings", "wallet"]
pytestmark = pytest.mark.usefixtures("wallet")


def test_the_bill_of_a_day(world: Sandbox, packets: RedPackets, flows: WalletFlows) -> None:
    day = quiet_day(world)
    one, two = order(world.person(), 123), order(world.person(), 20_000, "问答`,`奖励")
    first, second = packets.pay([one, two])
    world.post(f"/_world/packets/{one.number}/open")
    with pytest.raises(NoDayFile):
        flows.lines(day)
    skip(world, DAY)
    world.put("/_world/wallet", {"balance": PLENTY + 5})
    lines = flows.lines(day)
    assert [(line.number, line.reference, line.direction, line.amount) for line in lines] == [
        (one.number, first.reference, "out", 123),
        (two.number, second.reference, "out", 20_000),
    ]
    assert {line.booked_at.astimezone(SHANGHAI).date() for line in lines} == {day}
    skip(world, DAY)
    back, topped_up = flows.lines(day + timedelta(days=1))
    assert (back.number, back.direction, back.amount) == (two.number, "in", 20_000)
    assert (topped_up.direction, topped_up.amount) == ("in", 128)


def test_there_is_no_bill_before_its_time_or_without_movements(world: Sandbox, flows: WalletFlows) -> None:
    now = today(world)
    for day in (now, now + timedelta(days=1), date(2020, 1, 1)):
        with pytest.raises(NoDayFile):
            flows.lines(day)


@pytest.mark.parametrize("spoil", ["cut", "totals", "line"])
def test_a_bad_bill_is_refused_whole(
    world: Sandbox, packets: RedPackets, flows: WalletFlows, spoil: str
) -> None:
    day = quiet_day(world)
    packets.pay([order(world.person()) for _ in range(3)])
    into_tomorrow(world)
    world.put("/_world/wallet/bill", {"spoil": spoil})
    with pytest.raises(BadDayFile):
        flows.lines(day)
    assert len(flows.lines(day)) == 3


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "errcode", "errcode": "NO_BILL_EXIST"}, NoDayFile),
        ({"kind": "errcode", "errcode": "BILL_CREATING"}, NoDayFile),
        ({"kind": "errcode", "errcode": "SYSTEMERROR"}, Unavailable),
        ({"kind": "http_status", "status": 500}, Unavailable),
        ({"kind": "drop"}, Unavailable),
    ],
)
def test_when_no_bill_comes(
    world: Sandbox, flows: WalletFlows, fault: dict, expected: type[Exception]
) -> None:
    world.fault(BILL, **fault)
    with pytest.raises(expected) as raised:
        flows.lines(date(2020, 1, 1))
    assert raised.type is expected


HEAD = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额（元）,账户结余（元）,"
    "资金变更提交申请人,备注,业务凭证号"
)
# Second, columns; the first row is the documentation's own.
ROWS = """\
23|50000305742018020103387128253|1900009231201802015884652186|退款|退款|支出|0.02|0.17|system|缺货|R1
24|50000305742018020103387128254|1900009231201802015884652187|交易|交易|收入|1.00|1.17|system|a,b|42
25|50000305742018020103387128254|1900009231201802015884652188|交易|交易手续费|支出|0.01|1.16|system||42
"""
TOTALS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n`3.0,`1.0,`1.00,`2.0,`0.03\n"
SAMPLE = "\n".join(
    [HEAD, *("`2018-02-01 04:21:" + row.replace("|", ",`") for row in ROWS.splitlines()), TOTALS]
)
FIRST_OF_FEBRUARY = date(2018, 2, 1)


def test_the_sample_of_the_documentation() -> None:
    for text in (
        SAMPLE,
        SAMPLE.replace("\n", "\r\n"),
        "\ufeff" + SAMPLE,
        SAMPLE.rstrip(),
        SAMPLE.replace(".0,", ","),
    ):
        lines = read_bill(text.encode(), FIRST_OF_FEBRUARY)
        assert [(line.direction, line.amount) for line in lines] == [("out", 2), ("in", 100), ("fee", 1)]
        assert lines[0].number == "R1"
        assert lines[0].reference == "50000305742018020103387128253"
        assert lines[0].booked_at.isoformat() == "2018-02-01T04:21:23+08:00"


@pytest.mark.parametrize("end", range(1, len(SAMPLE.encode()) - 1, 7))
def test_a_bill_that_ends_too_early_is_refused(end: int) -> None:
    with pytest.raises(BadDayFile):
        read_bill(SAMPLE.encode()[:end], FIRST_OF_FEBRUARY)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("`0.02,", "`0.03,"),
        ("`0.02,", "`0.020,"),
        ("`0.02,", "`-0.02,"),
        ("`0.02,", "`０.02,"),
        ("`支出,`0.02", "`收入,`0.02"),
        ("`支出,`0.02", "`,`0.02"),
        ("2018-02-01 04:21:23", "2018-02-02 04:21:23"),
        ("2018-02-01 04:21:23", "yesterday"),
        ("652187", "652186"),
        ("`3.0", "`4.0"),
        ("`2.0,`0.03", "`2.0,`0.04"),
        ("业务凭证号", "别的"),
        ("资金流水总笔数", "总笔数"),
        ("`缺货,", ""),
    ],
)
def test_a_bill_that_does_not_add_up_is_refused(was: str, becomes: str) -> None:
    assert was in SAMPLE
    with pytest.raises(BadDayFile):
        read_bill(SAMPLE.replace(was, becomes).encode(), FIRST_OF_FEBRUARY)
