"""Day-end files of the bank: whole and right to the last fen, or not used at all."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from backend.gateways.bank import BankLink
from backend.gateways.bank_files import BankDayFiles, read_day_file
from backend.kernel.errors import Unavailable
from backend.reconciliation.ports import BadDayFile, NoDayFile
from tests.support.bank import CLIENT, DAY_END, account_number, files, link, order, skip_a_day, today
from tests.support.sandbox import Sandbox

__all__ = ["files", "link"]


def test_a_day_file_holds_what_left_and_what_came_back(
    world: Sandbox, link: BankLink, files: BankDayFiles
) -> None:
    skip_a_day(world)
    day, account = today(world), account_number()
    world.put(f"/_world/bank/accounts/{account}", {"returns": True})
    world.put(f"/_world/bank/accounts/{account[::-1]}", {"returns": "at_once"})
    paid, back, soon = order(), order(account), order(account[::-1])
    said = link.pay([paid, back, soon])
    with pytest.raises(NoDayFile):
        files.lines(day)
    skip_a_day(world)
    lines = files.lines(day)
    assert [(one.number, one.direction, one.amount) for one in lines] == [
        (paid.number, "out", 12_345),
        (back.number, "out", 12_345),
        (soon.number, "out", 12_345),
        (soon.number, "in", 12_345),
    ]
    assert [one.reference for one in lines][:3] == [one.reference for one in said]
    assert {one.booked_at.date() for one in lines} == {day}
    skip_a_day(world)
    assert [(one.number, one.direction) for one in files.lines(day + timedelta(days=1))] == [
        (back.number, "in")
    ]
    assert list(files.lines(date(2020, 1, 1))) == []


@pytest.mark.parametrize("how", ["cut", "totals", "digest"])
def test_a_wrong_day_file_is_not_used(world: Sandbox, link: BankLink, files: BankDayFiles, how: str) -> None:
    link.pay([order()])
    day = today(world)
    skip_a_day(world)
    world.put("/_world/bank/day-end", {"spoil": how})
    with pytest.raises(BadDayFile):
        files.lines(day)
    assert files.lines(day)


@pytest.mark.parametrize(
    "fault",
    [{"kind": "drop"}, {"kind": "http_status", "status": 500}, {"kind": "errcode", "errcode": "9001"}],
)
def test_no_day_file_today(world: Sandbox, files: BankDayFiles, fault: dict[str, Any]) -> None:
    world.fault(DAY_END, **fault)
    with pytest.raises(Unavailable):
        files.lines(date(2020, 1, 1))


DAY = date(2026, 11, 26)
FILE = (
    "H|1|hnsb-demo|2026-11-26|2026-11-27T00:30:00+08:00\n"
    "D|B1|N1|12345|2026-11-26T09:00:00+08:00\n"
    "D|B2|N2|55|2026-11-26T23:59:59+08:00\n"
    "C|B3|N1|12345|2026-11-26T10:00:00+08:00\n"
    "T|3|12400|12345\n"
)


def test_a_whole_file_is_read() -> None:
    lines = read_day_file(FILE.encode(), CLIENT, DAY)
    assert [(one.number, one.direction, one.amount) for one in lines] == [
        ("N1", "out", 12_345),
        ("N2", "out", 55),
        ("N1", "in", 12_345),
    ]


@pytest.mark.parametrize("length", [*range(0, len(FILE), 7), len(FILE) - 1])
def test_a_cut_file_is_not_read(length: int) -> None:
    with pytest.raises(BadDayFile):
        read_day_file(FILE[:length].encode(), CLIENT, DAY)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("T|3|12400|12345", "T|2|12400|12345"),
        ("T|3|12400|12345", "T|3|12401|12345"),
        ("T|3|12400|12345", "T|3|12400|0"),
        ("T|3|12400|12345\n", ""),
        ("H|1|", "H|2|"),
        ("hnsb-demo", "others"),
        ("H|1|hnsb-demo|2026-11-26", "H|1|hnsb-demo|2026-11-25"),
        ("D|B2|N2|55|2026-11-26T23:59:59+08:00\n", ""),
        ("2026-11-26T23:59:59+08:00", "2026-11-27T00:00:00+08:00"),
        ("2026-11-26T09:00:00+08:00", "2026-11-26T09:00:00"),
        ("|12400|12345\n", "|12400|12345\n\n"),
        ("|12400|12345\n", "|12400|12345\nmore"),
        ("D|B2", "X|B2"),
        ("D|B2", "D|B1"),
        ("|55|", "|-55|"),
        ("|55|", "|55.0|"),
        ("|N2|", "||"),
        ("|N2|", "|N2|more|"),
    ],
)
def test_a_file_with_anything_wrong_is_not_read(old: str, new: str) -> None:
    assert old in FILE
    with pytest.raises(BadDayFile):
        read_day_file(FILE.replace(old, new).encode(), CLIENT, DAY)
