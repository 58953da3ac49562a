"""Fixtures of the staff's API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from backend.web.house import House
from tests.support.people import make_agency
from tests.support.staff import Member, make_staff

Hire = Callable[..., Member]


@pytest.fixture
def hire(house: House) -> Hire:
    """Makes members of staff, each in a unit of work of its own; `at` is the code of their agency."""

    def make(*roles: str, at: str = "46", **given: Any) -> Member:
        with house.database.work() as work:
            agency_id = make_agency(work, at, under=None if at == "46" else "46")
            return make_staff(work, roles=roles, agency_id=agency_id, **given)

    return make


@pytest.fixture
def agency(house: House) -> Callable[[str], UUID]:
    """The id of an agency by its code: the root 46, or one below it."""

    def find(code: str) -> UUID:
        with house.database.work() as work:
            return make_agency(work, code, under=None if code == "46" else "46")

    return find
