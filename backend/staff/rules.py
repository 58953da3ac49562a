"""Rules of staff accounts: passwords, user names, and how long wrong passwords lock an account.

What a member of staff may do where is `backend.kernel.actor.Actor.allows`.
Sources: GB/T 22239-2019 8.1.4.1 (identity, complexity, login failures); NIST SP 800-63B 5.1.1 (what makes a
password guessable: the person's own data and common words, rather than missing signs).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

from backend.kernel.errors import Invalid

SHORTEST_PASSWORD, PASSPHRASE, LONGEST_PASSWORD = 12, 20, 128
PASSWORD_MEMORY = 5
_CLASSES_NEEDED = 3
_SHORTEST_WORD = 4
_PHONE_DIGITS = 6
_UNDISGUISED = str.maketrans("@04315$7", "aoaelsst")
_NOT_WORD = re.compile(r"[\W_]+")
_EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_USERNAME = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*")
_SHORTEST_USERNAME, _LONGEST_USERNAME = 3, 32

FREE_FAILURES = 5
FIRST_LOCK, LONGEST_LOCK = timedelta(minutes=5), timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(days=1)


class PasswordProblem(StrEnum):
    """Why a password is refused."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TOO_UNIFORM = "too_uniform"
    PERSONAL = "personal"
    COMMON = "common"
    REUSED = "reused"

    @property
    def sentence(self) -> str:
        """What the person can do about it."""
        return _PASSWORD_SENTENCES[self]


_PASSWORD_SENTENCES = {
    PasswordProblem.TOO_SHORT: f"密码至少{SHORTEST_PASSWORD}位",
    PasswordProblem.TOO_LONG: f"密码最多{LONGEST_PASSWORD}位",
    PasswordProblem.TOO_UNIFORM: f"密码须含大写、小写字母、数字、符号中的三种，或至少{PASSPHRASE}位",
    PasswordProblem.PERSONAL: "密码中不能有您的用户名、姓名拼音或手机号",
    PasswordProblem.COMMON: "这个密码很容易被猜到，请换一个",
    PasswordProblem.REUSED: f"不能与最近{PASSWORD_MEMORY}次用过的密码相同",
}


class WeakPassword(Invalid):
    """The password breaks rules; `problems` are all of them, so that the person need not guess twice."""

    code = "weak_password"
    title = "密码不符合要求，请换一个"

    def __init__(self, problems: Sequence[PasswordProblem]) -> None:
        super().__init__("；".join(problem.sentence for problem in problems))
        self.problems = tuple(problems)


class InvalidUsername(Invalid):
    """The user name has another form than all others."""

    code = "invalid_username"
    title = (
        f"用户名为{_SHORTEST_USERNAME}至{_LONGEST_USERNAME}位小写字母和数字，以字母开头，"
        "中间可以用点、横线或下划线分隔"
    )


def check_password(
    password: str,
    *,
    username: str,
    name_pinyin: Sequence[str] = (),
    phone: str = "",
    previous: Sequence[str] = (),
    verify: Callable[[str, str], bool],
) -> None:
    """Raises WeakPassword unless a new password holds.

    `name_pinyin` are the syllables of the name, family name first; `previous` are hashes, newest last, of
    which the last five count, and `verify(hash, password)` compares. Hashes are slow, so they are only asked
    about a password that is good otherwise.
    """
    problems = _form_problems(password)
    if _is_personal(password, username, name_pinyin, phone):
        problems.append(PasswordProblem.PERSONAL)
    if _is_common(password):
        problems.append(PasswordProblem.COMMON)
    if not problems and any(verify(former, password) for former in previous[-PASSWORD_MEMORY:]):
        problems.append(PasswordProblem.REUSED)
    if problems:
        raise WeakPassword(problems)


def _form_problems(password: str) -> list[PasswordProblem]:
    if len(password) < SHORTEST_PASSWORD:
        return [PasswordProblem.TOO_SHORT]
    if len(password) > LONGEST_PASSWORD:
        return [PasswordProblem.TOO_LONG]
    classes = {_class_of(char) for char in password}
    if len(password) < PASSPHRASE and len(classes) < _CLASSES_NEEDED:
        return [PasswordProblem.TOO_UNIFORM]
    return []


def _class_of(char: str) -> str:
    if char.isdecimal():
        return "digit"
    if char.isupper():
        return "upper"
    return "lower" if char.islower() else "other"


def _is_personal(password: str, username: str, name_pinyin: Sequence[str], phone: str) -> bool:
    bare = _bare(password)
    given = "".join(name_pinyin[1:])
    family = "".join(name_pinyin[:1])
    words = [family + given, given + family, given]
    known = [word for word in words if len(word) >= _SHORTEST_WORD] + [_bare(username)]
    pieces = [phone[start : start + _PHONE_DIGITS] for start in range(len(phone) - _PHONE_DIGITS + 1)]
    return any(part and part in bare for part in known + pieces)


def _bare(text: str) -> str:
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", text).casefold())


def _is_common(password: str) -> bool:
    """Whether little remains of a password once the usual decorations are taken off.

    Those are digits and signs at either end, `@` for a and the like, and the same thing typed several times.
    """
    folded = password.casefold()
    core = _EDGES.sub("", folded)
    spellings = {folded, core, core.translate(_UNDISGUISED)}
    units = {_repeated_unit(spelling) for spelling in spellings if spelling}
    return len(_repeated_unit(core)) < _SHORTEST_WORD or not units.isdisjoint(_common_passwords())


def _repeated_unit(text: str) -> str:
    """The shortest piece that, typed over and over, gives the text."""
    return text[: (text + text).find(text, 1)] if text else ""


@cache
def _common_passwords() -> frozenset[str]:
    lines = Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def normalize_username(text: str) -> str:
    """The one spelling of a user name, lower case; raises InvalidUsername."""
    username = unicodedata.normalize("NFKC", text.strip()).lower()
    if not _SHORTEST_USERNAME <= len(username) <= _LONGEST_USERNAME or not _USERNAME.fullmatch(username):
        raise InvalidUsername
    return username


def failures_after(failures: int, last_failure: datetime | None, now: datetime) -> int:
    """The count of wrong passwords after one more; a day without any starts afresh."""
    if last_failure is None or now - last_failure >= FORGOTTEN_AFTER:
        return 1
    return failures + 1


def locked_until(failures: int, last_failure: datetime | None, now: datetime) -> datetime | None:
    """When an account opens again after `failures` wrong passwords in a row, or None when it is open.

    The fifth locks for five minutes and each further one for twice as long, up to an hour: enough to make
    guessing hopeless, too little to keep a colleague from work for a day by typing nonsense.
    """
    if last_failure is None or failures < FREE_FAILURES:
        return None
    # Bounded, because a count that an attacker drives up must not become a number of centuries.
    doublings = min(failures - FREE_FAILURES, 10)
    until = last_failure + min(FIRST_LOCK * 2**doublings, LONGEST_LOCK)
    return until if until > now else None
