"""Reading documents, and telling whether one is genuine."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from hmac import compare_digest
from uuid import UUID

from sqlalchemy import Select, select

from backend.documents import kinds
from backend.documents.claims import HASH_BYTES
from backend.documents.keys import PublicKeys
from backend.documents.models import Document
from backend.documents.verification import NotGenuine, verify_qr
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.errors import Conflict, NotFound

PAGE_BY = (Document.requested_at, Document.id)
STATES = {"requested": "正在生成", "ready": "可下载", "failed": "未能生成", "revoked": "已作废"}
VERDICTS = {"valid": "有效", "revoked": "已作废"}


class NotReady(Conflict):
    """The file is not made yet."""

    code = "document_not_ready"
    title = "文件正在生成，请稍后再试"


class NoFile(Conflict):
    """The file could not be made, or was revoked."""

    code = "document_withdrawn"
    title = "该文件已作废或未能生成，请重新申请"


@dataclass(frozen=True)
class DocumentView:
    """A document without what it says."""

    document_id: UUID
    person_id: UUID
    serial: str
    kind: str
    kind_label: str
    state: str
    state_label: str
    requested_at: datetime
    made_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class Verified:
    """What a stranger with a paper in hand may know: `state` is `valid` or `revoked`."""

    serial: str
    kind: str
    kind_label: str
    holder: str
    issued_on: date
    state: str
    state_label: str


def get(work: Work, document_id: UUID) -> DocumentView:
    """One document; raises NotFound."""
    found = work.session.get(Document, document_id)
    if found is None:
        raise NotFound
    return view(found)


def pdf_bytes(work: Work, document_id: UUID) -> bytes:
    """The file as it was issued; raises NotFound, NotReady and NoFile."""
    found = work.session.get(Document, document_id)
    if found is None:
        raise NotFound
    if found.state == "requested":
        raise NotReady
    if found.state != "ready":
        raise NoFile
    pdf: bytes = found.pdf
    return pdf


def of_person(person_ids: Collection[UUID]) -> Select[Document]:
    """The documents of a person's records, as a statement for paging; see `view`."""
    return select(Document).where(Document.person_id.in_(person_ids))


def view(document: Document) -> DocumentView:
    """A document without what it says."""
    return DocumentView(
        document_id=document.id,
        person_id=document.person_id,
        serial=document.serial,
        kind=document.kind,
        kind_label=kinds.label(document.kind),
        state=document.state,
        state_label=STATES[document.state],
        requested_at=document.requested_at,
        made_at=document.made_at,
        revoked_at=document.revoked_at,
    )


def public_keys() -> PublicKeys:
    """The keys of this installation that documents are signed with."""
    return PublicKeys.of([keyring().document_key().public_key()])


def verified(work: Work, qr: str) -> Verified:
    """What a QR code says, and whether it still holds; raises NotGenuine."""
    claim = verify_qr(qr, public_keys())
    document = work.session.scalars(select(Document).where(Document.serial == claim.serial)).one_or_none()
    known = document.content_hash if document else None
    if document is None or known is None or not compare_digest(known[:HASH_BYTES], claim.content_hash):
        raise NotGenuine("签名正确，但本机构没有这份文件的记录，请持原件向经办机构核实。")
    state = "valid" if document.state == "ready" else "revoked"
    return Verified(
        serial=claim.serial,
        kind=claim.kind,
        kind_label=kinds.label(claim.kind),
        holder=claim.holder,
        issued_on=claim.issued_on,
        state=state,
        state_label=VERDICTS[state],
    )
