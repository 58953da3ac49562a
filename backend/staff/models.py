"""Tables of staff, roles and grants."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.kernel.base import Base
from backend.kernel.ids import new_id
from backend.kernel.sealed import SealedText


class Staff(Base):
    """A member of staff. Passwords are argon2id hashes; the TOTP secret is encrypted."""

    __tablename__ = "staff"
    __table_args__ = (CheckConstraint("state IN ('active', 'disabled')", name="state"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    state: Mapped[str] = mapped_column(server_default="active")
    password_hash: Mapped[str]
    former_password_hashes: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default="{}")
    password_changed_at: Mapped[datetime]
    must_change_password: Mapped[bool] = mapped_column(server_default=text("true"))
    totp_sealed: Mapped[bytes]
    totp_last_step: Mapped[int] = mapped_column(BigInteger, server_default="0")
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer, server_default="1")

    totp_secret = SealedText("totp_sealed")


class SignInFailures(Base):
    """Wrong passwords or codes in a row under one user name, whether anybody bears it or not.

    Nobody can tell names that exist by which of them get locked. What was typed is kept as a digest only,
    since people type passwords into the wrong field.
    """

    __tablename__ = "sign_in_failures"

    username_digest: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(Integer, server_default="0")
    last_failure_at: Mapped[datetime | None]


class Role(Base):
    """A named set of functions. `kind` tells the three administrators and ordinary business apart."""

    __tablename__ = "role"
    __table_args__ = (
        CheckConstraint("kind IN ('system', 'security', 'audit', 'business')", name="kind"),
        UniqueConstraint("id", "kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    functions: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class RoleGrant(Base):
    """A role given to a member of staff over an agency and all below it.

    `role_kind` repeats the role's kind so that the database itself keeps system, security and audit
    administrators, and ordinary clerks, apart: nobody holds grants of two kinds at once.
    """

    __tablename__ = "role_grant"
    __table_args__ = (
        ForeignKeyConstraint(["role_id", "role_kind"], ["role.id", "role.kind"], name="fk_role_grant_role"),
        ExcludeConstraint(
            ("staff_id", "="),
            ("role_kind", "<>"),
            name="one_kind_of_role",
            using="gist",
            where=text("ended_at IS NULL"),
        ),
        Index(
            "uq_role_grant_active",
            "staff_id",
            "role_id",
            "agency_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    role_id: Mapped[UUID]
    role_kind: Mapped[str]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    granted_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
