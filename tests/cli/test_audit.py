"""`flask audit` seals, exports and verifies, and says by its exit code whether all is well."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import create_engine, text

from backend.audit import heads
from backend.kernel.crypto import Keyring, use_keyring
from backend.web.house import House
from tests.audit.trail import record_events
from tests.support.command_line import Flask, command_line


@pytest.fixture
def flask(real_house: House) -> Flask:
    """The command line of a house with thirty sealed and two waiting events."""
    with real_house.database.work() as work:
        record_events(work, 30, Random(1))
    flask = command_line(real_house)
    assert flask("audit", "seal").exit_code == 0
    with real_house.database.work() as work:
        record_events(work, 2, Random(2))
    return flask


@pytest.fixture
def tampered(flask: Flask, real_house: House) -> None:
    engine = create_engine(real_house.settings.owner_database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit_event SET purpose = '13800138000'"))
    engine.dispose()


def test_an_untouched_trail_ends_well(flask: Flask) -> None:
    result = flask("audit", "verify")
    assert result.output == "1 seals, 32 events: no findings\n"
    assert result.exit_code == 0


def test_a_touched_trail_ends_with_one(flask: Flask, tampered: None) -> None:
    result = flask("audit", "verify")
    assert result.exit_code == 1
    assert result.output.count("was changed: its digest does not match") == 32
    assert "13800138000" not in result.output


def test_json_says_the_same(flask: Flask, tampered: None) -> None:
    result = flask("audit", "verify", "--json")
    assert result.exit_code == 1
    report = json.loads(result.output)
    assert (report["seals"], report["events"], len(report["findings"])) == (1, 32, 32)
    assert set(report["findings"][0]) == {"where", "what"}


def test_printed_heads_are_a_heads_file(flask: Flask, real_house: House, tmp_path: Path) -> None:
    printed = flask("audit", "heads").output
    assert printed == real_house.settings.audit_heads_path.read_text()
    copy = tmp_path / "copy.jsonl"
    copy.write_text(printed)
    assert flask("audit", "verify", "--heads", str(copy)).exit_code == 0
    other = heads.Head.parse(printed)
    copy.write_text(heads.Head(other.seal, bytes(64)).line())
    assert flask("audit", "verify", "--heads", str(copy)).exit_code == 1


def test_sealing_again_changes_nothing(flask: Flask, real_house: House) -> None:
    assert "seal 2: 2 events" in flask("audit", "seal").output
    before = real_house.settings.audit_heads_path.read_text()
    assert flask("audit", "seal").output.startswith("0 heads exported")
    assert real_house.settings.audit_heads_path.read_text() == before


def test_the_trail_survives_a_rotation_of_the_data_keys(flask: Flask, real_house: House) -> None:
    assert flask("keys", "new").exit_code == 0
    use_keyring(Keyring.load(real_house.settings.keyring_path))
    assert "audit_event.values_sealed: 32" in flask("keys", "rotate").output
    assert flask("keys", "retire", "k1").exit_code == 0
    use_keyring(Keyring.load(real_house.settings.keyring_path))
    assert flask("audit", "verify").output == "1 seals, 32 events: no findings\n"
