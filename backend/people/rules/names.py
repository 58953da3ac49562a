"""Names of persons (AAC003), brought to one spelling so that equal names compare equal.

A name is either Chinese characters, where the parts of a transcribed name stand around "·" (U+00B7), or Latin
letters as a passport prints them. Documents carry no other script, and no mixture. Resident cards print from
GB 18030, which is why characters beyond the basic plane are ordinary here.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from backend.kernel.errors import Invalid

SHORTEST, LONGEST = 2, 50
"""Characters, the dot among them; one character beyond the basic plane counts once."""

DOT = "\u00b7"
# What keyboards and copied documents put in the dot's place. "." only counts between Chinese characters.
_DOTS = str.maketrans(dict.fromkeys(".•‧∙⋅・●⸱⸳ꞏᐧ᛫⦁", DOT))
_LATIN_FOLDS = str.maketrans(dict.fromkeys("‐‑‒–—", "-") | dict.fromkeys("‘’ʼ`´", "'"))
_LATIN_NAME = re.compile(r"[^\W\d_]+(?:(?:[.,]? |[-'])[^\W\d_]+)*\.?")
_SPACES = re.compile(r"\s+")
_COMMA = re.compile(r"\s*,\s*")

# By block and not by category: the interpreter's Unicode tables lag behind the newest extensions.
_HAN = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\ufa0e-\ufa29\U00020000-\U0002fffd\U00030000-\U0003fffd]")
_FILLERS = re.compile(r"[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")


class NameProblem(StrEnum):
    """Why a name is refused."""

    EMPTY = "empty"
    SINGLE_CHARACTER = "single_character"
    TOO_LONG = "too_long"
    DIGIT = "digit"
    SYMBOL = "symbol"
    INVISIBLE = "invisible"
    PRIVATE_USE = "private_use"
    SCRIPT = "script"
    MIXED = "mixed"
    DOT = "dot"

    @property
    def sentence(self) -> str:
        """What the person can do about it."""
        return _SENTENCES[self]


_SENTENCES = {
    NameProblem.EMPTY: "请填写姓名",
    NameProblem.SINGLE_CHARACTER: "姓名至少两个字；如证件上只有一个字，请带证件到经办窗口登记",
    NameProblem.TOO_LONG: f"姓名最多{LONGEST}个字，请按证件上的姓名填写",
    NameProblem.DIGIT: "姓名中不能有数字，请按证件上的姓名填写",
    NameProblem.SYMBOL: "姓名中有标点、符号或表情，请按证件上的姓名填写",
    NameProblem.INVISIBLE: "姓名中有看不见的符号，请清空后手动重新输入",
    NameProblem.PRIVATE_USE: "姓名中有旧输入法的自造字，请换用新版输入法重新输入这个字",
    NameProblem.SCRIPT: "请填写证件上的汉字姓名，外国人请填写证件上的拉丁字母姓名",
    NameProblem.MIXED: "姓名请全部用汉字或全部用字母，不要混用",
    NameProblem.DOT: "间隔号“·”只能放在姓名的两部分之间，请按证件上的姓名填写",
}


class InvalidName(Invalid):
    """The text is not a name; `reason` says why. Never holds the text itself."""

    code = "invalid_name"
    title = "姓名有误，请按证件上的姓名填写"

    def __init__(self, reason: NameProblem) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


def normalize_name(text: str, *, single_character: bool = False) -> str:
    """The one spelling of a name; raises InvalidName.

    Compatibility characters and full-width letters become the ordinary ones, spaces vanish from Chinese
    names, look-alike dots become "·"; Latin names are upper case with single spaces, as documents print them.

    A name of one character is refused, because it is nearly always a name cut short on a form. The few people
    who have one are registered at the counter, where a clerk has seen the document: `single_character=True`.
    """
    plain = unicodedata.normalize("NFKC", text.strip())
    for char in plain:
        _refuse_unreadable(char)
    name = _chinese(plain) if _HAN.search(plain) else _latin(plain)
    if len(name) > LONGEST:
        raise InvalidName(NameProblem.TOO_LONG)
    if len(name) < SHORTEST and not single_character:
        raise InvalidName(NameProblem.SINGLE_CHARACTER)
    return name


def _refuse_unreadable(char: str) -> None:
    category = unicodedata.category(char)
    if _FILLERS.match(char) or category in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        raise InvalidName(NameProblem.INVISIBLE)
    if category == "Co":
        raise InvalidName(NameProblem.PRIVATE_USE)


def _chinese(text: str) -> str:
    name = _SPACES.sub("", text).translate(_DOTS)
    for char in name:
        if char != DOT and not _HAN.match(char):
            problem = _problem_of(char)
            raise InvalidName(NameProblem.MIXED if problem is None else problem)
    if not all(name.split(DOT)):
        raise InvalidName(NameProblem.DOT)
    return name


def _latin(text: str) -> str:
    name = _COMMA.sub(", ", _SPACES.sub(" ", text.upper())).translate(_LATIN_FOLDS)
    if not name:
        raise InvalidName(NameProblem.EMPTY)
    for char in name:
        if char not in " -'.,":
            problem = _problem_of(char)
            if problem is not None:
                raise InvalidName(problem)
    if not _LATIN_NAME.fullmatch(name):
        raise InvalidName(NameProblem.SYMBOL)
    return name


def _problem_of(char: str) -> NameProblem | None:
    """What is wrong with a character that is not Chinese; None for a Latin letter."""
    category = unicodedata.category(char)
    if category.startswith("N"):
        return NameProblem.DIGIT
    if category.startswith("L"):
        return None if unicodedata.name(char, "").startswith("LATIN ") else NameProblem.SCRIPT
    return NameProblem.SYMBOL
