from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum import luhn

from backend.people.rules.cards import CardProblem, InvalidCardNumber, luhn_digit, normalize_card_number

BODIES = st.from_regex(r"\A[1-9][0-9]{14,17}\Z")


def reason_for(text: str) -> CardProblem:
    with pytest.raises(InvalidCardNumber) as refused:
        normalize_card_number(text)
    assert refused.value.detail == refused.value.reason.sentence
    return refused.value.reason


@pytest.mark.parametrize("typed", ["4111111111111111", "4111 1111 1111 1111", "４１１１-1111-1111-1111"])
def test_one_spelling(typed: str) -> None:
    assert normalize_card_number(typed) == "4111111111111111"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", CardProblem.LENGTH),
        ("411111111111111", CardProblem.LENGTH),
        ("62220212345678901280", CardProblem.LENGTH),
        ("411111111111111X", CardProblem.CHARACTERS),
        ("4111111111111112", CardProblem.CHECKSUM),
        ("0000000000000000", CardProblem.CHECKSUM),
    ],
)
def test_says_why_a_card_is_refused(text: str, reason: CardProblem) -> None:
    assert reason_for(text) is reason


@given(BODIES)
def test_completed_numbers_hold_and_an_independent_library_agrees(body: str) -> None:
    assert luhn_digit(body) == luhn.calc_check_digit(body)
    assert normalize_card_number(body + luhn_digit(body)) == body + luhn_digit(body)


@given(BODIES, st.integers(0, 18), st.sampled_from("0123456789"))
def test_every_single_wrong_digit_is_refused(body: str, place: int, typed: str) -> None:
    number = body + luhn_digit(body)
    assume(place < len(number) and number[place] != typed)
    assert reason_for(number[:place] + typed + number[place + 1 :]) is CardProblem.CHECKSUM


@given(BODIES, st.integers(0, 17))
def test_swapped_neighbours_are_refused_but_for_0_and_9(body: str, place: int) -> None:
    number = body + luhn_digit(body)
    assume(place + 1 < len(number))
    one, other = number[place], number[place + 1]
    assume(one != other and {one, other} != {"0", "9"})  # Luhn cannot tell 09 from 90
    assert reason_for(number[:place] + other + one + number[place + 2 :]) is CardProblem.CHECKSUM
