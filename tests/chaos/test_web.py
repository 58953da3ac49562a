"""Web processes are killed in the middle of requests: a repeated request has one effect."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter

import psutil
import pytest
from sqlalchemy import select

from backend.audit.models import AuditEvent
from tests.chaos.clerks import NO_ANSWER, Clerks
from tests.chaos.place import Place

PAUSE_SECONDS = 0.3


@pytest.mark.timeout(0)
def test_a_request_whose_process_died_is_repeated_with_one_effect(place: Place, scale: int) -> None:
    clerks = Clerks(place)
    chance = random.Random(1)
    people = 100 * scale
    with place.running(place.web()) as [web]:
        finish = clerks.register(people, clerks=6)
        for _ in range(8 * scale):
            children = psutil.Process(web.pid).children()
            if children:
                os.kill(chance.choice(children).pid, signal.SIGKILL)
            time.sleep(PAUSE_SECONDS)
        finish()
    assert clerks.answers[NO_ANSWER] > 0, "nobody noticed: the processes died at the wrong moments"
    assert set(clerks.answers) <= {201, 503, NO_ANSWER}
    with place.house.database.reading() as work:
        recorded = Counter(
            work.session.scalars(select(AuditEvent.subject_id).filter_by(action="person.registered"))
        )
    assert {str(person_id): times for person_id, times in recorded.items()} == dict.fromkeys(
        clerks.registered.values(), 1
    )
    assert len(clerks.registered) == people
