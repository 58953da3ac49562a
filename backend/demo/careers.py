"""Invented working lives: who employed a person when, and on what contribution base."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from backend.demo.material import employers, wage

FIRST_MONTH = date(1992, 1, 1)
"""Hainan's pension insurance began in 1992; years worked before are deemed years and no enrolment."""
RESIDENTS_FIRST_MONTH = date(2011, 7, 1)

EMPLOYED = ("110", "210", "310", "410")
FLEXIBLE = ("110", "310")
RESIDENT = ("170",)


@dataclass(frozen=True)
class DemoBase:
    """The monthly contribution base (fen) from a month on."""

    from_month: date
    base: int


@dataclass(frozen=True)
class DemoEnrolment:
    """One insurance (AAE140) from a month until the first month no longer covered, None while it lasts.

    `employer` is an index into `material.employers()`, None for people who insure themselves. Residents'
    pension has no bases: it is paid by yearly tiers.
    """

    insurance: str
    employer: int | None
    from_month: date
    until_month: date | None
    bases: tuple[DemoBase, ...]


@dataclass(frozen=True)
class Job:
    """One employer, or None for flexible employment, and when."""

    employer: int | None
    from_month: date
    until_month: date | None


def first_of_month(day: date) -> date:
    """The first day of a date's month."""
    return day.replace(day=1)


def months_later(month: date, months: int) -> date:
    """The first day of the month that lies `months` after (or before) that of `month`."""
    years, index = divmod(month.month - 1 + months, 12)
    return date(month.year + years, index + 1, 1)


def working_life(rng: Random, district: str, start: date, until: date | None, today: date) -> list[Job]:
    """Jobs one after the other from `start` to `until`; with None the last one lasts to this day."""
    month = max(first_of_month(start), FIRST_MONTH)
    stop = until or first_of_month(today)
    jobs: list[Job] = []
    while month < stop:
        end = months_later(month, rng.randint(14, 130))
        lasts = end >= stop
        jobs.append(Job(_nearby_employer(rng, district), month, until if lasts else end))
        if lasts:
            break
        month = months_later(end, rng.choice((0, 0, 0, 1, 2, 5, 9)))
    if until is None and (not jobs or jobs[-1].until_month is not None):
        jobs.append(Job(_nearby_employer(rng, district), stop, None))
    return jobs


def flexible_life(rng: Random, district: str, start: date, today: date) -> list[Job]:
    """Perhaps some employers at first, then years of insuring oneself, perhaps with a lapse, to this day."""
    present = first_of_month(today)
    month = max(first_of_month(start), FIRST_MONTH)
    alone = months_later(present, -rng.randint(3, 96))
    jobs = working_life(rng, district, month, alone, today) if month < alone and rng.random() < 0.6 else []
    alone = max(month, alone)
    lapse = months_later(alone, rng.randint(6, 40))
    if rng.random() < 0.25 and months_later(lapse, 8) < present:
        jobs.append(Job(None, alone, lapse))
        alone = months_later(lapse, rng.randint(1, 7))
    return [*jobs, Job(None, alone, None)]


def enrolments(jobs: Iterable[Job], ratio: float, today: date) -> tuple[DemoEnrolment, ...]:
    """The enrolments of some jobs, with bases around `ratio` times the year's average wage."""
    found = []
    for job in jobs:
        bases = _bases(job, ratio, today)
        kinds = FLEXIBLE if job.employer is None else EMPLOYED
        found += [DemoEnrolment(kind, job.employer, job.from_month, job.until_month, bases) for kind in kinds]
    return tuple(found)


def residents_pension(born: date) -> tuple[DemoEnrolment, ...]:
    """What a rural resident paid towards the residents' pension, until the month after the 60th birthday."""
    start = max(RESIDENTS_FIRST_MONTH, months_later(born, 16 * 12))
    until = months_later(born, 60 * 12 + 1)
    return (DemoEnrolment(RESIDENT[0], None, start, until, ()),) if start < until else ()


def cut(spans: Sequence[DemoEnrolment], until: date) -> tuple[DemoEnrolment, ...]:
    """The same enrolments, ended where `until` (the first of a month) comes first."""
    return tuple(
        replace(
            span,
            until_month=min(until, span.until_month or until),
            bases=tuple(base for base in span.bases if base.from_month < until),
        )
        for span in spans
        if span.from_month < until
    )


def _bases(job: Job, ratio: float, today: date) -> tuple[DemoBase, ...]:
    last = months_later(job.until_month or months_later(today, 1), -1)
    bases = []
    for year in range(job.from_month.year, last.year + 1):
        raise_since = 1 + 0.01 * (year - job.from_month.year) if job.employer is not None else 1
        average = wage(year)
        # Whole yuan between 60 % and 300 % of the wage, both limits rounded inwards.
        yuan = max(-(-average * 6 // 10), min(average * 3, round(average * ratio * raise_since)))
        bases.append(DemoBase(max(job.from_month, date(year, 1, 1)), yuan * 100))
    return tuple(bases)


def _nearby_employer(rng: Random, district: str) -> int:
    weights = [
        8 if employer.district == district else 4 if employer.district[:4] == district[:4] else 1
        for employer in employers()
    ]
    return rng.choices(range(len(weights)), weights)[0]
