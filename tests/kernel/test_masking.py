"""No number that could be a phone, an id or a card survives the masking of a text."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.kernel.masking import mask_card, mask_id_number, mask_name, mask_phone, mask_text

NUMBERS = st.one_of(
    st.from_regex(r"\A1[3-9][0-9]{9}\Z"),
    st.from_regex(r"\A[1-9][0-9]{16}[0-9X]\Z"),
    st.from_regex(r"\A[1-9][0-9]{14}\Z"),
    st.from_regex(r"\A62[0-9]{14,17}\Z"),
)
AROUND = st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=12)


@given(AROUND, NUMBERS, AROUND, NUMBERS, AROUND)
@example("电话+86", "13800138000", "，卡号", "6228480402564890018", "")
@example("id=", "46010619660314123X", "X", "13800138000", "Z")
def test_no_number_survives(before: str, one: str, between: str, other: str, after: str) -> None:
    masked = mask_text(before + one + between + other + after)
    assert one not in masked
    assert other not in masked
    assert not re.search(r"\d{11}", masked)


@given(st.text(max_size=60))
def test_no_run_of_digits_survives_in_any_text(text: str) -> None:
    assert not re.search(r"\d{11}", mask_text(text))


@given(AROUND, NUMBERS.filter(lambda number: len(number) != 15), st.sampled_from([" ", "-"]), AROUND)
def test_grouped_numbers_do_not_survive(before: str, number: str, separator: str, after: str) -> None:
    if len(number) == 11:
        groups = [number[:3], number[3:7], number[7:]]
    elif number.startswith("62"):
        groups = [number[start : start + 4] for start in range(0, len(number), 4)]
    else:
        groups = [number[:6], number[6:14], number[14:]]
    masked = mask_text(f"{before}，{separator.join(groups)}，{after}")
    assert number not in re.sub(r"[ -]", "", masked)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("手机13800138000。", "手机138****8000。"),
        ("+8613800138000", "+8613*****8000"),
        ("138 0013 8000", "138****8000"),
        ("1380 0138 000", "138****8000"),
        ("46010619660314123X", "4601**********123X"),
        ("460106 19660314 123X", "4601**********123X"),
        ("6228 4804 0256 4890 018", "6228***********0018"),
        ("１３８００１３８０００", "１３８****８０００"),
        ("ABC110199001011", "ABC1*******1011"),
    ],
)
def test_what_is_left(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "SP20261122-000123",
        "2026-11-22 08:35:21.123456",
        "2026-11-22T08:35:21+08:00",
        "10.0.0.255",
        "seal 1234567890",
        "缴费基数 4500.00 元",
        "01a2026a-e0ce-7c3c-9f41-123456789012",
    ],
)
def test_what_people_need_to_read_stays(text: str) -> None:
    assert mask_text(text) == text


@given(st.uuids())
def test_ids_of_rows_stay(row_id: object) -> None:
    assert mask_text(f"job {row_id}") == f"job {row_id}"
    assert str(row_id) != str(uuid4())


@pytest.mark.parametrize(
    ("name", "masked"),
    [("英", "*"), ("王英", "*英"), ("王秀英", "**英"), ("欧阳秀英", "***英"), ("阿卜杜拉·买买提", "阿***")],
)
def test_names(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_single_values() -> None:
    assert mask_id_number("46010619660314123X") == "4601**********123X"
    assert mask_phone("13800138000") == "138****8000"
    assert mask_card("6228480402564890018") == "**** 0018"
