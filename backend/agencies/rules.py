"""Numbers of employers. Pure."""

from __future__ import annotations

import re

from backend.kernel.errors import FieldError, Invalid

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_CODE = re.compile(rf"[0-9A-HJ-NPQRTUWXY]{{2}}[0-9]{{6}}[{_ALPHABET}]{{10}}")


def normalize_credit_code(text: str) -> str:
    """A unified social credit code (GB 32100-2015), its check character verified; raises Invalid."""
    code = re.sub(r"[\s-]", "", text).upper()
    if not _CREDIT_CODE.fullmatch(code):
        raise Invalid(fields=(FieldError("credit_code", "统一社会信用代码应为18位数字或大写字母"),))
    if credit_code_check(code[:17]) != code[17]:
        raise Invalid(fields=(FieldError("credit_code", "统一社会信用代码有误，请对照证照逐位核对"),))
    return code


def credit_code_check(body: str) -> str:
    """The 18th character for the 17 before it: weights are powers of 3, modulo 31."""
    total = sum(_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(body))
    return _ALPHABET[-total % 31]
