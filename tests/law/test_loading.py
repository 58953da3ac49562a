"""A mistake in the law is found when the program starts, with its file and line."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.law.loading import load, read
from backend.law.sources import LawMistake
from backend.law.units import Unit
from tests.law.books import book, mistakes, record, series

FIRST, SECOND = record("2024-01-01", "2025-01-01"), record("2025-01-01")


def test_reads_values_periods_and_notes() -> None:
    found = book(series(FIRST, record("2025-01-01", value='"0.25"', note="说明", provisional="false")))
    earlier, later = found.history("some_rate")
    assert (earlier.value, earlier.since, earlier.until) == (
        Decimal("0.5"),
        date(2024, 1, 1),
        date(2025, 1, 1),
    )
    assert (later.value, later.until, later.note, later.source) == (Decimal("0.25"), None, "说明", "某文件")
    assert earlier.unit is Unit.RATE


def test_money_is_written_in_yuan_and_kept_in_fen() -> None:
    found = book(series(record("2024-01-01", value='"8131.05"'), unit="yuan"))
    assert found.history("some_rate")[0].value == 813105
    assert found.history("some_rate")[0].unit is Unit.FEN


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (series(record("2024-01-01", konfirmed="true")), 11, "konfirmed"),
        (series(FIRST, more="sorce: x\n"), 4, "sorce"),
        (series(record("2024-01-01", source="")), 5, "source"),
        (series(record("2024-01-01", until="")), 5, "until"),
        (series(record("2024-01-01", confirmed="")), 5, "confirmed"),
        (series(record("2024-01-01", provisional="")), 5, "provisional"),
        (series(record("2024-01-01", source='""')), 8, "source"),
        (series(record("2024-01-01", confirmed='"yes"')), 9, "confirmed"),
        (series(record("2024-01-01", value="0.5")), 7, "in quotes"),
        (series(record("2024-01-01", value="8131")), 7, "in quotes"),
        (series(record("2024-01-01", value=".inf")), 7, "in quotes"),
        (series(record("2024-01-01", value='"5e-1"')), 7, "no number"),
        (series(record("2024-01-01", value='"-0.5"')), 7, "no number"),
        (series(record("2024-01-01", value='"NaN"')), 7, "no number"),
        (series(record("2024-01-01", value='"1.01"')), 7, "no rate"),
        (series(record("2024-01-01", value='"1.005"'), unit="yuan"), 7, "fen"),
        (series(record("2024-01-01", value='"1.5"'), unit="months"), 7, "whole"),
        (series(FIRST, unit="percent"), 3, "no unit"),
        (series(FIRST, unit="fen"), 3, "no unit"),
        (series(record("2024-13-01")), 5, "no date"),
        (series(record('"2024-01-01"')), 5, "from"),
        (series(record("2024-01-01", "2024-01-01")), 6, "before it begins"),
        (series(record("2024-01-01", confirmed="true", provisional="true")), 9, "cannot be confirmed"),
        (series(record("2024-01-01", "2025-06-01"), SECOND), 11, "still holds"),
        (series(record("2024-01-01"), SECOND), 11, "still holds"),
        (series(SECOND, FIRST), 11, "still holds"),
        (series(record("2024-01-01", "2024-12-31"), SECOND), 11, "nothing holds"),
        (
            series(FIRST, SECOND, more="gaps:\n- {from: 2025-01-01, until: 2025-02-01, note: x}\n"),
            5,
            "no hole",
        ),
        (series(FIRST, name="Some-Rate"), 1, "lower case"),
        (series(FIRST, more="entries: {floor: 下限}\n"), 8, "other entries"),
        (series(FIRST) + "some_rate: {}\n", 11, "twice"),
        ("some_rate: [1\n", 2, "expected"),
        ("some_rate: just words\n", 1, "some_rate"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(text: str, line: int, what: str) -> None:
    found = mistakes(text)
    assert len(found) == 1, found
    assert found[0].startswith(f"some.yaml:{line}: ")
    assert what in found[0]


def test_all_mistakes_of_all_files_are_named_at_once() -> None:
    bad = series(record("2024-01-01", value='"2"'))
    with pytest.raises(LawMistake) as caught:
        read(
            {"one.yaml": bad, "two.yaml": series(FIRST, unit="pct"), "good.yaml": series(FIRST, name="fine")}
        )
    assert [one.split(":")[0] for one in caught.value.mistakes] == ["one.yaml", "two.yaml"]


def test_a_parameter_stands_in_one_file() -> None:
    with pytest.raises(LawMistake, match="another file"):
        read({"one.yaml": series(FIRST), "two.yaml": series(FIRST)})


def test_a_listed_gap_is_no_mistake() -> None:
    text = series(
        record("2023-01-01", "2024-01-01"),
        SECOND,
        more="gaps:\n- {from: 2024-01-01, until: 2025-01-01, note: 资料矛盾}\n",
    )
    assert [gap.note for gap in book(text).series("some_rate").gaps] == ["资料矛盾"]


def test_loads_the_files_of_a_folder(tmp_path) -> None:
    (tmp_path / "rates.yaml").write_text(series(FIRST), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no law", encoding="utf-8")
    assert load(tmp_path).names() == ("some_rate",)


days = st.dates(date(1995, 1, 1), date(2090, 1, 1))


@given(st.lists(days, min_size=2, max_size=12, unique=True).map(sorted))
def test_neighbouring_periods_are_read_whatever_their_length(starts: list[date]) -> None:
    ends = [*(str(day) for day in starts[1:]), "null"]
    found = book(series(*(record(str(day), end) for day, end in zip(starts, ends, strict=True))))
    assert [found.value("some_rate", day).since for day in starts] == starts


@given(
    st.lists(days, min_size=2, max_size=8, unique=True).map(sorted),
    st.integers(min_value=0, max_value=100),
    st.integers(min_value=1, max_value=4000),
)
def test_an_overlap_is_refused_wherever_it_is(starts: list[date], which: int, by: int) -> None:
    ends = [*starts[1:], None]
    which %= len(starts) - 1
    ends[which] = starts[which + 1] + timedelta(days=by)
    records = [record(str(day), str(end) if end else "null") for day, end in zip(starts, ends, strict=True)]
    found = mistakes(series(*records))
    assert len(found) == 1
    assert f"begins on {starts[which + 1]}" in found[0]
