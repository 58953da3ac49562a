"""The queue: a job is written with the change that wants it, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from backend.kernel.db import Work
from backend.kernel.jobs import Job, Registry, emit, enqueue, use_registry
from backend.web.house import House
from tests.support.racing import at_once


def have_effect(_work: Work, _payload: object) -> None:
    """Never run here."""


class Stumble(Exception):
    """Something went wrong."""


def test_a_unique_key_is_written_once(real_house: House) -> None:
    def write_it(_: int) -> UUID | None:
        with real_house.database.work() as work:
            return enqueue(work, "a", {}, unique_key="k")

    results = at_once(12, write_it)
    assert len([result for result in results if isinstance(result, UUID)]) == 1
    assert results.count(None) == 11


@dataclass(frozen=True)
class Happened:
    """Something happened to a person."""

    name: ClassVar[str] = "test.happened"
    person_id: UUID


def test_an_event_is_told_to_every_subscriber_if_and_only_if_it_is_committed(real_house: House) -> None:
    registry = Registry()
    registry.local("one", have_effect)
    registry.local("other", have_effect)
    registry.on(Happened, "one")
    registry.on(Happened, "other")
    use_registry(registry)
    person_id = uuid4()
    with pytest.raises(Stumble), real_house.database.work() as work:
        emit(work, Happened(person_id))
        raise Stumble
    with real_house.database.work() as work:
        assert work.session.scalars(select(Job)).all() == []
        emit(work, Happened(person_id))
        jobs = work.session.scalars(select(Job).order_by(Job.kind)).all()
    assert [(found.kind, found.payload) for found in jobs] == [
        ("one", {"person_id": str(person_id)}),
        ("other", {"person_id": str(person_id)}),
    ]


def test_a_registry_knows_its_handlers() -> None:
    registry = Registry()
    registry.local("a", have_effect)
    with pytest.raises(ValueError, match="two handlers"):
        registry.calling("a", lambda _database, _payload: None)
    with pytest.raises(ValueError, match="no handler"):
        registry.on(Happened, "b")
    with pytest.raises(ValueError, match="no handler"):
        registry.every("b", "b", lambda after: after)


def test_a_lease_without_an_end_cannot_be_written(work: Work) -> None:
    job_id = enqueue(work, "a", {})
    with pytest.raises(Exception, match="ck_job_lease"), work.session.begin_nested():
        work.session.execute(update(Job).where(Job.id == job_id).values(state="leased"))
