"""The unit of work: one transaction per request or job, and a cheap reading mode.

`commit` happens here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from backend.kernel.clock import Clock
from backend.kernel.errors import DomainError, Unavailable

SESSION_OPTIONS = (
    "-c timezone=UTC -c statement_timeout=15000 -c lock_timeout=5000 "
    "-c idle_in_transaction_session_timeout=30000"
)
BUSY = {"40001", "40P01", "53300", "55P03", "57014"}
"""SQLSTATEs of a server that is too busy for this now: serialization, deadlock, connections, locks, time."""


@dataclass(frozen=True)
class Work:
    """The open session and the clock. Commands take it first, the actor as `by=`."""

    session: Session
    clock: Clock


class Database:
    """Opens units of work. One per process; the pool is filled after a fork, never before."""

    def __init__(self, url: str, clock: Clock, *, pool_size: int = 4, long_running: bool = False) -> None:
        options = "-c timezone=UTC -c lock_timeout=5000" if long_running else SESSION_OPTIONS
        self.clock = clock
        self.engine: Engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=4,
            pool_timeout=5,
            pool_recycle=1800,
            connect_args={"options": options, "connect_timeout": 5},
            hide_parameters=True,  # an error may be logged, and what people wrote must not be
        )
        self._autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def work(self) -> Iterator[Work]:
        """One transaction: committed when the block ends, rolled back when it raises.

        An error that `keeps_effects` commits and is raised on. Raises Unavailable when the database cannot be
        reached or is too busy; after a failed commit the outcome is unknown, which is why writes carry keys.
        """
        with _session(self._writing_session) as session:
            try:
                yield Work(session, self.clock)
            except DomainError as error:
                if error.keeps_effects:
                    session.commit()
                raise
            session.commit()

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """For queries only: no transaction is opened, each statement sees its own snapshot."""
        with _session(self._reading_session) as session:
            yield Work(session, self.clock)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A bare connection, for the few places that speak SQL by hand."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A bare connection whose statements all see the database as it was at one instant."""
        with self.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            yield connection

    @contextmanager
    def one_instant(self) -> Iterator[Work]:
        """For queries that must agree: all statements see the database as it was at one instant."""
        with self.snapshot() as connection, Session(connection, autoflush=False) as session:
            yield Work(session, self.clock)

    def dispose(self) -> None:
        """Closes all pooled connections."""
        self.engine.dispose()

    def _writing_session(self) -> Session:
        return Session(self.engine, expire_on_commit=False)

    def _reading_session(self) -> Session:
        return Session(self._autocommit, autoflush=False, expire_on_commit=False)


class BoundDatabase(Database):
    """Runs all units of work inside one transaction of a given connection; for tests without a trace."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self.clock = clock
        self._connection = connection
        self.engine = connection.engine

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """As if each statement were committed by itself."""
        with super().reading() as work:
            yield work
            work.session.commit()

    def _writing_session(self) -> Session:
        return Session(self._connection, join_transaction_mode="create_savepoint", expire_on_commit=False)

    _reading_session = _writing_session


@contextmanager
def _session(make: Callable[[], Session]) -> Iterator[Session]:
    session = make()
    try:
        yield session
    except BaseException as error:
        try:
            session.rollback()
        except SQLAlchemyError:  # the connection went with the error
            session.invalidate()
        if connection_lost(error) or isinstance(error, PoolTimeout) or sqlstate(error) in BUSY:
            raise Unavailable from error
        raise
    finally:
        session.close()


def connection_lost(error: BaseException) -> bool:
    """Whether a database error says that there is no connection any more, or never was one."""
    return isinstance(error, DBAPIError) and (
        error.connection_invalidated or (isinstance(error, OperationalError) and not sqlstate(error))
    )


def sqlstate(error: BaseException) -> str:
    """The SQLSTATE of a database error, or an empty string."""
    return str(getattr(getattr(error, "orig", None), "sqlstate", "") or "")
