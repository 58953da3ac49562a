"""The embedded servers: roles, databases, and what is left after a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from backend.demo.ownership import own_folder
from backend.demo.process import NotStarted, Process
from backend.demo.servers import ThrowawayServers, postgres_program, throwaway_servers
from backend.kernel.local import local_database_url, local_redis_url


@pytest.fixture(scope="module")
def own_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThrowawayServers]:
    """Servers of this file alone, because its tests kill them."""
    with throwaway_servers(tmp_path_factory.mktemp("servers") / "with space") as servers:
        servers.create_database("first")
        yield servers


def test_the_owner_makes_tables_and_the_application_cannot(own_servers: ThrowawayServers) -> None:
    with psycopg.connect(own_servers.owner_url("first")) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS filing (id int)")
        connection.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    with (
        psycopg.connect(own_servers.app_url("first")) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE stolen (id int)")


@pytest.mark.parametrize("role", ["owner", "app"])
def test_neither_role_is_above_the_rules(own_servers: ThrowawayServers, role: str) -> None:
    with psycopg.connect(getattr(own_servers, f"{role}_url")("first")) as connection:
        rights = "rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
        row = connection.execute(f"SELECT {rights} FROM pg_roles WHERE rolname = current_user").fetchone()
    assert row == (False,) * 5


def test_a_database_is_a_copy_of_its_template_and_can_be_dropped(own_servers: ThrowawayServers) -> None:
    own_servers.create_database("template_one")
    with psycopg.connect(own_servers.owner_url("template_one")) as connection:
        connection.execute("CREATE TABLE copied AS SELECT 7 AS number")
    own_servers.create_database("copy_one", template="template_one")
    with psycopg.connect(own_servers.owner_url("copy_one")) as connection:
        assert connection.execute("SELECT number FROM copied").fetchone() == (7,)
    own_servers.drop_database("copy_one")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(own_servers.owner_url("copy_one"))


def test_redis_answers_and_forgets(own_servers: ThrowawayServers) -> None:
    with redis.Redis.from_url(own_servers.redis_url) as client:
        client.set("a", "b")
    own_servers.redis.restart()
    with redis.Redis.from_url(own_servers.redis_url) as client:
        assert client.get("a") is None


def test_commits_survive_a_killed_postgres(own_servers: ThrowawayServers) -> None:
    with psycopg.connect(own_servers.owner_url("first")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
    own_servers.postgres.kill()
    own_servers.postgres.start()
    with psycopg.connect(own_servers.owner_url("first")) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (1,)


def test_a_server_that_outlived_its_parent_is_replaced(own_servers: ThrowawayServers) -> None:
    twin = Process(postgres_program(own_servers.data_dir, forgetful=True))
    before = psutil.Process(own_servers.postgres.pid)
    twin.start()
    try:
        assert not before.is_running() or before.status() == psutil.STATUS_ZOMBIE
    finally:
        twin.stop()
        own_servers.postgres.start()


def test_a_reused_process_id_in_postmaster_pid_does_not_stop_the_start(own_servers: ThrowawayServers) -> None:
    lock = own_servers.data_dir / "postgres" / "postmaster.pid"
    lines = lock.read_text().splitlines()
    own_servers.postgres.stop()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    own_servers.postgres.start()
    assert own_servers.postgres.running


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_nothing_outlives_a_killed_parent(tmp_path: Path) -> None:
    script = f"""
from pathlib import Path
from backend.demo.servers import throwaway_servers
with throwaway_servers(Path({str(tmp_path)!r})) as servers:
    print(servers.postgres.pid, servers.redis.pid, flush=True)
    input()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert parent.stdout is not None
    children = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
    family = [one for child in children for one in (child, *child.children(recursive=True))]
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert [one for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []


def test_a_path_too_long_for_a_socket_falls_back_to_the_temp_folder(tmp_path: Path) -> None:
    deep = tmp_path / ("深" * 40)
    with throwaway_servers(deep) as servers:
        servers.create_database("first")
        with psycopg.connect(servers.app_url("first")) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("shebao_app",)
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.ping()


def test_urls_quote_what_a_path_may_hold() -> None:
    assert (
        local_database_url("/x y/%", "shebao_app")
        == "postgresql://shebao_app@/shebao?host=/x%20y/%25/postgres"
    )
    assert local_redis_url("/x y/%") == "unix:///x%20y/%25/redis/redis.sock"


def test_a_folder_that_somebody_else_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotStarted, match="belongs to another user"):
        own_folder(tmp_path, (os.geteuid() + 1, os.getegid()))
