"""The table of documents."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.base import Base
from backend.kernel.sealed import SealedBytes, SealedJson

TRANSITIONS: dict[str, frozenset[str]] = {
    "requested": frozenset({"ready", "failed"}),
    "failed": frozenset({"requested"}),
    "ready": frozenset({"revoked"}),
    "revoked": frozenset(),
}


class Document(Base):
    """A document that was asked for, and the file once it is made.

    `fingerprint` stands for the state of the records that the content was read from: the same one is never
    made twice, another one is another document. `content_hash` is the SM3 of what was signed.
    """

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("state IN ('requested', 'ready', 'failed', 'revoked')", name="state"),
        CheckConstraint(
            "(state IN ('ready', 'revoked')) = (made_at IS NOT NULL)"
            " AND (made_at IS NULL) = (pdf_sealed IS NULL)"
            " AND (made_at IS NULL) = (content_hash IS NULL)"
            " AND (made_at IS NULL) = (key_id IS NULL)",
            name="made",
        ),
        CheckConstraint("(state = 'revoked') = (revoked_at IS NOT NULL)", name="revoked"),
        Index(
            "uq_document_current",
            "person_id",
            "kind",
            "fingerprint",
            unique=True,
            postgresql_where=text("state <> 'revoked'"),
        ),
        Index("ix_document_person", "person_id", "requested_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    serial: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    edition: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[UUID]
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    fingerprint: Mapped[str]
    state: Mapped[str]
    requested_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    content_hash: Mapped[bytes | None]
    key_id: Mapped[bytes | None]
    content_sealed: Mapped[bytes] = mapped_column(deferred=True)
    pdf_sealed: Mapped[bytes | None] = mapped_column(deferred=True)

    content = SealedJson("content_sealed")
    pdf = SealedBytes("pdf_sealed")
