"""Mobile numbers of the mainland, the only ones that receive the bureau's codes."""

from __future__ import annotations

import re
from enum import StrEnum

from backend.kernel.errors import Invalid
from backend.people.rules.typed import compact

_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9][0-9]{9})")


class PhoneProblem(StrEnum):
    """Why a phone number is refused."""

    LENGTH = "length"
    CHARACTERS = "characters"
    NOT_MOBILE = "not_mobile"

    @property
    def sentence(self) -> str:
        """What the person can do about it."""
        return _SENTENCES[self]


_SENTENCES = {
    PhoneProblem.LENGTH: "手机号应为11位，请核对是否少输或多输",
    PhoneProblem.CHARACTERS: "手机号只能由数字组成，请重新输入",
    PhoneProblem.NOT_MOBILE: "这不是内地手机号，请填写以13至19开头的11位手机号",
}


class InvalidPhone(Invalid):
    """The text is not a mobile number; `reason` says why. Never holds the text itself."""

    code = "invalid_phone"
    title = "手机号有误，请核对后重新填写"

    def __init__(self, reason: PhoneProblem) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


def normalize_phone(text: str) -> str:
    """The 11 digits of a mobile number typed with or without +86, spaces, hyphens or full-width digits.

    Raises InvalidPhone.
    """
    phone = compact(text).replace("(", "").replace(")", "")
    mobile = _MOBILE.fullmatch(phone)
    if mobile:
        return mobile[1]
    digits = phone.removeprefix("+")
    if digits and not (digits.isascii() and digits.isdigit()):
        raise InvalidPhone(PhoneProblem.CHARACTERS)
    local = digits.removeprefix("0086").removeprefix("86") if len(digits) > 11 else digits
    mobile_start = local[:1] == "1" and local[1:2] not in ("0", "1", "2")
    raise InvalidPhone(PhoneProblem.LENGTH if mobile_start or not local else PhoneProblem.NOT_MOBILE)
