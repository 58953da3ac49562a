from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backend.kernel.actor import Actor, Grant
from backend.staff.pinyin import syllables
from backend.staff.rules import (
    FREE_FAILURES,
    InvalidUsername,
    PasswordProblem,
    WeakPassword,
    check_password,
    failures_after,
    locked_until,
    normalize_username,
)

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
GOOD = "Coral7!reef-tide"


def matches(former: str, password: str) -> bool:
    return former == "hash of " + password


def problems_of(password: str, previous: tuple[str, ...] = ()) -> set[PasswordProblem]:
    try:
        check_password(
            password,
            username="wang.xiuying",
            name_pinyin=("wang", "xiu", "ying"),
            phone="13800138000",
            previous=previous,
            verify=matches,
        )
    except WeakPassword as refused:
        assert refused.detail == "；".join(problem.sentence for problem in refused.problems)
        return set(refused.problems)
    return set()


@pytest.mark.parametrize(
    "password",
    [GOOD, "Xk29-vmqLt8z", "correct horse battery staple", "椰林海风2026Sail", "a lantern over the harbour"],
)
def test_good_passwords(password: str) -> None:
    assert problems_of(password) == set()


@pytest.mark.parametrize(
    ("password", "problems"),
    [
        ("", {PasswordProblem.TOO_SHORT, PasswordProblem.COMMON}),
        ("Xk29-vmqLt8", {PasswordProblem.TOO_SHORT}),
        ("Coral7!reef-tide" * 9, {PasswordProblem.TOO_LONG}),
        ("coralreeftides", {PasswordProblem.TOO_UNIFORM}),
        ("coralreef4tides", {PasswordProblem.TOO_UNIFORM}),
        ("Wang.XiuYing#88", {PasswordProblem.PERSONAL}),
        ("Tide4-xiuyingwang", {PasswordProblem.PERSONAL}),
        ("Tide4-Xiu-Ying-reef", {PasswordProblem.PERSONAL}),
        ("my long phrase with 138 0013 in it", {PasswordProblem.PERSONAL}),
        ("Password1234", {PasswordProblem.COMMON}),
        ("P@ssw0rd2026!", {PasswordProblem.COMMON}),
        ("Admin@123456", {PasswordProblem.COMMON}),
        ("!!Hainan2026!!", {PasswordProblem.COMMON}),
        ("1qaz2wsx3EDC", {PasswordProblem.COMMON}),
        ("PasswordPassword1", {PasswordProblem.COMMON}),
        ("Abc123456789!", {PasswordProblem.COMMON}),
        ("a" * 30, {PasswordProblem.COMMON}),
        ("12345678901234567890", {PasswordProblem.COMMON}),
    ],
)
def test_says_everything_that_is_wrong_with_a_password(password: str, problems: set[PasswordProblem]) -> None:
    assert problems_of(password) == problems


def test_a_short_name_counts_whole_and_in_either_order() -> None:
    for password in ("Tide4-liwu-reef", "Tide4-WuLi-reef"):
        with pytest.raises(WeakPassword) as refused:
            check_password(password, username="clerk", name_pinyin=("li", "wu"), verify=matches)
        assert refused.value.problems == (PasswordProblem.PERSONAL,)
    check_password("Tide4-liter-reef", username="clerk", name_pinyin=("li", "wu"), verify=matches)


def test_the_last_five_passwords_are_remembered() -> None:
    used = tuple(f"hash of Coral{number}!reef-tide" for number in range(1, 8))
    assert problems_of("Coral7!reef-tide", used) == {PasswordProblem.REUSED}
    assert problems_of("Coral3!reef-tide", used) == {PasswordProblem.REUSED}
    assert problems_of("Coral2!reef-tide", used) == set()


def test_slow_hashes_are_not_asked_about_a_password_that_is_bad_anyway() -> None:
    def never(former: str, password: str) -> bool:
        raise AssertionError("asked")

    with pytest.raises(WeakPassword):
        check_password("short", username="wang", previous=("hash",), verify=never)


@given(st.text(max_size=40))
def test_any_text_is_judged(password: str) -> None:
    found = problems_of(password)
    if len(password) < 12:
        assert PasswordProblem.TOO_SHORT in found


@given(st.text("abcdefghij", min_size=3, max_size=8), st.text("KLMNOP-7", min_size=12, max_size=20))
def test_a_password_that_holds_the_username_is_refused(username: str, rest: str) -> None:
    for password in (username.upper() + rest, rest + username, rest[:6] + username + rest[6:]):
        with pytest.raises(WeakPassword) as refused:
            check_password(password, username=username, verify=matches)
        assert PasswordProblem.PERSONAL in refused.value.problems


def test_pinyin_of_a_name() -> None:
    assert syllables("王秀英") == ("wang", "xiu", "ying")
    assert syllables("阿依古丽·买买提") == ("a", "yi", "gu", "li", "mai", "mai", "ti")


@pytest.mark.parametrize(
    ("typed", "username"),
    [
        ("wangxy", "wangxy"),
        (" WangXY ", "wangxy"),
        ("wang.xiu-ying_2", "wang.xiu-ying_2"),
        ("ｗａｎｇ", "wang"),
    ],
)
def test_usernames_have_one_spelling(typed: str, username: str) -> None:
    assert normalize_username(typed) == username


@pytest.mark.parametrize(
    "text",
    ["", "wx", "a" * 33, "2wang", "王秀英", "wang xy", "wang..xy", "wang.", "-wang", "wang@hn", "ıvan"],
)
def test_other_usernames_are_refused(text: str) -> None:
    with pytest.raises(InvalidUsername):
        normalize_username(text)


@pytest.mark.parametrize(("failures", "minutes"), [(5, 5), (6, 10), (7, 20), (8, 40), (9, 60), (10**9, 60)])
def test_locks_double_up_to_an_hour(failures: int, minutes: int) -> None:
    until = NOW + timedelta(minutes=minutes)
    assert locked_until(failures, NOW, NOW) == until
    assert locked_until(failures, NOW, until - timedelta(seconds=1)) == until
    assert locked_until(failures, NOW, until) is None


def test_four_failures_lock_nobody() -> None:
    assert locked_until(FREE_FAILURES - 1, NOW, NOW) is None
    assert locked_until(0, None, NOW) is None


def test_a_day_without_failures_starts_afresh() -> None:
    assert failures_after(0, None, NOW) == 1
    assert failures_after(4, NOW - timedelta(hours=23), NOW) == 5
    assert failures_after(9, NOW - timedelta(hours=24), NOW) == 1


@given(st.integers(0, 100), st.integers(0, 100), st.timedeltas(timedelta(0), timedelta(hours=2)))
def test_more_failures_never_lock_for_a_shorter_time(few: int, more: int, passed: timedelta) -> None:
    assume(few <= more)
    short, long = (locked_until(count, NOW, NOW + passed) for count in (few, more))
    assert short is None or (long is not None and long >= short)


PATHS = st.lists(st.sampled_from(["46", "460", "4601", "46010", "460105"]), min_size=1, max_size=4)


@given(
    st.lists(st.tuples(st.sets(st.sampled_from("abc")), PATHS), max_size=4), st.sampled_from("abcd"), PATHS
)
def test_rights_reach_an_agency_and_all_below_it_by_component(
    granted: list[tuple[set[str], list[str]]], function: str, agency: list[str]
) -> None:
    grants = tuple(Grant("clerk", frozenset(functions), ".".join(path)) for functions, path in granted)
    expected = any(
        function in functions and agency[: len(path)] == path  # lists: 460 is no prefix of 4601
        for functions, path in granted
    )
    assert Actor("staff", None, grants=grants).allows(function, ".".join(agency)) is expected


@pytest.mark.parametrize(
    ("granted", "asked", "allowed"),
    [
        ("46.4601", "46.4601.460105", True),
        ("46.4601", "46.4601", True),
        ("46.4601", "46", False),
        ("46.4601", "46.46010", False),
        ("46.4601", "46.4602.460201", False),
        ("", "46", False),
    ],
)
def test_rights_at_the_edges_of_a_subtree(granted: str, asked: str, allowed: bool) -> None:
    grants = (Grant("clerk", frozenset({"filing.approve"}), granted),)
    actor = Actor("staff", None, grants=grants)
    assert actor.allows("filing.approve", asked) is allowed
    assert not actor.allows("filing.reject", asked)
