"""Asking for documents, making them, taking them back.

Another room asks in its own transaction:

    document_id = documents.request(
        work, by=by, kind="statement", person_id=person_id, content=content, fingerprint=version_of_records
    )

and the file is there a moment later: `queries.get` says when, `queries.pdf_bytes` gives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from backend.audit.commands import record
from backend.documents import kinds
from backend.documents.envelope import Envelope
from backend.documents.issuing import issue
from backend.documents.keys import Signer
from backend.documents.models import TRANSITIONS, Document
from backend.documents.queries import Verified, verified
from backend.kernel import limits, rows
from backend.kernel.actor import Actor, system
from backend.kernel.clock import business_date
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.errors import Conflict, NotFound
from backend.kernel.ids import new_id, next_serial
from backend.kernel.jobs import enqueue
from backend.kernel.limits import Limit

MAKE = "documents.make"
VERIFICATIONS = {"address": Limit(120, timedelta(minutes=10))}
"""Of strangers: more than a counter with a scanner needs, too few to make signatures checked all day."""


class WrongState(Conflict):
    """The document's state does not allow it."""

    code = "document_state"
    title = "该文件当前的状态不能办理此操作"


class _AlreadyThere(Conflict):
    pass


def request(
    work: Work,
    *,
    by: Actor,
    kind: str,
    person_id: UUID,
    content: Mapping[str, Any],
    fingerprint: str,
    agency_id: UUID | None = None,
) -> UUID:
    """The document of a person for this state of the records; made by a job unless it is there already.

    `content` has the shape of the kind's dataclass in `backend.documents.content`, in the newest edition.
    `fingerprint` names the state of whatever the content was read from: with the same one the document made
    before is given, even if the wording of the content has changed; with another one a new document. One
    that failed is tried again, one that was revoked is replaced.

    Raises `kinds.BadContent`, and KeyError for a kind that there is not: mistakes of the caller.
    """
    edition = kinds.KINDS[kind].newest
    kinds.read(kind, edition, content)
    found = _current(work, kind, person_id, fingerprint)
    if found is None:
        found = _ask(work, by, Document(**_columns(work, kind, person_id, fingerprint, agency_id)), content)
    elif found.state == "failed":
        _move(found, "requested")
        found.edition, found.content = edition, content
        _enqueue(work, by, found)
    return found.id


def make(work: Work, *, document_id: UUID, verify_at: str, specimen: bool) -> None:
    """Draws, signs and keeps a requested document; does nothing for any other, so it may be repeated.

    `verify_at` is the address of the public page, `specimen` marks the demo's papers. A content that this
    program can no longer read ends in `failed`; anything else that goes wrong is tried again.
    """
    document = _locked(work, document_id)
    if document.state != "requested":
        return
    try:
        kinds.read(document.kind, document.edition, document.content)
    except (kinds.BadContent, KeyError) as error:
        _move(document, "failed")
        _record(work, "document.failed", document, system("documents"), {"reason": type(error).__name__})
        return
    envelope = Envelope(
        kind=document.kind,
        edition=document.edition,
        serial=document.serial,
        issued_on=business_date(document.requested_at),
        verify_at=verify_at,
        specimen=specimen,
        content=document.content,
    )
    issued = issue(envelope, Signer(keyring().document_key()))
    _move(document, "ready")
    document.pdf, document.content_hash = issued.pdf, issued.content_hash
    document.key_id, document.made_at = issued.key_id, work.clock.now()
    after = {"hash": issued.content_hash.hex(), "key": issued.key_id.hex()}
    _record(work, "document.made", document, system("documents"), after)


def revoke(work: Work, *, by: Actor, document_id: UUID, reason: str) -> None:
    """Takes a document back: it stays on record, and whoever verifies it learns that it no longer holds.

    The caller has checked that `by` may. Raises NotFound, WrongState for one that is not ready.
    """
    document = _locked(work, document_id)
    _move(document, "revoked")
    document.revoked_at = work.clock.now()
    _record(work, "document.revoked", document, by, {"reason": reason})


def verify(work: Work, *, by: Actor, qr: str) -> Verified:
    """What a QR code says, and whether it still holds; raises NotGenuine, and Limited by address."""
    limits.count(work, "document_verification", {"address": by.origin.address}, VERIFICATIONS)
    return verified(work, qr)


def _columns(
    work: Work, kind: str, person_id: UUID, fingerprint: str, agency_id: UUID | None
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "serial": next_serial(work.session, kinds.KINDS[kind].prefix, work.clock.today()),
        "kind": kind,
        "edition": kinds.KINDS[kind].newest,
        "person_id": person_id,
        "agency_id": agency_id,
        "fingerprint": fingerprint,
        "state": "requested",
        "requested_at": work.clock.now(),
    }


def _ask(work: Work, by: Actor, document: Document, content: Mapping[str, Any]) -> Document:
    document.content = content
    try:
        rows.add(work, document, taken=_AlreadyThere())
    except _AlreadyThere:  # somebody asked for the same at the same time
        found = _current(work, document.kind, document.person_id, document.fingerprint)
        if found is None:
            raise
        return found
    _enqueue(work, by, document)
    return document


def _enqueue(work: Work, by: Actor, document: Document) -> None:
    enqueue(work, MAKE, {"document_id": document.id})
    _record(work, "document.requested", document, by, {"serial": document.serial, "kind": document.kind})


def _current(work: Work, kind: str, person_id: UUID, fingerprint: str) -> Document | None:
    statement = select(Document).where(
        Document.kind == kind,
        Document.person_id == person_id,
        Document.fingerprint == fingerprint,
        Document.state != "revoked",
    )
    return work.session.scalars(statement.with_for_update()).one_or_none()


def _locked(work: Work, document_id: UUID) -> Document:
    statement = select(Document).where(Document.id == document_id).with_for_update()
    found = work.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found


def _move(document: Document, state: str) -> None:
    if state not in TRANSITIONS[document.state]:
        raise WrongState
    document.state = state


def _record(work: Work, action: str, document: Document, by: Actor, after: dict[str, str]) -> None:
    record(
        work,
        action,
        by=by,
        subject=document.person_id,
        object_kind="document",
        object_id=document.id,
        after=after,
    )
