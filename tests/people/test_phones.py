from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.people.rules.phones import InvalidPhone, PhoneProblem, normalize_phone

PHONES = st.from_regex(r"\A1[3-9][0-9]{9}\Z")


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        " 138 0013 8000 ",
        "138-0013-8000",
        "+86 138 0013 8000",
        "(+86)13800138000",
        "0086 13800138000",
        "8613800138000",
        "１３８００１３８０００",
        "＋８６１３８００１３８０００",
        "\u202d138 0013 8000\u202c",
    ],
)
def test_one_spelling(typed: str) -> None:
    assert normalize_phone(typed) == "13800138000"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", PhoneProblem.LENGTH),
        ("1380013800", PhoneProblem.LENGTH),
        ("138001380000", PhoneProblem.LENGTH),
        ("+86 1380013800", PhoneProblem.LENGTH),
        ("138001380OO", PhoneProblem.CHARACTERS),
        ("电话13800138000", PhoneProblem.CHARACTERS),
        ("١٣٨٠٠١٣٨٠٠٠", PhoneProblem.CHARACTERS),
        ("12800138000", PhoneProblem.NOT_MOBILE),
        ("0898-66668888", PhoneProblem.NOT_MOBILE),
        ("+852 91234567", PhoneProblem.NOT_MOBILE),
        ("12345", PhoneProblem.NOT_MOBILE),
    ],
)
def test_says_why_a_phone_is_refused(text: str, reason: PhoneProblem) -> None:
    with pytest.raises(InvalidPhone) as refused:
        normalize_phone(text)
    assert refused.value.reason is reason
    assert refused.value.detail == reason.sentence
    assert not text or text not in str(refused.value)


@given(PHONES, st.sampled_from(["", "+86", "86", "0086", "+86 "]), st.lists(st.integers(1, 10), max_size=3))
def test_prefix_and_spaces_do_not_matter(phone: str, prefix: str, gaps: list[int]) -> None:
    typed = phone
    for gap in sorted(gaps, reverse=True):
        typed = typed[:gap] + " " + typed[gap:]
    assert normalize_phone(prefix + typed) == phone


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        phone = normalize_phone(text)
    except InvalidPhone as refused:
        assert refused.detail
    else:
        assert normalize_phone(phone) == phone
