"""What documents say, as plain data: amounts in whole fen, dates and months in ISO form, text in Chinese.

A caller hands the content over as a dict of this shape (dates as strings). Everything is checked when it is
handed over, so that nothing that cannot be drawn, or does not add up, ever gets a serial number.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Protocol

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic.dataclasses import dataclass

# Strict: no string passes for a number. An error must not show what was given: it is personal data.
STRICT = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)

Heading = Annotated[str, StringConstraints(min_length=1, max_length=30, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
"""Short enough to be read in the letterhead."""
Line = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
Paragraph = Annotated[
    str, StringConstraints(min_length=1, max_length=400, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")
]
MaskedIdNumber = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{4}\*{7,10}[0-9A-Z]{4}$")]
"""4 + 4 characters, as `backend.kernel.masking` leaves them: a whole number is refused."""
Month = Annotated[str, StringConstraints(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$")]
Index = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,2}\.[0-9]{4}$")]
Amount = Annotated[int, Field(ge=-(10**13), le=10**13)]
"""Fen."""
Count = Annotated[int, Field(ge=0, le=1200)]


@dataclass(frozen=True, config=STRICT)
class Holder:
    """Whom a document is about: the name whole, the number of the identity document masked."""

    name: Line
    id_number: MaskedIdNumber
    person_number: Line | None = None
    """AAC001, where the bureau prints it."""


class Content(Protocol):
    """What every kind of content has."""

    @property
    def holder(self) -> Holder:
        """Whom the document is about."""
        ...


@dataclass(frozen=True, config=STRICT)
class AccountPart:
    """One part of the personal account over the period, all in fen.

    `contributions` are all bookings of the period but interest, `payments` what was paid out of it.
    """

    label: Line
    opening: Amount
    contributions: Amount
    interest: Amount
    payments: Amount
    closing: Amount

    @model_validator(mode="after")
    def _adds_up(self) -> AccountPart:
        if self.opening + self.contributions + self.interest - self.payments != self.closing:
            raise ValueError("opening + contributions + interest - payments is not closing")
        return self


@dataclass(frozen=True, config=STRICT)
class MonthsPaid:
    """Months that count: paid within the period, paid in all, and deemed paid (视同缴费)."""

    in_period: Count
    paid: Count
    deemed: Count = 0


@dataclass(frozen=True, config=STRICT)
class ContributionYear:
    """A year of contributions, amounts in fen.

    `base` is the sum of the months' bases, `own` and `employer` what each paid, `credited` what was booked to
    the personal account, `index` what the bureau assessed, to four digits.
    """

    year: Annotated[int, Field(ge=1950, le=2199)]
    months: Annotated[int, Field(ge=0, le=12)]
    base: Amount
    own: Amount
    employer: Amount
    credited: Amount
    index: Index | None = None


@dataclass(frozen=True, config=STRICT)
class Source:
    """A parameter behind the figures, and where it was published."""

    label: Line
    value: Line
    source: Paragraph


@dataclass(frozen=True, config=STRICT)
class Statement:
    """个人权益记录单: what the bureau has on record of a person's rights in one insurance over a period.

    `issuer` is the bureau in the letterhead, `agency` where the person is insured, `status` their state
    there, `as_of` the last day that the records cover. `years` come oldest first.
    """

    issuer: Heading
    insurance: Heading
    holder: Holder
    status: Line
    agency: Line
    from_month: Month
    until_month: Month
    as_of: date
    parts: Annotated[tuple[AccountPart, ...], Field(min_length=1, max_length=10)]
    months: MonthsPaid
    years: Annotated[tuple[ContributionYear, ...], Field(max_length=80)] = ()
    sources: Annotated[tuple[Source, ...], Field(max_length=30)] = ()
    notes: Annotated[tuple[Paragraph, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Statement:
        years = [row.year for row in self.years]
        if years != sorted(set(years)):
            raise ValueError("years are out of order, or one is there twice")
        if self.from_month > self.until_month:
            raise ValueError("the period ends before it begins")
        return self
