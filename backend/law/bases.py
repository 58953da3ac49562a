"""The limits of contribution bases, as the bureau publishes them with the average wage of a year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from backend.kernel.errors import Invalid
from backend.kernel.money import Fen
from backend.law.book import Book
from backend.law.figures import Figure
from backend.law.units import Unit, text


class BaseOutsideLimits(Invalid):
    """A contribution base below the floor or above the ceiling."""

    code = "base_outside_limits"
    title = "缴费基数不在规定的上下限之内"


@dataclass(frozen=True)
class BaseLimits:
    """Floor and ceiling of a monthly contribution base, in fen."""

    floor: Figure
    ceiling: Figure

    def require(self, base: Fen) -> None:
        """Raises BaseOutsideLimits."""
        if not self.floor.value <= base <= self.ceiling.value:
            lowest, highest = (text(one.value, Unit.FEN) for one in (self.floor, self.ceiling))
            raise BaseOutsideLimits(f"缴费基数应在 {lowest}至 {highest}之间")


def base_limits(book: Book, on: date) -> BaseLimits:
    """60 % and 300 % of the average wage of a day (国办发〔2019〕13号); raises ParameterMissing."""
    return BaseLimits(_limit(book, on, "floor", "缴费基数下限"), _limit(book, on, "ceiling", "缴费基数上限"))


def _limit(book: Book, on: date, entry: str, label: str) -> Figure:
    multiplier = book.value("base_multipliers", on, entry=entry)
    return Figure(
        f"base_{entry}",
        label,
        Unit.FEN,
        "round_fen_half_up(wage * multiplier)",
        {"wage": book.value("average_wage", on), "multiplier": multiplier},
        multiplier.source,
    )
