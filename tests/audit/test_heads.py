"""The file of exported heads only grows, and a lost or torn export is repeated."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from backend.audit import heads
from backend.demo.servers import ThrowawayServers
from backend.kernel.clock import FixedClock
from backend.web.house import House
from tests.audit.trail import build_trail
from tests.conftest import alchemy


@pytest.fixture
def path(real_house: House, clock: FixedClock) -> Path:
    """The exported heads of five seals."""
    found = real_house.settings.audit_heads_path
    build_trail(real_house.database, clock, found, seals=5, events=2, waiting=0)
    return found


def numbers(path: Path) -> list[int]:
    return [head.seal.number for head in heads.read(path)]


def test_what_was_exported_is_not_exported_again(real_house: House, path: Path) -> None:
    before = path.read_bytes()
    assert heads.export(real_house.database, path) == 0
    assert path.read_bytes() == before


def test_a_lost_file_is_written_anew(real_house: House, path: Path) -> None:
    before = path.read_bytes()
    path.unlink()
    assert heads.export(real_house.database, path) == 5
    assert path.read_bytes() == before


@pytest.mark.parametrize("left", [1, 40, 200])
def test_a_torn_line_is_repeated_on_a_line_of_its_own(real_house: House, path: Path, left: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]) + lines[3][:left])
    assert heads.export(real_house.database, path) == 2
    assert path.read_bytes().startswith(b"".join(lines[:3]) + lines[3][:left])
    assert numbers(path) == [1, 2, 3, 4, 5]


def test_a_lost_line_break_is_made_up_for(real_house: House, path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]).rstrip(b"\n"))
    assert heads.export(real_house.database, path) == 2
    assert numbers(path) == [1, 2, 3, 4, 5]


def test_many_exports_at_once_write_each_head_once(real_house: House, path: Path) -> None:
    path.unlink()
    with ThreadPoolExecutor(8) as pool:
        exported = list(pool.map(lambda _: heads.export(real_house.database, path), range(16)))
    assert sum(exported) == 5
    assert numbers(path) == [1, 2, 3, 4, 5]


def test_a_database_that_lost_its_tail_is_not_exported_over(
    real_house: House, servers: ThrowawayServers, own_database: str, path: Path
) -> None:
    engine = create_engine(alchemy(servers.owner_url(own_database)))
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_seal_item WHERE seal_number = 5"))
        connection.execute(text("DELETE FROM audit_seal WHERE number = 5"))
    engine.dispose()
    before = path.read_bytes()
    with pytest.raises(heads.HeadsDisagree):
        heads.export(real_house.database, path)
    assert path.read_bytes() == before


def test_a_file_of_something_else_is_refused(real_house: House, path: Path) -> None:
    path.write_text("x" * 5000)
    with pytest.raises(heads.HeadsDisagree):
        heads.export(real_house.database, path)


def test_heads_read_are_those_of_the_moment(real_house: House, clock: FixedClock, path: Path) -> None:
    reading = heads.read(path)
    first = next(reading)
    build_trail(real_house.database, clock, path, seals=1, events=1, waiting=0)
    assert [first.seal.number, *(head.seal.number for head in reading)] == [1, 2, 3, 4, 5]
    assert numbers(path) == [1, 2, 3, 4, 5, 6]
