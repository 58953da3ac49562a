"""The one place that masks personal data: for people who may not see it whole, and for logs."""

from __future__ import annotations

import re

PHONE_DIGITS = 11
_NUMBERS = re.compile(
    r"(?P<uuid>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)"
    r"|(?P<old_residence_card>\b[A-Z]{3}\d{12}\b)"
    r"|(?<!\d)(?:"
    r"\d{4}(?:[ -]\d{4})+[ -]\d{3,4}(?:[ -]\d{1,3}[Xx]?)?"  # as cards are printed
    r"|\d{6}[ -]\d{8}[ -]\d{3}[\dXx]"  # as id numbers are read out
    r"|1\d\d[ -]\d{4}[ -]\d{4}"  # as phone numbers are
    r"|\d{11,}[Xx]?"
    r")(?!\d)"
)


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
    """Free text with every number masked that is as long as a phone, an id or a card, however grouped."""
    return _NUMBERS.sub(_masked, text)


def _masked(found: re.Match[str]) -> str:
    if found["uuid"]:
        return found[0]
    number = found[0].replace(" ", "").replace("-", "")
    return mask_phone(number) if len(number) == PHONE_DIGITS else mask_id_number(number)
