"""The one place that masks personal data: for people who may not see it whole, and for logs."""

from __future__ import annotations

import re

_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])(\d{4})\d{10}(\d{3}[\dXx])(?![0-9A-Za-z])")
_OLD_RESIDENCE_CARD = re.compile(r"(?<![0-9A-Za-z])([A-Z]{3}\d)\d{7}(\d{4})(?![0-9A-Za-z])")
_CARD = re.compile(r"(?<!\d)(\d{4})\d{8,11}(\d{4})(?!\d)")
_PHONE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")


def mask_id_number(number: str) -> str:
    """4 + 4: `4601**********1234`."""
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}"


def mask_phone(phone: str) -> str:
    """3 + 4: `138****1234`."""
    return f"{phone[:3]}{'*' * (len(phone) - 7)}{phone[-4:]}"


def mask_card(card: str) -> str:
    """The last four digits: `**** 1234`."""
    return f"**** {card[-4:]}"


def mask_name(name: str) -> str:
    """All but the last character of a short name, all but the first of a long one: `*英`, `阿***`."""
    if len(name) <= 1:
        return "*"
    if len(name) <= 4:
        return "*" * (len(name) - 1) + name[-1]
    return name[0] + "*" * 3


def mask_text(text: str) -> str:
    """Free text with every id number, card and phone number in it masked."""
    text = _ID_NUMBER.sub(r"\1**********\2", text)
    text = _OLD_RESIDENCE_CARD.sub(r"\1*******\2", text)
    text = _CARD.sub(r"\1********\2", text)
    return _PHONE.sub(r"\1****\2", text)
