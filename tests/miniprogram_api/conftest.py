"""A house whose outside is in memory, and phones in people's hands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from backend.kernel.db import Work
from backend.web.house import House
from tests.support.citizens import Citizen, Insured, make_insured
from tests.support.fakes import Outside


@pytest.fixture
def outside(house: House) -> Outside:
    """WeChat and the SMS carrier of this test."""
    found = Outside()
    found.connect(house.ports)
    return found


@pytest.fixture
def phone_in_hand(client: FlaskClient, outside: Outside) -> Callable[..., Citizen]:
    """Makes a phone that has not signed in."""

    def make(**given: Any) -> Citizen:
        return Citizen(client, outside, **given)

    return make


@pytest.fixture
def visitor(phone_in_hand: Callable[..., Citizen]) -> Citizen:
    """A mini-program user who is signed in and not bound."""
    made = phone_in_hand()
    assert made.open_miniprogram().status_code == 201
    return made


@pytest.fixture
def insured(work: Work, client: FlaskClient, outside: Outside) -> Callable[..., Insured]:
    """Makes a registered person with a bound mini-program."""

    def make(**given: Any) -> Insured:
        return make_insured(work, client, outside, **given)

    return make
