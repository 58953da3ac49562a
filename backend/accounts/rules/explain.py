"""How the amounts of personal accounts come about, as figures.

What the bureau assessed and booked stands. Where the law as it is in the book gives the very same amount, the
explanation is the computation; where it does not, or says nothing, that it was assessed so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from backend.accounts.rules.kinds import ENTRY_LABELS
from backend.kernel.money import Fen
from backend.law.book import Book, ParameterMissing
from backend.law.figures import Figure, Given, Input
from backend.law.units import Number, Unit

ASSESSED = "经办机构核定"
RATES = {
    ("110", False): ("flexible_pension", "personal", "pool"),
    ("110", True): ("employee_pension", "personal", "employer"),
}
"""Parameter and entries of a month's two shares, by insurance and by whether an employer paid."""


def balance(label: str, parts: Mapping[str, Fen]) -> Figure:
    """What is in an account, in fen: the sum of its kinds of entries."""
    inputs = {
        entry: Given(ENTRY_LABELS.get(entry, "其他"), amount, Unit.FEN, "个人账户记账")
        for entry, amount in parts.items()
    }
    return Figure("balance", f"{label}储存额", Unit.FEN, " + ".join(inputs) or "0", inputs)


def shares(
    law: Book, *, insurance: str, employed: bool, month: date, base: Fen, personal: Fen, pooled: Fen
) -> tuple[Figure | Given, Figure | Given]:
    """A month's contribution into the personal account and into the fund, in fen."""
    name, *entries = RATES.get((insurance, employed), ("", "", ""))
    amounts = (("personal", "个人账户划入", personal), ("pooled", "统筹基金划入", pooled))
    first, second = (
        _share(law, (name, entry), month, base, key, label, amount)
        for entry, (key, label, amount) in zip(entries, amounts, strict=True)
    )
    return first, second


def index(law: Book, *, month: date, base: Fen, assessed: Decimal) -> Figure | Given:
    """A month's contribution index: its base over the average wage of the time, as assessed then."""
    given = Given("缴费指数", assessed, Unit.NUMBER, ASSESSED)
    try:
        inputs: dict[str, Input] = {"base": _base(base), "wage": law.value("average_wage", month)}
    except ParameterMissing:
        return given
    figure = Figure("index", "缴费指数", Unit.NUMBER, "round_half_up(base / wage, 4)", inputs)
    return figure if figure.value == assessed else given


def total(key: str, label: str, amounts: Iterable[tuple[date, Fen]]) -> Figure:
    """The sum over some months, in fen; months of the same amount stand together."""
    formula, inputs, _ = _weighted(amounts, Unit.FEN)
    return Figure(key, label, Unit.FEN, formula, inputs)


def average(key: str, label: str, indexes: Iterable[tuple[date, Decimal]]) -> Figure:
    """The average over some months, to four places."""
    formula, inputs, count = _weighted(indexes, Unit.NUMBER)
    return Figure(key, label, Unit.NUMBER, f"round_half_up(({formula}) / {count}, 4)", inputs)


def _share(
    law: Book, rate: tuple[str, str], month: date, base: Fen, key: str, label: str, assessed: Fen
) -> Figure | Given:
    given = Given(label, assessed, Unit.FEN, ASSESSED)
    name, entry = rate
    if not name:
        return given
    try:
        inputs: dict[str, Input] = {"base": _base(base), "rate": law.value(name, month, entry=entry)}
    except ParameterMissing:
        return given
    figure = Figure(key, label, Unit.FEN, "round_fen_half_up(base * rate)", inputs)
    return figure if figure.value == assessed else given


def _base(base: Fen) -> Given:
    return Given("缴费基数", base, Unit.FEN, ASSESSED)


def _weighted(numbers: Iterable[tuple[date, Number]], unit: Unit) -> tuple[str, dict[str, Input], int]:
    """`month_1 * 6 + month_2 * 6`, its inputs, and how many months there are."""
    months: dict[Number, list[int]] = defaultdict(list)
    for month, number in numbers:
        months[number].append(month.month)
    inputs: dict[str, Input] = {
        f"month_{place}": Given(f"{'、'.join(map(str, found))}月每月", number, unit, "缴费记录")
        for place, (number, found) in enumerate(months.items(), start=1)
    }
    counts = [len(found) for found in months.values()]
    terms = [f"{name} * {count}" for name, count in zip(inputs, counts, strict=True)]
    return " + ".join(terms), inputs, sum(counts)
