"""What people type into free fields."""

from __future__ import annotations

from backend.kernel.errors import FieldError, Invalid
from backend.kernel.masking import mask_text


def remark(field: str, typed: str, *, most: int, least: int = 2) -> str:
    """The text without its outer blanks; numbers that name a person are masked, since its column is readable.

    `least` and `most` count characters. Raises Invalid, naming the field.
    """
    text = typed.strip()
    if not least <= len(text) <= most:
        raise Invalid(fields=(FieldError(field, f"应为{least}到{most}个字"),))
    return mask_text(text)
