"""What a person may type, and what no text may hold."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.text import all_clean, is_clean


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_what_people_write_is_clean(text: str) -> None:
    assert is_clean(text)


@given(st.text(), st.characters(categories=["Cc", "Cs"], exclude_characters="\n\t\r"), st.text())
def test_one_control_character_or_surrogate_is_enough(before: str, bad: str, after: str) -> None:
    assert unicodedata.category(bad) in ("Cc", "Cs")
    assert not is_clean(before + bad + after)


@pytest.mark.parametrize("value", ["一\n二\t三\r", "", "ab", 5, None, 1.5, [], {"a": ["b", {"c": "d"}]}])
def test_clean_values(value: object) -> None:
    assert all_clean(value)


@pytest.mark.parametrize("value", ["\0", {"\0": 1}, {"a": "\x1b"}, [[["\ud800"]]], {"a": [{"b": ["\x7f"]}]}])
def test_unclean_values(value: object) -> None:
    assert not all_clean(value)
