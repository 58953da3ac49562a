from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.people.rules.names import InvalidName, NameProblem, normalize_name

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5) | st.sampled_from("𠮷𬱖𫝀㐂〇")


def reason_for(text: str) -> NameProblem:
    with pytest.raises(InvalidName) as refused:
        normalize_name(text)
    assert refused.value.detail == refused.value.reason.sentence
    return refused.value.reason


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("王秀英", "王秀英"),
        (" 王　秀 英 ", "王秀英"),
        ("欧阳小花", "欧阳小花"),
        ("𠮷田光", "𠮷田光"),
        ("符𬱖", "符𬱖"),
        ("\uf900国", "\u8c48国"),  # a compatibility ideograph
        ("⼀凡", "一凡"),  # a Kangxi radical
        ("阿依古丽 · 买买提", "阿依古丽·买买提"),
        ("吾买尔·阿不都热合曼·艾则孜", "吾买尔·阿不都热合曼·艾则孜"),
        ("Smith", "SMITH"),
        ("Ｓｍｉｔｈ  ｊｏｈｎ", "SMITH JOHN"),
        ("Jean-Luc  Müller", "JEAN-LUC MÜLLER"),
        ("Mu\u0308ller", "MÜLLER"),
        ("O’Brien, Mary", "O'BRIEN, MARY"),
        ("WU,QUANBIN", "WU, QUANBIN"),
        ("J. R. R. Tolkien", "J. R. R. TOLKIEN"),
    ],
)
def test_one_spelling(typed: str, name: str) -> None:
    assert normalize_name(typed) == name


@pytest.mark.parametrize("dot", "·‧•・･．.●∙⋅․﹒ꞏ")
def test_every_look_alike_becomes_the_middle_dot(dot: str) -> None:
    assert normalize_name(f"古丽{dot}买买提") == "古丽\u00b7买买提"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", NameProblem.EMPTY),
        (" \u3000", NameProblem.EMPTY),
        ("王", NameProblem.SINGLE_CHARACTER),
        ("𠮷", NameProblem.SINGLE_CHARACTER),
        ("王" * 51, NameProblem.TOO_LONG),
        ("A" * 51, NameProblem.TOO_LONG),
        ("王1", NameProblem.DIGIT),
        ("王①", NameProblem.DIGIT),
        ("1234", NameProblem.DIGIT),
        ("王秀英😀", NameProblem.SYMBOL),
        ("王秀英（小）", NameProblem.SYMBOL),
        ("王,秀英", NameProblem.SYMBOL),
        ("<b>王</b>", NameProblem.SYMBOL),
        ("王\u200b秀英", NameProblem.INVISIBLE),
        ("王\u202e秀英", NameProblem.INVISIBLE),
        ("王\x00秀英", NameProblem.INVISIBLE),
        ("王\n秀英", NameProblem.INVISIBLE),
        ("王\ufe0f秀英", NameProblem.INVISIBLE),
        ("葛\U000e0100城", NameProblem.INVISIBLE),
        ("\ud842王", NameProblem.INVISIBLE),
        ("王\ue863", NameProblem.PRIVATE_USE),
        ("赵C", NameProblem.MIXED),
        ("Иван Иванов", NameProblem.SCRIPT),
        ("たなか", NameProblem.SCRIPT),
        ("王たなか", NameProblem.SCRIPT),
        ("ئايگۈل", NameProblem.SCRIPT),
        ("·买买提", NameProblem.DOT),
        ("买买提·", NameProblem.DOT),
        ("古丽··买买提", NameProblem.DOT),
        ("-Smith", NameProblem.SYMBOL),
        ("Smith--Jones", NameProblem.SYMBOL),
    ],
)
def test_says_why_a_name_is_refused(text: str, reason: NameProblem) -> None:
    assert reason_for(text) is reason


def test_the_counter_registers_a_name_of_one_character() -> None:
    assert normalize_name("难", single_character=True) == "难"
    with pytest.raises(InvalidName):
        normalize_name("", single_character=True)


def test_fifty_characters_beyond_the_basic_plane_fit() -> None:
    assert len(normalize_name("𠮷" * 50)) == 50


def test_every_reason_has_its_own_sentence() -> None:
    assert len({problem.sentence for problem in NameProblem}) == len(NameProblem)


@given(st.lists(st.text(HAN, min_size=1, max_size=6), min_size=1, max_size=4), st.sampled_from("·‧•・.●"))
def test_parts_around_any_dot_compare_equal(parts: list[str], dot: str) -> None:
    typed = dot.join(parts)
    expected = "·".join(parts)
    assert normalize_name(typed, single_character=True) == expected


@given(st.text(max_size=60))
def test_any_text_gets_one_spelling_or_a_reason(text: str) -> None:
    try:
        name = normalize_name(text)
    except InvalidName as refused:
        assert refused.detail
    else:
        assert normalize_name(name) == name
        assert 2 <= len(name) <= 50


@given(st.text(st.characters(categories=["L"]), max_size=20))
def test_letters_of_any_script_get_one_spelling_or_a_reason(text: str) -> None:
    try:
        name = normalize_name(text)
    except InvalidName:
        return
    assert normalize_name(name) == name
