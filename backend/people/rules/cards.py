"""Numbers of bank cards and of the bank account on a social security card."""

from __future__ import annotations

import re
from enum import StrEnum

from backend.kernel.errors import Invalid
from backend.people.rules.typed import compact

_CARD = re.compile(r"[1-9][0-9]{15,18}")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


class CardProblem(StrEnum):
    """Why a card number is refused."""

    LENGTH = "length"
    CHARACTERS = "characters"
    CHECKSUM = "checksum"

    @property
    def sentence(self) -> str:
        """What the person can do about it."""
        return _SENTENCES[self]


_SENTENCES = {
    CardProblem.LENGTH: "卡号应为16至19位，请填写社保卡或银行卡正面的卡号",
    CardProblem.CHARACTERS: "卡号只能由数字组成，请对照卡面重新输入",
    CardProblem.CHECKSUM: "卡号有误，请对照卡面逐位核对",
}


class InvalidCardNumber(Invalid):
    """The text is not a card number; `reason` says why. Never holds the text itself."""

    code = "invalid_card_number"
    title = "卡号有误，请核对后重新填写"

    def __init__(self, reason: CardProblem) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


def normalize_card_number(text: str) -> str:
    """The 16 to 19 digits of a card, the last of them checked (ISO/IEC 7812-1, Luhn).

    Raises InvalidCardNumber.
    """
    number = compact(text)
    if number and not (number.isascii() and number.isdigit()):
        raise InvalidCardNumber(CardProblem.CHARACTERS)
    if not 16 <= len(number) <= 19:
        raise InvalidCardNumber(CardProblem.LENGTH)
    if not _CARD.fullmatch(number) or luhn_digit(number[:-1]) != number[-1]:
        raise InvalidCardNumber(CardProblem.CHECKSUM)
    return number


def luhn_digit(body: str) -> str:
    """The digit that completes a card number."""
    total = sum(
        _DOUBLED[int(digit)] if place % 2 == 0 else int(digit) for place, digit in enumerate(reversed(body))
    )
    return str(-total % 10)
