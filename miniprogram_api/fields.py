"""Fields of requests and answers that hold personal data: read into one spelling, shown masked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import marshmallow as ma

from backend.kernel.errors import Invalid
from backend.people.rules.cards import normalize_card_number
from backend.people.rules.id_numbers import parse_id_number
from backend.people.rules.names import normalize_name
from backend.people.rules.phones import normalize_phone
from backend.web.house import house
from backend.web.parsing import Text

LONGEST_TYPED = 100
DOT_HINT = "As on the document; parts of a transcribed name around `·`"


class _Typed(Text):
    """A text that one of the registry's rules reads; what it refuses is an error of this field."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(most=LONGEST_TYPED, **kwargs)

    def read(self, text: str) -> str:
        """The one spelling; raises Invalid."""
        raise NotImplementedError

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if len(text) > LONGEST_TYPED:
            raise ma.ValidationError(f"最多 {LONGEST_TYPED} 个字符")
        try:
            return self.read(text)
        except Invalid as refused:
            raise ma.ValidationError(refused.detail or refused.title) from refused


class PersonName(_Typed):
    """A name, also one of a single character: the registry knows whether somebody bears it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"description": DOT_HINT, "example": "王秀英"}, **kwargs)

    def read(self, text: str) -> str:
        return normalize_name(text, single_character=True)


class IdNumberText(_Typed):
    """The number of an identity document."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"example": "46010619660314002X"}, **kwargs)

    def read(self, text: str) -> str:
        return parse_id_number(text, today=house().clock.today()).number


class PhoneText(_Typed):
    """A mobile number of the mainland."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"example": "13800138000"}, **kwargs)

    def read(self, text: str) -> str:
        return normalize_phone(text)


class CardText(_Typed):
    """The number of a bank card or of the bank account on a social security card."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"example": "6228480000000000007"}, **kwargs)

    def read(self, text: str) -> str:
        return normalize_card_number(text)


class OneTimeCodeText(Text):
    """The six digits of an SMS."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(most=6, least=6, pattern="[0-9]{6}", metadata={"example": "123456"}, **kwargs)


class WeChatCodeText(Text):
    """A code that WeChat gave the client."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(most=200, metadata={"example": "0a3Xy1000abcd"}, **kwargs)


class Masked(ma.fields.String):
    """A value of which the answer shows as much as the mask leaves."""

    def __init__(self, mask: Callable[[str], str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mask = mask

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else self.mask(value)
