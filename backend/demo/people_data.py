"""Invented people of Hainan: always the same ones, every number holds and every history adds up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from random import Random
from typing import Any

from backend.demo import careers, material
from backend.demo.careers import DemoEnrolment, months_later
from backend.people.rules.id_numbers import Sex


class Situation(StrEnum):
    """Where a person stands in life, as the registry sees it."""

    FLEXIBLE = "flexible"
    EMPLOYEE = "employee"
    PENSIONER = "pensioner"
    RESIDENT_PENSIONER = "resident_pensioner"
    DECEASED = "deceased"
    MOVED = "moved"


@dataclass(frozen=True)
class DemoPerson:
    """An invented person.

    `category` is the situation or, for the deceased and those who moved away, the one before. `district` is
    the division code of where they are insured. `retired_on` is the first month of a pension.
    """

    name: str
    id_number: str
    sex: Sex
    birth_date: date
    phone: str | None
    district: str
    address: str
    bank: str
    card_number: str
    situation: Situation
    category: Situation
    retired_on: date | None
    died_on: date | None
    moved_on: date | None
    enrolments: tuple[DemoEnrolment, ...]


@dataclass(frozen=True)
class _Life:
    born: date
    retired_on: date | None
    enrolments: tuple[DemoEnrolment, ...]


_SHARES = {
    Situation.EMPLOYEE: 0.27,
    Situation.PENSIONER: 0.2,
    Situation.RESIDENT_PENSIONER: 0.14,
    Situation.DECEASED: 0.04,
    Situation.MOVED: 0.04,
}
_BEFORE_DEATH = (Situation.PENSIONER, Situation.PENSIONER, Situation.RESIDENT_PENSIONER, Situation.EMPLOYEE)
_WORKING = (Situation.FLEXIBLE, Situation.EMPLOYEE)
# Pensions that began before retirement ages started to rise, so that 60, 55 and 50 are all there is to know.
_LAST_OLD_RETIREMENT = date(2024, 12, 1)
# Orders of birth that are hardly ever reached, so that no living person finds their own number here.
_ORDERS = range(910, 990)


def generate(count: int, seed: int, today: date) -> tuple[DemoPerson, ...]:
    """`count` people as of `today`; the same three arguments give the same people.

    A few of every hundred of working age come from Hong Kong, Macau, Taiwan or abroad, bear a name with "·",
    or one with a character beyond the basic plane. No two share an id number, a phone or a card.
    """
    rng = Random(seed)  # noqa: S311 - invented people, not secrets
    situations = [kind for kind, share in _SHARES.items() for _ in range(round(count * share))][:count]
    situations += [Situation.FLEXIBLE] * (count - len(situations))
    rng.shuffle(situations)
    people: list[DemoPerson] = []
    taken: set[str] = set()
    working = 0
    for situation in situations:
        working += situation in _WORKING
        while True:
            person = _person(rng, situation, working if situation in _WORKING else 0, today)
            numbers = {person.id_number, person.card_number, person.phone or ""} - {""}
            if taken.isdisjoint(numbers):
                break
        taken |= numbers
        people.append(person)
    return tuple(people)


def _person(rng: Random, situation: Situation, working: int, today: date) -> DemoPerson:
    sex = rng.choice((Sex.MALE, Sex.FEMALE))
    district = rng.choices(
        material.material()["district"], [row["weight"] for row in material.material()["district"]]
    )[0]
    category = situation
    if situation is Situation.DECEASED:
        category = rng.choice(_BEFORE_DEATH)
    elif situation is Situation.MOVED:
        category = rng.choice(_WORKING)
    died_on = today - timedelta(days=rng.randint(20, 900)) if situation is Situation.DECEASED else None
    moved_on = months_later(today, -rng.randint(1, 30)) if situation is Situation.MOVED else None
    life = _life(rng, category, sex, district["code"], died_on or moved_on or today)
    end = moved_on or (months_later(died_on, 1) if died_on else None)
    name, start = _identity(rng, sex, life.born, district, working)
    order = rng.choice(_ORDERS)
    order += order % 2 != (sex is Sex.MALE)
    bank = rng.choice(list(material.material()["banks"]))
    unreachable = category is Situation.RESIDENT_PENSIONER and rng.random() < 0.2
    return DemoPerson(
        name=name,
        id_number=material.id_number(start, life.born, order),
        sex=sex,
        birth_date=life.born,
        phone=None if unreachable else material.phone(rng),
        district=district["code"],
        address=_address(rng, district),
        bank=bank,
        card_number=material.card_number(material.material()["banks"][bank], rng.randrange(10**12)),
        situation=situation,
        category=category,
        retired_on=life.retired_on,
        died_on=died_on,
        moved_on=moved_on,
        enrolments=careers.cut(life.enrolments, end) if end else life.enrolments,
    )


def _life(rng: Random, category: Situation, sex: Sex, district: str, today: date) -> _Life:
    ratio = min(2.6, max(0.55, rng.lognormvariate(-0.1, 0.38)))
    if category is Situation.RESIDENT_PENSIONER:
        born = _born(rng, today, 61, 94)
        return _Life(born, months_later(born, 60 * 12 + 1), careers.residents_pension(born))
    if category is Situation.PENSIONER:
        age = 60 if sex is Sex.MALE else rng.choice((50, 50, 55))
        youngest = max(age + 1, today.year - _LAST_OLD_RETIREMENT.year + age + 1)
        born = _born(rng, today, youngest, 90)
        retired_on = months_later(born, age * 12 + 1)
        jobs = careers.working_life(rng, district, months_later(born, 20 * 12), retired_on, today)
        return _Life(born, retired_on, careers.enrolments(jobs, ratio, today))
    if category is Situation.FLEXIBLE:
        born = _born(rng, today, 20, 58 if sex is Sex.MALE else 53)
        jobs = careers.flexible_life(rng, district, months_later(born, 18 * 12), today)
        tier = rng.choice((0.6, 0.6, 0.6, 0.8, 1.0, 1.5))
        return _Life(born, None, careers.enrolments(jobs, tier, today))
    born = _born(rng, today, 22, 58 if sex is Sex.MALE else 48)
    start = months_later(born, rng.randint(18, 21) * 12 + rng.randint(0, 11))
    jobs = careers.working_life(rng, district, start, None, today)
    return _Life(born, None, careers.enrolments(jobs, ratio, today))


def _born(rng: Random, today: date, youngest: int, oldest: int) -> date:
    """A birthday of somebody who is at least `youngest` and at most `oldest` years old."""
    latest = today.replace(year=today.year - youngest, day=min(today.day, 28))
    earliest = latest.replace(year=today.year - oldest)
    return earliest + timedelta(days=rng.randrange((latest - earliest).days))


def _identity(rng: Random, sex: Sex, born: date, district: dict[str, Any], working: int) -> tuple[str, str]:
    """A name, and what the id number starts with. `working` counts those of working age, 0 for the others."""
    tables = material.material()
    if working % 40 == 7:
        table = rng.choice(tables["hmt"])
        return rng.choice(table[sex]), table["region"]
    if working % 60 == 11:
        table = rng.choice(tables["foreign"])
        return rng.choice(table[sex]), f"946{table['country']}"
    if working % 45 == 17:
        table = rng.choice(tables["dotted"])
        return rng.choice(table[sex]), table["region"]
    if rng.random() < 0.1:
        codes = tables["elsewhere"]
        return _name(rng, sex, born, "han", rare=False), rng.choices(list(codes), list(codes.values()))[0]
    start = district["born"] if born.year < 2003 else district["since"]
    return _name(rng, sex, born, _people_of(rng, district), rare=working % 35 == 3), start


def _people_of(rng: Random, district: dict[str, Any]) -> str:
    drawn = rng.random()
    for people in ("li", "miao", "hui"):
        drawn -= district.get(people, 0)
        if drawn < 0:
            return people
    return "han"


def _name(rng: Random, sex: Sex, born: date, people: str, *, rare: bool) -> str:
    tables = material.material()
    fashion = [table for table in tables["given"] if table["from"] <= max(born.year, 1930)][-1]
    words, weights = material.weighted(tables["surnames"][people])
    surname = rng.choices(words, weights)[0]
    first, second = (rng.choice(characters) for characters in fashion[sex])
    if rare:
        if rng.random() < 0.3:
            surname = rng.choice(tables["rare"]["surnames"])
        else:
            second = rng.choice(tables["rare"]["given"])
    if first == second or rng.random() < fashion["single"]:
        return surname + second
    return surname + first + second


def _address(rng: Random, district: dict[str, Any]) -> str:
    address = f"海南省{district['name']}{rng.choice(district['streets'])}{rng.randint(1, 180)}号"
    if rng.random() < 0.5:
        address += f"{rng.randint(1, 12)}栋{rng.randint(1, 4)}单元{rng.randint(1, 18)}0{rng.randint(1, 4)}室"
    return address
