"""`flask keys` changes the data keys under a living database, and loses nothing."""

from __future__ import annotations

from random import Random
from uuid import UUID

import pytest
from sqlalchemy import create_engine, select, text

from backend.audit.models import AuditEvent
from backend.kernel import idempotency, inbox
from backend.kernel.crypto import Keyring, use_keyring
from backend.kernel.idempotency import IdempotencyRecord
from backend.kernel.inbox import ProviderEvent
from backend.kernel.rotation import keys_in_use
from backend.kernel.schema import load_all_models
from backend.kernel.sealed import sealed_columns
from backend.web.house import House
from tests.audit.trail import record_events
from tests.support.command_line import Flask, command_line

ROWS = 12


@pytest.fixture
def flask(real_house: House) -> Flask:
    """The command line of a house with encrypted rows in three tables."""
    with real_house.database.work() as work:
        for number in range(ROWS):
            inbox.take(work, provider="wechat", event_id=str(number), body=f"第{number}封")
        claim = idempotency.begin(work, principal="a", operation="b", key="k", body_hash=b"h")
        assert isinstance(claim, UUID)
        idempotency.finish(work, claim, status=200, body="答")
        record_events(work, ROWS, Random(1))
    return command_line(real_house)


def restart(house: House) -> None:
    use_keyring(Keyring.load(house.settings.keyring_path))


def used(house: House) -> dict[str, int]:
    engine = create_engine(house.settings.owner_database)
    found = dict(keys_in_use(engine))
    engine.dispose()
    return found


def everything_opens(house: House) -> bool:
    with house.database.reading() as work:
        bodies = {event.body for event in work.session.scalars(select(ProviderEvent))}
        answers = [record.answer for record in work.session.scalars(select(IdempotencyRecord))]
        looks = [event.values["after"]["note"] for event in work.session.scalars(select(AuditEvent))]
    return (bodies, answers, len(looks)) == ({f"第{number}封" for number in range(ROWS)}, ["答"], ROWS)


def test_from_one_key_to_the_next(flask: Flask, real_house: House) -> None:
    assert used(real_house) == {"k1": 2 * ROWS + 1}
    assert "k2 is current" in flask("keys", "new").output
    restart(real_house)
    assert everything_opens(real_house)
    assert flask("keys", "retire", "k1").exit_code != 0
    assert f"provider_event.body_sealed: {ROWS}" in flask("keys", "rotate", "--batch", "5").output
    assert used(real_house) == {"k2": 2 * ROWS + 1}
    assert flask("keys", "retire", "k1").output == "k1 is gone\n"
    restart(real_house)
    assert everything_opens(real_house)
    assert set(Keyring.load(real_house.settings.keyring_path).data_keys) == {"k2"}


def test_a_process_of_before_reads_what_was_rotated(flask: Flask, real_house: House) -> None:
    older = Keyring.load(real_house.settings.keyring_path)
    flask("keys", "new")
    flask("keys", "rotate")
    use_keyring(older)
    assert everything_opens(real_house)
    assert older.current == "k1"


def test_rows_locked_at_that_moment_are_left_for_the_next_run(flask: Flask, real_house: House) -> None:
    flask("keys", "new")
    with real_house.database.work() as work:
        work.session.execute(text("SELECT FROM provider_event WHERE event_id IN ('3', '4') FOR UPDATE"))
        assert f"provider_event.body_sealed: {ROWS - 2}" in flask("keys", "rotate", "--batch", "5").output
    assert used(real_house)["k1"] == 2
    assert "still encrypts 2 values" in flask("keys", "retire", "k1").output
    assert "provider_event.body_sealed: 2" in flask("keys", "rotate").output
    assert flask("keys", "retire", "k1").exit_code == 0
    restart(real_house)
    assert everything_opens(real_house)


def test_the_current_key_stays(flask: Flask, real_house: House) -> None:
    flask("keys", "new")
    flask("keys", "rotate")
    refused = flask("keys", "retire", "k2")
    assert refused.exit_code != 0
    assert set(Keyring.load(real_house.settings.keyring_path).data_keys) == {"k1", "k2"}


def test_a_value_moved_by_hand_stops_the_rotation(flask: Flask, real_house: House) -> None:
    with real_house.database.work() as work:
        work.session.execute(
            text(
                "UPDATE provider_event SET body_sealed ="
                " (SELECT body_sealed FROM provider_event WHERE event_id = '1') WHERE event_id = '2'"
            )
        )
    flask("keys", "new")
    assert flask("keys", "rotate").exit_code != 0
    assert "k1" in used(real_house)


def test_every_sealed_column_is_rotated() -> None:
    metadata = load_all_models()
    stored = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_sealed")
    }
    assert stored == set(sealed_columns())
    assert all("id" in metadata.tables[table].columns for table, _ in stored)
