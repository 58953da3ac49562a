"""The ten people whom README, screens and end-to-end tests call by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from backend.demo import careers, material
from backend.demo.careers import Job, months_later
from backend.demo.people_data import DemoPerson, Situation
from backend.people.rules.id_numbers import parse_id_number

# An unassigned prefix of their own, so that no generated person has one of these numbers.
PHONE_PREFIX = "1540898"


@dataclass(frozen=True)
class Persona:
    """A person with a story.

    `phone_in_use` is the phone that rings, `certified_on` the last proof of life, `suspended_from` the first
    month withheld, `helps` the key of the persona they act for, `reported_on` when a death was reported.
    """

    key: str
    story: str
    person: DemoPerson
    phone_in_use: str
    certified_on: date | None
    suspended_from: date | None
    helps: str | None
    reported_on: date | None


@dataclass(frozen=True)
class _Sketch:
    """A persona before a date is known; what happened lately is told in days before today."""

    key: str
    story: str
    name: str
    id_number: str
    district: str
    street: str
    category: Situation
    jobs: tuple[Job, ...]
    ratio: float
    certified: int | None = None
    suspended: bool = False
    helps: str | None = None
    stale_phone: bool = False
    died: int | None = None
    reported: int | None = None


_SKETCHES = (
    _Sketch(
        key="courier",
        story="外卖骑手，灵活就业人员，自己在手机上申报缴费",
        name="陈海涛",
        id_number="460022199406189013",
        district="460108",
        street="蓝天路36号",
        category=Situation.FLEXIBLE,
        jobs=(Job(15, date(2014, 3, 1), date(2019, 9, 1)), Job(None, date(2020, 1, 1), None)),
        ratio=0.6,
    ),
    _Sketch(
        key="grandmother",
        story="83岁的退休工人，眼花手慢，由女儿代为认证",
        name="王秀英",
        id_number="460100194303089022",
        district="460107",
        street="府城街道中山南路8号",
        category=Situation.PENSIONER,
        jobs=(Job(15, date(1992, 1, 1), date(1993, 4, 1)),),
        ratio=0.9,
        certified=340,
    ),
    _Sketch(
        key="daughter",
        story="王秀英的女儿，幼儿园管理人员，替母亲办事",
        name="陈丽华",
        id_number="460100197305129044",
        district="460107",
        street="红城湖路51号",
        category=Situation.EMPLOYEE,
        jobs=(Job(20, date(1995, 7, 1), date(2008, 2, 1)), Job(21, date(2008, 2, 1), None)),
        ratio=1.1,
        helps="grandmother",
    ),
    _Sketch(
        key="two_employers",
        story="先后在两家单位参保的在职职工",
        name="吴俊杰",
        id_number="460023198802299013",
        district="460105",
        street="秀华路12号",
        category=Situation.EMPLOYEE,
        jobs=(Job(4, date(2010, 8, 1), date(2017, 6, 1)), Job(3, date(2017, 6, 1), None)),
        ratio=1.6,
    ),
    _Sketch(
        key="due_soon",
        story="退休职工，资格认证十天后到期",
        name="李德福",
        id_number="460029195907209031",
        district="460400",
        street="那大镇中兴大街77号",
        category=Situation.PENSIONER,
        jobs=(Job(6, date(1992, 1, 1), date(2019, 8, 1)),),
        ratio=1.0,
        certified=355,
    ),
    _Sketch(
        key="suspended",
        story="退休职工，资格认证过期，待遇已暂停发放",
        name="符玉兰",
        id_number="460001196001159048",
        district="469001",
        street="通什镇河北西路23号",
        category=Situation.PENSIONER,
        jobs=(Job(17, date(1992, 1, 1), date(2010, 2, 1)),),
        ratio=0.8,
        certified=440,
        suspended=True,
    ),
    _Sketch(
        key="stale_phone",
        story="灵活就业人员，登记的手机号早已停用",
        name="林明辉",
        id_number="460024197911039079",
        district="469006",
        street="万城镇光明北路5号",
        category=Situation.FLEXIBLE,
        jobs=(Job(9, date(2001, 5, 1), date(2012, 1, 1)), Job(None, date(2012, 4, 1), None)),
        ratio=0.8,
        stale_phone=True,
    ),
    _Sketch(
        key="dotted_name",
        story="酒店职工，姓名中有间隔号",
        name="阿依古丽·买买提",
        id_number="653101199009219065",
        district="460203",
        street="迎宾路102号",
        category=Situation.EMPLOYEE,
        jobs=(Job(2, date(2015, 4, 1), None),),
        ratio=0.75,
    ),
    _Sketch(
        key="taiwan_resident",
        story="持台湾居民居住证的在职职工",
        name="張家豪",
        id_number="830000198504049053",
        district="460106",
        street="金龙路19号",
        category=Situation.EMPLOYEE,
        jobs=(Job(3, date(2021, 3, 1), None),),
        ratio=2.2,
    ),
    _Sketch(
        key="late_report",
        story="已去世的退休职工，家属三个月后才报告，多领的待遇须退回",
        name="郑文光",
        id_number="46002919480926901X",
        district="460400",
        street="白马井镇滨海大道66号",
        category=Situation.PENSIONER,
        jobs=(Job(7, date(1992, 1, 1), date(2008, 10, 1)),),
        ratio=1.0,
        certified=140,
        died=100,
        reported=5,
    ),
)


def personas(today: date) -> tuple[Persona, ...]:
    """The ten personas as of `today`: who they are is fixed, what happened lately moves with the date."""
    return tuple(_persona(serial, sketch, today) for serial, sketch in enumerate(_SKETCHES, start=1))


def _persona(serial: int, sketch: _Sketch, today: date) -> Persona:
    certified_on = _days_before(today, sketch.certified)
    return Persona(
        key=sketch.key,
        story=sketch.story,
        person=_person(serial, sketch, today),
        phone_in_use=_phone(serial + 10 if sketch.stale_phone else serial),
        certified_on=certified_on,
        suspended_from=months_later(certified_on, 13) if certified_on and sketch.suspended else None,
        helps=sketch.helps,
        reported_on=_days_before(today, sketch.reported),
    )


def _person(serial: int, sketch: _Sketch, today: date) -> DemoPerson:
    number = parse_id_number(sketch.id_number, today=today)
    if number.sex is None:
        raise ValueError("a persona needs a number that tells the sex")
    names = {row["code"]: row["name"] for row in material.material()["district"]}
    bank, issuer = next(iter(material.material()["banks"].items()))
    return DemoPerson(
        name=sketch.name,
        id_number=sketch.id_number,
        sex=number.sex,
        birth_date=number.birth_date,
        phone=_phone(serial),
        district=sketch.district,
        address=f"海南省{names[sketch.district]}{sketch.street}",
        bank=bank,
        card_number=material.card_number(issuer, serial),
        situation=Situation.DECEASED if sketch.died else sketch.category,
        category=sketch.category,
        retired_on=sketch.jobs[-1].until_month if sketch.category is Situation.PENSIONER else None,
        died_on=_days_before(today, sketch.died),
        moved_on=None,
        enrolments=careers.enrolments(sketch.jobs, sketch.ratio, today),
    )


def _phone(serial: int) -> str:
    return f"{PHONE_PREFIX}{serial:04}"


def _days_before(today: date, days: int | None) -> date | None:
    return None if days is None else today - timedelta(days=days)
