from __future__ import annotations

import string
import time
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import ric

from backend.people.rules.id_numbers import (
    IdKind,
    IdNumberProblem,
    InvalidIdNumber,
    Sex,
    check_character,
    old_card_check_digit,
    parse_id_number,
)

TODAY = date(2026, 11, 22)
DIVISIONS = ["460105", "469005", "460200", "460022", "442101", "110105", "440524", "659012", "332825"]
FOREIGN = IdKind.PERMANENT_RESIDENCE
COUNTRIES = ["124", "682", "840", "392"]


def completed(body: str) -> str:
    return body + check_character(body)


@st.composite
def eighteen(draw: st.DrawFn) -> str:
    start = draw(
        st.one_of(
            st.sampled_from(DIVISIONS),
            st.sampled_from(["810000", "820000", "830000"]),
            st.builds("9{}{}".format, st.sampled_from(["11", "46", "65"]), st.sampled_from(COUNTRIES)),
        )
    )
    born = draw(st.dates(date(1880, 1, 1), TODAY))
    order = draw(st.integers(1, 999))
    return completed(f"{start}{born:%Y%m%d}{order:03}")


@st.composite
def old_cards(draw: st.DrawFn) -> str:
    country = draw(st.sampled_from(["CAN", "SAU", "USA", "JPN"]))
    born = draw(st.dates(date(1924, 1, 1), date(2023, 11, 30)))
    body = f"{country}4601{born:%y%m%d}{draw(st.integers(0, 9))}"
    return body + old_card_check_digit(body)


def reason_for(text: str, today: date = TODAY) -> IdNumberProblem:
    with pytest.raises(InvalidIdNumber) as refused:
        parse_id_number(text, today=today)
    assert refused.value.detail == refused.value.reason.sentence
    return refused.value.reason


@pytest.mark.parametrize(
    ("number", "kind", "region", "birth_date", "sex", "nationality"),
    [
        # the two examples of GB 11643-1999
        ("11010519491231002X", IdKind.RESIDENT_ID, "北京市朝阳区", date(1949, 12, 31), Sex.FEMALE, None),
        ("440524188001010014", IdKind.RESIDENT_ID, "广东省汕头市潮阳县", date(1880, 1, 1), Sex.MALE, None),
        # residence permits
        ("810000199408230021", IdKind.HMT_RESIDENCE, "香港特别行政区", date(1994, 8, 23), Sex.FEMALE, None),
        ("830000199201300022", IdKind.HMT_RESIDENCE, "台湾省", date(1992, 1, 30), Sex.FEMALE, None),
        # the specimens of the National Immigration Administration, 2023 and 2017
        (
            "932682198501010017",
            IdKind.PERMANENT_RESIDENCE,
            "江苏省",
            date(1985, 1, 1),
            Sex.MALE,
            "沙特阿拉伯",
        ),
        ("911124198108030024", IdKind.PERMANENT_RESIDENCE, "北京市", date(1981, 8, 3), Sex.FEMALE, "加拿大"),
        ("CAN110081080310", IdKind.PERMANENT_RESIDENCE, "北京市", date(1981, 8, 3), None, "加拿大"),
    ],
)
def test_published_examples(
    number: str, kind: IdKind, region: str, birth_date: date, sex: Sex | None, nationality: str | None
) -> None:
    parsed = parse_id_number(number, today=TODAY)
    assert parsed.number == number
    assert (parsed.kind, parsed.region, parsed.birth_date) == (kind, region, birth_date)
    assert (parsed.sex, parsed.nationality) == (sex, nationality)


def test_regions_of_hainan_then_and_now() -> None:
    def region(code: str) -> str:
        return parse_id_number(completed(code + "19650301001"), today=TODAY).region

    assert region("460105") == "海南省海口市秀英区"
    assert region("469005") == "海南省文昌市"
    assert region("460200") == "海南省三亚市", "Sanya had no districts until 2014"
    assert region("460022") == "海南省文昌县", "before it was a city"
    assert region("442101").endswith("海口市"), "before Hainan was a province"


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        " 110105 19491231 002x ",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105-19491231-002X",
        "\u202d11010519491231002X\u202c",
        "110105\u200b19491231\u3000002ｘ",
    ],
)
def test_reads_numbers_as_people_type_them(typed: str) -> None:
    assert parse_id_number(typed, today=TODAY).number == "11010519491231002X"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", IdNumberProblem.LENGTH),
        ("   ", IdNumberProblem.LENGTH),
        ("1101051949123100", IdNumberProblem.LENGTH),
        ("11010519491231002X0", IdNumberProblem.LENGTH),
        ("E12345678", IdNumberProblem.LENGTH),
        ("1" * 10_000, IdNumberProblem.LENGTH),
        ("11010519491231002Y", IdNumberProblem.CHARACTERS),
        ("1101051949X231002X", IdNumberProblem.CHARACTERS),
        ("1101051949123100二X", IdNumberProblem.CHARACTERS),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", IdNumberProblem.CHARACTERS),
        ("CANA10081080310", IdNumberProblem.CHARACTERS),
        ("110105491231002", IdNumberProblem.FIRST_GENERATION),
        (completed("11010519490229001"), IdNumberProblem.DATE),
        (completed("11010519491301001"), IdNumberProblem.DATE),
        (completed("11010500000101001"), IdNumberProblem.DATE),
        (completed("11010520261123001"), IdNumberProblem.FUTURE_DATE),
        (completed("11010518751231001"), IdNumberProblem.TOO_OLD),
        (completed("46010919900101001"), IdNumberProblem.REGION),
        (completed("46000019900101001"), IdNumberProblem.REGION),
        (completed("00010519900101001"), IdNumberProblem.REGION),
        (completed("71000019900101001"), IdNumberProblem.REGION),
        (completed("81000119900101001"), IdNumberProblem.REGION),
        (completed("84000019900101001"), IdNumberProblem.REGION),
        (completed("90012419900101001"), IdNumberProblem.REGION),
        (completed("91100119900101001"), IdNumberProblem.COUNTRY),
        (completed("91115619900101001"), IdNumberProblem.COUNTRY),
        ("CHN110081080310", IdNumberProblem.COUNTRY),
        ("CAN000081080310", IdNumberProblem.REGION),
        ("CAN110081133110", IdNumberProblem.DATE),
        ("110105194912310021", IdNumberProblem.CHECKSUM),
        ("CAN110081080311", IdNumberProblem.CHECKSUM),
    ],
)
def test_says_why_a_number_is_refused(text: str, reason: IdNumberProblem) -> None:
    assert reason_for(text) is reason


def test_every_reason_has_its_own_sentence_without_the_number() -> None:
    sentences = {problem.sentence for problem in IdNumberProblem}
    assert len(sentences) == len(IdNumberProblem)
    with pytest.raises(InvalidIdNumber) as refused:
        parse_id_number("110105194912310021", today=TODAY)
    assert "110105" not in str(refused.value) + repr(refused.value)


def test_a_number_does_not_show_in_a_log() -> None:
    shown = repr(parse_id_number("11010519491231002X", today=TODAY))
    assert "19491231" not in shown
    assert "1949, 12" not in shown


def test_a_county_founded_after_the_table_is_good_for_those_born_since() -> None:
    unknown_county = "460199"
    assert reason_for(completed(unknown_county + "20240301001")) is IdNumberProblem.REGION
    newborn = parse_id_number(completed(unknown_county + "20260301001"), today=TODAY)
    assert newborn.region == "海南省海口市"
    assert reason_for(completed("469920" + "20260301001")) is IdNumberProblem.REGION, "no such prefecture"


def test_the_old_card_means_the_latest_century_in_which_it_was_issued() -> None:
    def born(two_digits: str, today: date = TODAY) -> date:
        body = f"USA4601{two_digits}03011"
        return parse_id_number(body + old_card_check_digit(body), today=today).birth_date

    assert born("23") == date(2023, 3, 1)
    assert born("24") == date(1924, 3, 1), "the last such card was issued in November 2023"
    assert born("20", today=date(2019, 1, 1)) == date(1920, 3, 1)


@given(eighteen())
def test_accepts_every_well_formed_number(number: str) -> None:
    parsed = parse_id_number(number, today=TODAY)
    assert parsed.number == number
    assert f"{parsed.birth_date:%Y%m%d}" == number[6:14]
    assert (parsed.sex is Sex.MALE) == (number[16] in "13579")


@given(st.text("0123456789", min_size=17, max_size=17))
def test_the_check_character_agrees_with_an_independent_library(body: str) -> None:
    assert check_character(body) == ric.calc_check_digit(body + "0")


@given(eighteen(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_every_single_wrong_character_is_refused(number: str, place: int, typed: str) -> None:
    assume(number[place] != typed)
    reason_for(number[:place] + typed + number[place + 1 :])


@given(eighteen(), st.integers(0, 16))
def test_every_swap_of_neighbours_is_refused(number: str, place: int) -> None:
    assume(number[place] != number[place + 1])
    reason_for(number[:place] + number[place + 1] + number[place] + number[place + 2 :])


@given(old_cards(), st.integers(3, 14), st.sampled_from(string.digits))
def test_every_single_wrong_digit_of_an_old_card_is_refused(number: str, place: int, typed: str) -> None:
    assume(number[place] != typed)
    reason_for(number[:place] + typed + number[place + 1 :])


@given(old_cards(), st.integers(3, 12))
def test_a_swap_in_an_old_card_is_refused_unless_the_digits_differ_by_five(number: str, place: int) -> None:
    one, other = number[place], number[place + 1]
    assume(abs(int(one) - int(other)) not in (0, 5))  # weights 7, 3, 1 differ by even numbers
    reason_for(number[:place] + other + one + number[place + 2 :])


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_id_number(text, today=TODAY)
    except InvalidIdNumber as refused:
        assert refused.detail


def test_is_fast() -> None:
    parse_id_number("11010519491231002X", today=TODAY)
    began = time.perf_counter()
    for _ in range(1_000):
        parse_id_number("11010519491231002X", today=TODAY)
    assert time.perf_counter() - began < 0.2, "200 microseconds each leave room for a slow machine"
