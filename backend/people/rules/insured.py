"""What the registry says of a person: category, state, and the insurances there are."""

from __future__ import annotations

from enum import StrEnum


class Category(StrEnum):
    """How a person is insured, or what they draw."""

    EMPLOYEE = "employee"
    FLEXIBLE = "flexible"
    RESIDENT = "resident"
    PENSIONER = "pensioner"
    RESIDENT_PENSIONER = "resident_pensioner"

    @property
    def label(self) -> str:
        """For people."""
        return _CATEGORY_LABELS[self]


_CATEGORY_LABELS = {
    Category.EMPLOYEE: "单位职工",
    Category.FLEXIBLE: "灵活就业人员",
    Category.RESIDENT: "城乡居民",
    Category.PENSIONER: "职工养老待遇领取人员",
    Category.RESIDENT_PENSIONER: "居民养老待遇领取人员",
}


class PersonState(StrEnum):
    """Whether a record still stands for somebody insured here."""

    ACTIVE = "active"
    MOVED = "moved"
    DECEASED = "deceased"
    MERGED = "merged"

    @property
    def label(self) -> str:
        """For people."""
        return _STATE_LABELS[self]


_STATE_LABELS = {
    PersonState.ACTIVE: "正常",
    PersonState.MOVED: "已转出",
    PersonState.DECEASED: "已登记死亡",
    PersonState.MERGED: "已合并",
}


class Insurance(StrEnum):
    """AAE140.

    Who may be insured without an employer: Social Insurance Law (2018) art. 10 and 23 (pension and medical,
    for the flexibly employed), art. 20 (residents' pension, never with one). Unemployment (art. 44), work
    injury (art. 33) and maternity (art. 53) are insured by an employer.
    """

    EMPLOYEE_PENSION = "110"
    UNEMPLOYMENT = "210"
    MEDICAL = "310"
    WORK_INJURY = "410"
    MATERNITY = "510"
    RESIDENT_PENSION = "170"

    @property
    def label(self) -> str:
        """For people."""
        return _INSURANCE_LABELS[self]

    @property
    def needs_employer(self) -> bool:
        """Whether only an employer can insure somebody."""
        return self in (Insurance.UNEMPLOYMENT, Insurance.WORK_INJURY, Insurance.MATERNITY)

    @property
    def allows_employer(self) -> bool:
        """Whether an employer can insure somebody at all."""
        return self is not Insurance.RESIDENT_PENSION


_INSURANCE_LABELS = {
    Insurance.EMPLOYEE_PENSION: "企业职工基本养老保险",
    Insurance.UNEMPLOYMENT: "失业保险",
    Insurance.MEDICAL: "基本医疗保险",
    Insurance.WORK_INJURY: "工伤保险",
    Insurance.MATERNITY: "生育保险",
    Insurance.RESIDENT_PENSION: "城乡居民基本养老保险",
}
