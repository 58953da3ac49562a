"""PostgreSQL goes away in the middle of writes: what was acknowledged is there, and there once."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from sqlalchemy import select

from backend.audit.models import AuditEvent
from backend.people.models import Person
from tests.chaos.clerks import Clerks
from tests.chaos.place import Place


@pytest.mark.timeout(0)
def test_every_acknowledged_write_is_there_once(place: Place, scale: int) -> None:
    clerks = Clerks(place)
    postgres = place.servers.postgres
    with place.running(place.web()):
        for outage in range(3 * scale):
            before = len(clerks.registered)
            finish = clerks.register(40)
            while len(clerks.registered) < before + 10:
                time.sleep(0.01)
            if outage % 2:
                postgres.kill()
                postgres.start()
            else:
                postgres.restart()
            finish()
    assert clerks.answers[503] > 0, "nobody noticed: the outages came at the wrong moments"
    place.house.database.dispose()  # its connections are of before the outage
    with place.house.database.reading() as work:
        stored = {str(person_id) for person_id in work.session.scalars(select(Person.id))}
        recorded = Counter(
            work.session.scalars(select(AuditEvent.subject_id).filter_by(action="person.registered"))
        )
    assert len(clerks.registered) == 40 * 3 * scale
    assert stored == set(clerks.registered.values())
    assert {str(person_id): times for person_id, times in recorded.items()} == dict.fromkeys(stored, 1)
    assert set(clerks.answers) == {201, 503}
