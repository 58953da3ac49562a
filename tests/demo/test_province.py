"""The demo province is loaded through commands, and is what was invented."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from backend.demo import offices, province
from backend.demo.people_data import Situation, generate
from backend.demo.personas import personas
from backend.kernel.db import Database
from backend.people import queries as people
from backend.staff import queries as staff
from backend.web.house import House

FEW = 6


@pytest.fixture
def loaded(house: House) -> Database:
    database = house.database
    assert not province.is_loaded(database)
    assert province.load(database, population=FEW) == len(personas(database.clock.today())) + FEW
    return database


def test_everybody_is_there_with_their_history(loaded: Database) -> None:
    today = loaded.clock.today()
    everybody = (*(one.person for one in personas(today)), *generate(FEW, province.SEED, today))
    with loaded.reading() as work:
        for invented in everybody:
            person_id = people.find_by_id_number(work, invented.id_number)
            assert person_id is not None, invented
            record = people.record(work, person_id)
            assert (record.name, record.birth_date) == (invented.name, invented.birth_date)
            expected = {Situation.DECEASED: "deceased", Situation.MOVED: "moved"}
            assert record.state == expected.get(invented.situation, "active")
            assert record.category == invented.category
            kept = sorted((one.insurance, one.from_month) for one in people.enrolments(work, person_id))
            assert kept == sorted((one.insurance, one.from_month) for one in invented.enrolments)
    assert province.is_loaded(loaded)


def test_staff_sign_in_as_the_readme_says(loaded: Database, client: FlaskClient) -> None:
    for member in (*offices.STAFF, None):
        username = member.username if member else "security.admin"
        with loaded.reading() as work:
            code = staff.usable_code(work, username)
        body = {"username": username, "password": offices.PASSWORD, "totp": code}
        opened = client.post("/api/admin/v1/session", json=body)
        assert opened.status_code == 201, opened.json
        token = {"Authorization": f"Bearer {opened.json['token']}"}
        grants = client.get("/api/admin/v1/me", headers=token).json["grants"]
        assert [one["role"] for one in grants] == [member.role if member else "security_administrator"]
