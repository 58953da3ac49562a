"""Numbers that name a person: AAC002 and the other documents people are insured with.

Sources: GB 11643-1999 (resident identity numbers); 国办发〔2018〕81号 (residence permits of people from Hong
Kong, Macau and Taiwan, built like them); the National Immigration Administration's rules for the permanent
residence card, forms of 2017 (15 characters) and of 2023 (18 digits).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from backend.kernel.errors import Invalid
from backend.people.rules import regions
from backend.people.rules.typed import compact

LONGEST_LIFE = 150
"""Years. Generous, because records outlive people: the standard's own example was born in 1880."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_HMT_REGIONS = {"810000": "香港特别行政区", "820000": "澳门特别行政区", "830000": "台湾省"}
_LAST_OLD_CARD = date(2023, 11, 30)
_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_OLD_CARD = re.compile(r"[A-Z]{3}[0-9]{12}")
_FIRST_GENERATION = re.compile(r"[0-9]{15}")


class IdKind(StrEnum):
    """Which document a number belongs to."""

    RESIDENT_ID = "resident_id"
    HMT_RESIDENCE = "hmt_residence"
    PERMANENT_RESIDENCE = "permanent_residence"

    @property
    def label(self) -> str:
        """The document's name, for people."""
        return _KIND_LABELS[self]


_KIND_LABELS = {
    IdKind.RESIDENT_ID: "居民身份证",
    IdKind.HMT_RESIDENCE: "港澳台居民居住证",
    IdKind.PERMANENT_RESIDENCE: "外国人永久居留身份证",
}


class Sex(StrEnum):
    """Sex as the civil register has it."""

    MALE = "male"
    FEMALE = "female"

    @property
    def label(self) -> str:
        """For people."""
        return "男" if self is Sex.MALE else "女"


class IdNumberProblem(StrEnum):
    """Why a number is refused."""

    LENGTH = "length"
    CHARACTERS = "characters"
    FIRST_GENERATION = "first_generation"
    DATE = "date"
    FUTURE_DATE = "future_date"
    TOO_OLD = "too_old"
    REGION = "region"
    COUNTRY = "country"
    CHECKSUM = "checksum"

    @property
    def sentence(self) -> str:
        """What the person can do about it."""
        return _SENTENCES[self]


_SENTENCES = {
    IdNumberProblem.LENGTH: "证件号码应为18位，请核对是否少输或多输",
    IdNumberProblem.CHARACTERS: "证件号码应为18位数字，只有最后一位可以是字母X，请对照证件重新输入",
    IdNumberProblem.FIRST_GENERATION: "这是15位的旧身份证号码，请输入现在使用的18位号码",
    IdNumberProblem.DATE: "号码中的出生日期不存在，请对照证件核对",
    IdNumberProblem.FUTURE_DATE: "号码中的出生日期晚于今天，请对照证件核对",
    IdNumberProblem.TOO_OLD: "号码中的出生日期过早，请对照证件核对年份",
    IdNumberProblem.REGION: "号码中的地区代码不存在，请对照证件核对开头几位；如与证件一致，请到经办窗口办理",
    IdNumberProblem.COUNTRY: "号码中的国家代码不存在，请对照证件核对；如与证件一致，请到经办窗口办理",
    IdNumberProblem.CHECKSUM: "号码有误，可能有一位输错或相邻两位颠倒，请对照证件逐位核对",
}


class InvalidIdNumber(Invalid):
    """The text is not an id number; `reason` says why. Never holds the text itself."""

    code = "invalid_id_number"
    title = "证件号码有误，请核对后重新填写"

    def __init__(self, reason: IdNumberProblem) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


@dataclass(frozen=True)
class IdNumber:
    """A number that holds, and what it tells.

    `region` is where the person was first registered or, for foreigners, where the card was issued.
    `nationality` is a Chinese country name, for foreigners only. `sex` is None for the 15-character card,
    whose number does not tell.
    """

    number: str = field(repr=False)
    kind: IdKind
    region_code: str
    region: str
    birth_date: date = field(repr=False)
    sex: Sex | None
    nationality: str | None = None


def parse_id_number(text: str, *, today: date) -> IdNumber:
    """Reads a number as people type it (full-width digits, spaces, lower-case x).

    Raises InvalidIdNumber. Whether the person exists, and bears the name, only the register can tell.
    """
    number = compact(text).upper()
    if _OLD_CARD.fullmatch(number):
        return _parse_old_card(number, today)
    if _EIGHTEEN.fullmatch(number):
        return _parse_eighteen(number, today)
    if _FIRST_GENERATION.fullmatch(number):
        raise InvalidIdNumber(IdNumberProblem.FIRST_GENERATION)
    if len(number) not in (15, 18) and number.isascii() and number.isalnum():
        raise InvalidIdNumber(IdNumberProblem.LENGTH)
    raise InvalidIdNumber(IdNumberProblem.CHARACTERS if number else IdNumberProblem.LENGTH)


def check_character(body: str) -> str:
    """The 18th character for 17 digits (ISO 7064 MOD 11-2, GB 11643-1999 section 4)."""
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def old_card_check_digit(body: str) -> str:
    """The 15th character for the 14 before it: weights 7, 3, 1 over 0-9 and A-Z = 10-35 (ICAO 9303-3)."""
    return str(sum(int(char, 36) * (7, 3, 1)[place % 3] for place, char in enumerate(body)) % 10)


def _parse_eighteen(number: str, today: date) -> IdNumber:
    birth_date = _birth_date(number[6:10], number[10:14], today)
    code, nationality = number[:6], None
    if number[0] == "9":
        kind, code = IdKind.PERMANENT_RESIDENCE, number[1:3] + "0000"
        region = regions.province_name(code)
        nationality = _nationality(number[3:6])
    elif number[0] == "8":
        kind, region = IdKind.HMT_RESIDENCE, _HMT_REGIONS.get(code)
    else:
        kind, region = IdKind.RESIDENT_ID, _resident_region(code, birth_date)
    if region is None:
        raise InvalidIdNumber(IdNumberProblem.REGION)
    if check_character(number[:17]) != number[17]:
        raise InvalidIdNumber(IdNumberProblem.CHECKSUM)
    sex = Sex.MALE if int(number[16]) % 2 else Sex.FEMALE
    return IdNumber(number, kind, code, region, birth_date, sex, nationality)


def _parse_old_card(number: str, today: date) -> IdNumber:
    birth_date = _birth_date(_century(number[7:9], number[9:13], today) + number[7:9], number[9:13], today)
    code = number[3:5] + "0000"
    region = regions.prefecture_name(number[3:7]) or regions.province_name(code)
    if region is None:
        raise InvalidIdNumber(IdNumberProblem.REGION)
    nationality = _nationality(number[:3])
    if old_card_check_digit(number[:14]) != number[14]:
        raise InvalidIdNumber(IdNumberProblem.CHECKSUM)
    return IdNumber(number, IdKind.PERMANENT_RESIDENCE, code, region, birth_date, None, nationality)


def _century(year: str, month_day: str, today: date) -> str:
    """Two digits of a year mean the latest one in which a holder of the last such card can have been born."""
    latest = min(today, _LAST_OLD_CARD).strftime("%Y%m%d")
    return "20" if "20" + year + month_day <= latest else "19"


def _birth_date(year: str, month_day: str, today: date) -> date:
    try:
        birth_date = date(int(year), int(month_day[:2]), int(month_day[2:]))
    except ValueError:
        raise InvalidIdNumber(IdNumberProblem.DATE) from None
    if birth_date > today:
        raise InvalidIdNumber(IdNumberProblem.FUTURE_DATE)
    if today.year - birth_date.year > LONGEST_LIFE:
        raise InvalidIdNumber(IdNumberProblem.TOO_OLD)
    return birth_date


def _resident_region(code: str, birth_date: date) -> str | None:
    # A county founded after the table's edition is unknown here; only children born since can bear its code.
    newborn = birth_date.year >= regions.EDITION
    return regions.division_name(code) or (regions.prefecture_name(code) if newborn else None)


def _nationality(code: str) -> str:
    name = regions.country_name(code)
    if name is None:
        raise InvalidIdNumber(IdNumberProblem.COUNTRY)
    return name
