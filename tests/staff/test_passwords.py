"""Hashes are argon2id with the documented cost, and one-time passwords can be typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.bootstrap.adapters import connect_adapters
from backend.kernel.settings import Settings
from backend.staff.passwords import ONE_TIME_ALPHABET, Passwords, one_time_password
from backend.web.house import House

CHEAP = Passwords(cheap=True)


def test_production_pays_what_rfc_9106_asks() -> None:
    hashed = Passwords().hash("Tidal-Harbour-86")
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert Passwords().verify(hashed, "Tidal-Harbour-86")


@pytest.mark.parametrize(("environment", "cheap"), [("test", True), ("demo", False), ("production", False)])
def test_only_tests_pay_less(house: House, tmp_path: Path, environment: str, cheap: bool) -> None:
    settings = Settings(_env_file=None, environment=environment, data_dir=tmp_path)
    other = House(**{**vars(house), "settings": settings, "ports": type(house.ports)()})
    connect_adapters(other)
    assert (other.ports.get(Passwords).parameters == CHEAP.parameters) is cheap


def test_a_hash_knows_its_own_cost() -> None:
    cheap = CHEAP.hash("Tidal-Harbour-86")
    assert Passwords().verify(cheap, "Tidal-Harbour-86")
    assert Passwords().outdated(cheap)
    assert not CHEAP.outdated(cheap)


def test_nobody_has_the_password_of_nobody() -> None:
    assert not CHEAP.verify(CHEAP.of_nobody, "")
    assert not CHEAP.outdated(CHEAP.of_nobody)


def test_a_damaged_hash_opens_nothing() -> None:
    assert not CHEAP.verify("not a hash", "Tidal-Harbour-86")


def test_one_letter_has_one_spelling() -> None:
    assert CHEAP.verify(CHEAP.hash("Café-au-lait-9"), "Cafe\u0301-au-lait-9")


def test_one_time_passwords_differ_and_hold_no_lookalikes() -> None:
    made = {one_time_password() for _ in range(200)}
    assert len(made) == 200
    assert set("".join(made)) <= set(ONE_TIME_ALPHABET) | {"-"}
    assert not set(ONE_TIME_ALPHABET) & set("il1o0")
