"""What invented people are made of (people.toml), and numbers that hold."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from backend.people.rules.cards import luhn_digit
from backend.people.rules.id_numbers import check_character

FIRST_WAGE_YEAR = 1992
_CREDIT_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
# No operator has been given these, so that no message of a demo can ever reach anybody.
_PHONE_PREFIXES = ("142", "143")


@dataclass(frozen=True)
class DemoEmployer:
    """A company that does not exist. `industry_class` is 1 to 8, as for work-injury insurance."""

    name: str
    credit_code: str
    district: str
    industry_class: int


@cache
def material() -> dict[str, Any]:
    """The tables of people.toml."""
    return tomllib.loads(Path(__file__).with_name("people.toml").read_text(encoding="utf-8"))


@cache
def weighted(text: str) -> tuple[list[str], list[int]]:
    """Words and their weights out of `陈120 王105`."""
    pairs = re.findall(r"(\D+)(\d+) ?", text)
    return [word for word, _ in pairs], [int(weight) for _, weight in pairs]


def wage(year: int) -> int:
    """The plausible monthly average wage of a year, in yuan; the last one known for years to come."""
    wages: list[int] = material()["wages"]
    return wages[min(year - FIRST_WAGE_YEAR, len(wages) - 1)]


@cache
def employers() -> tuple[DemoEmployer, ...]:
    """The employers that enrolments name by their index."""
    return tuple(
        DemoEmployer(row["name"], credit_code(row["district"], index), row["district"], row["class"])
        for index, row in enumerate(material()["employers"])
    )


def id_number(start: str, born: date, order: int) -> str:
    """A number of 18 characters; `start` is a division code or, for foreigners, 9, province and country."""
    body = f"{start}{born:%Y%m%d}{order:03}"
    return body + check_character(body)


def phone(rng: Random) -> str:
    """A number that looks like a mobile's and rings nowhere."""
    return f"{rng.choice(_PHONE_PREFIXES)}{rng.randrange(10**8):08}"


def card_number(issuer: str, account: int) -> str:
    """A card number of 19 digits."""
    body = f"{issuer}{account:012}"
    return body + luhn_digit(body)


def credit_code(district: str, serial: int) -> str:
    """A unified social credit code (GB 32100-2015) around an organisation code (GB 11714-1997)."""
    organisation = f"MAE{serial:05}"
    total = sum(
        int(char, 36) * weight for char, weight in zip(organisation, _ORGANISATION_WEIGHTS, strict=True)
    )
    body = f"91{district}{organisation}{'0X987654321'[total % 11]}"
    checked = sum(
        _CREDIT_CHARACTERS.index(char) * weight for char, weight in zip(body, _CREDIT_WEIGHTS, strict=True)
    )
    return body + _CREDIT_CHARACTERS[-checked % 31]
