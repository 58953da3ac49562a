"""A small bureau with one of everybody in it, and one of everything that somebody must not touch.

Agencies: 46 the province, 46.4601 where the staff of the permission table work, 46.4601.460105 below it, and
46.46010 elsewhere, whose path begins with the letters, but not the codes, of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, text
from werkzeug.test import TestResponse

from backend.bootstrap import create_app_of
from backend.collections.cashier import Cashier
from backend.collections.ports import Notice, NoticeReader
from backend.kernel.db import BoundDatabase
from backend.messages.ports import PageSignature, PageSigner
from backend.web.access import COOKIES
from backend.web.house import House
from backend.web.sessions import SessionKind, csrf_token
from tests.support.citizens import Insured
from tests.support.fakes import Outside
from tests.support.staff import Member
from tests.support.tills import MemoryTill

CITIZENS = ("citizen", "bound", "look", "certify")
STAFF = ("clerk", "supervisor", "system", "security", "audit", "none", "change")
ROLES = ("nobody", *CITIZENS, *STAFF, "crossed")
"""`citizen` is not bound, `look` and `certify` help somebody, `none` holds no role, `change` is a clerk whose
password must be changed, `crossed` brings a session of the other kind in this kind's cookie."""
DEVICE = "device-of-the-table"
Memory = dict[bytes, bytes]
FIRST, LAST = date(2020, 1, 1), date(2027, 6, 30)


@dataclass
class Caller:
    """Who calls: their session, and what is theirs."""

    token: str
    own: dict[str, Any] = field(default_factory=dict)
    member: Member | None = None
    phone: str = ""


@dataclass(repr=False)
class World:
    """The bureau, and how to call it as somebody."""

    house: House
    outside: Outside
    app: Flask = field(init=False)
    client: FlaskClient = field(init=False)
    callers: dict[str, Caller] = field(default_factory=dict)
    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    ids: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, Insured] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    counter_code: str = ""
    qr: str = ""
    memory: Memory = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.outside.connect(self.house.ports)
        self.house.ports.provide(PageSigner, _Signer())
        self.house.ports.provide(Cashier, Cashier(MemoryTill(self.house.clock)))
        self.house.ports.provide(NoticeReader, _Reader())
        self.use(create_app_of(self.house))

    def use(self, app: Flask) -> None:
        """Speaks to another application from now on."""
        self.app, self.client = app, app.test_client(use_cookies=False)

    def thing(self, role: str, name: str) -> dict[str, Any]:
        """The ids that `name` stands for in the paths and bodies of what `role` sends.

        What is one's own differs by caller; who has none of it is given somebody else's.
        """
        if name == "unknown":
            return _Unknown()
        if name == "-":
            return {}
        mine = self.callers[role].own.get(name, {}) if role in self.callers else {}
        return {**self.things[name], **mine}

    def nothing(self, parameter: str) -> dict[str, str]:
        """An id, by its name, of something that does not exist."""
        return {parameter: _Unknown()[parameter]}

    def call(self, role: str, operation: str, name: str = "-", **request: Any) -> TestResponse:
        """Sends `operation` (`GET /api/v1/people/{person_id}`) about a thing as somebody."""
        method, _, rule = operation.partition(" ")
        path = rule.format_map(self.thing(role, name))
        headers = {"X-Device-Id": DEVICE, **self.credentials(role, rule), **request.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **request)

    def credentials(self, role: str, rule: str) -> dict[str, str]:
        """What somebody sends to prove who they are."""
        if role == "nobody":
            return {}
        if role != "crossed":
            return {"Authorization": f"Bearer {self.callers[role].token}"}
        kind: SessionKind = "staff" if rule.startswith("/api/admin/") else "citizen"
        token = self.callers["bound" if kind == "staff" else "clerk"].token
        return {"Cookie": f"{COOKIES[kind]}={token}", "X-CSRF-Token": csrf_token(token)}

    @property
    def connection(self) -> Connection:
        """The one connection of the bureau's database."""
        database = self.house.database
        assert isinstance(database, BoundDatabase)
        return database._connection

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What happens inside leaves no trace, neither in the database nor in Redis."""
        self.recall()
        inside = self.connection.begin_nested()
        try:
            yield
        finally:
            inside.rollback()

    def sql(self, statement: str, **values: Any) -> Any:
        """One statement said by hand."""
        return self.connection.execute(text(statement), values)

    def remember(self) -> None:
        """Keeps what is in Redis now."""
        redis = self.house.redis
        self.memory = {key: redis.dump(key) for key in redis.scan_iter()}

    def recall(self) -> None:
        """Makes Redis what it was when the world remembered it."""
        pipe = self.house.redis.pipeline()
        pipe.flushdb()
        for key, value in self.memory.items():
            pipe.restore(key, 0, value)
        pipe.execute()


class _Unknown(dict[str, Any]):
    """Ids of things that do not exist."""

    def __missing__(self, key: str) -> str:
        return uuid4().hex + uuid4().hex[:8] if key == "session_id" else str(uuid4())

    def get(self, key: str, default: Any = None) -> Any:
        return self[key]


class _Reader:
    """Believes every notice."""

    def read(self, headers: Mapping[str, str], body: bytes) -> Notice:
        return Notice(uuid4().hex, "order", "NOBODYS", raw=body.decode())


class _Signer:
    """Signs pages without asking WeChat."""

    def sign_page(self, url: str) -> PageSignature:
        return PageSignature("wx-test", 1, "nonce", "signature")
