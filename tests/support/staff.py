"""Members of staff for tests, made through the same commands that the product uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from uuid import UUID

import pyotp
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backend.kernel.actor import Actor, system
from backend.kernel.clock import Clock
from backend.kernel.db import Work
from backend.staff import queries
from backend.staff.commands import accounts
from backend.staff.commands import roles as role_commands
from backend.staff.commands.sign_in import change_password
from backend.staff.passwords import Passwords
from backend.web.house import house_of
from tests.support.people import make_agency

SYSTEM = system("test")
PASSWORDS = Passwords(cheap=True)
PASSWORD = "Tidal-Harbour-86"
URL = "/api/admin/v1"
_sequence = count(1)


@dataclass(frozen=True)
class Member:
    """A member of staff with what only they know."""

    staff_id: UUID
    username: str
    password: str
    secret: str

    def code(self, clock: Clock) -> str:
        """What their phone shows now."""
        return pyotp.TOTP(self.secret).at(clock.now())


def make_staff(
    work: Work,
    *,
    roles: Iterable[str] = (),
    agency_id: UUID | None = None,
    over: UUID | None = None,
    username: str | None = None,
    name: str = "陈海",
    must_change_password: bool = False,
) -> Member:
    """A member of an agency (default: the root, 46) with roles over `over` (default: their own agency)."""
    home = agency_id or make_agency(work, "46")
    issued = accounts.create(
        work,
        by=SYSTEM,
        username=username or f"user{next(_sequence)}",
        name=name,
        agency_id=home,
        passwords=PASSWORDS,
    )
    assert issued.one_time_password and issued.otpauth_uri
    for role in roles:
        give_role(work, issued.staff_id, role, over or home)
    password = issued.one_time_password
    if not must_change_password:
        actor = Actor("staff", issued.staff_id)
        change_password(work, by=actor, current=password, new=PASSWORD, passwords=PASSWORDS)
        password = PASSWORD
    secret = pyotp.parse_uri(issued.otpauth_uri).secret
    return Member(issued.staff_id, issued.username, password, secret)


def give_role(work: Work, staff_id: UUID, role: str, agency_id: UUID) -> None:
    """Gives a role without asking anybody."""
    role_commands.seed(work, by=SYSTEM)
    role_commands.set_role(
        work, by=SYSTEM, change=role_commands.RoleChange(staff_id, role, agency_id, "grant")
    )


def actor_of(work: Work, member: Member) -> Actor:
    """A member as commands see them."""
    found = queries.signed_in(work, member.staff_id)
    assert found
    return found.actor


def try_sign_in(
    client: FlaskClient, member: Member, *, address: str = "127.0.0.1", **given: str
) -> TestResponse:
    """Signs in over HTTP with what the member knows; `given` replaces fields of the body."""
    clock = house_of(client.application).clock
    body = {"username": member.username, "password": member.password, "totp": member.code(clock)} | given
    return client.post(f"{URL}/session", json=body, environ_base={"REMOTE_ADDR": address})


def sign_in_staff(client: FlaskClient, member: Member) -> dict[str, str]:
    """Headers of a session of a member, opened without asking for a password."""
    sessions = house_of(client.application).sessions
    token = sessions.open("staff", member.staff_id, label="test", address="127.0.0.1")
    return {"Authorization": f"Bearer {token}"}
