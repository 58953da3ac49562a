"""Contents of documents, and documents made of them without a database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from io import BytesIO
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pypdfium2
from PIL.Image import Image
from pypdf import PdfReader, PdfWriter

from backend.documents import commands, kinds
from backend.documents.claims import Claim, write
from backend.documents.envelope import Envelope
from backend.documents.issuing import Issued, issue
from backend.documents.keys import PublicKeys, Signer
from backend.kernel.actor import system
from backend.kernel.db import Work
from tests.conftest import KEYRING

SIGNER = Signer(KEYRING.document_key())
KEYS = PublicKeys.of([SIGNER.public])
PAGE = "https://shebao.example/verify"
Draw = Callable[[Envelope, str], bytes]


def statement(*, name: str = "王秀英", id_number: str = "4601**********002X", **given: Any) -> dict[str, Any]:
    """The content of a statement; `given` replaces parts of it."""
    return {
        "issuer": "海南省社会保险服务中心",
        "insurance": "企业职工基本养老保险",
        "holder": {"name": name, "id_number": id_number, "person_number": "4600001234567"},
        "status": "正常参保",
        "agency": "海口市社会保险服务中心",
        "from_month": "2025-01",
        "until_month": "2025-12",
        "as_of": "2025-12-31",
        "parts": [part("个人账户（个人缴费）", 8_123_456, 589_536, 121_852, 0)],
        "months": {"in_period": 12, "paid": 214, "deemed": 36},
        "years": [year(2023), year(2024), year(2025)],
        "sources": [{"label": "2025年度记账利率", "value": "1.50%", "source": "国家公布的记账利率"}],
        "notes": ["视同缴费年限以经办机构审核认定为准。"],
    } | given


def part(label: str, opening: int, contributions: int, interest: int, payments: int) -> dict[str, Any]:
    """A part of an account that adds up."""
    closing = opening + contributions + interest - payments
    return {
        "label": label,
        "opening": opening,
        "contributions": contributions,
        "interest": interest,
        "payments": payments,
        "closing": closing,
    }


def year(number: int) -> dict[str, Any]:
    """A full year of contributions."""
    return {
        "year": number,
        "months": 12,
        "base": 7_369_200,
        "own": 589_536,
        "employer": 1_179_072,
        "credited": 589_536,
        "index": "0.7500",
    }


def envelope(number: int = 1, **given: Any) -> Envelope:
    """A statement about to be signed."""
    return Envelope(
        kind="statement",
        edition=1,
        serial=f"QY20261122-{number:06d}",
        issued_on=date(2026, 11, 22),
        verify_at=PAGE,
        specimen=True,
        content=statement(**given),
    )


@cache
def issued(number: int = 1, name: str = "王秀英") -> Issued:
    """A signed file, drawn once per run."""
    return issue(envelope(number, name=name), SIGNER)


def qr_of(about: Envelope, signer: Signer = SIGNER, holder: str = "**英") -> str:
    """The text of an envelope's QR code."""
    return write(Claim.about(about, holder, signer.key_id), signer, about.verify_at)


def request(work: Work, person_id: UUID, *, fingerprint: str = "v1", **given: Any) -> UUID:
    """Asks for a statement as another room does."""
    return commands.request(
        work,
        by=system("test"),
        kind="statement",
        person_id=person_id,
        content=statement(**given),
        fingerprint=fingerprint,
    )


def made(work: Work, person_id: UUID, *, fingerprint: str = "v1") -> tuple[UUID, str]:
    """A document and the text of its QR code, for tests that never look at the paper."""
    printed: list[str] = []

    def blank(_: Envelope, qr: str) -> bytes:
        printed.append(qr)
        return b"%PDF-1.6\n%%EOF\n"

    document_id = request(work, person_id, fingerprint=fingerprint)
    work.session.flush()
    with patch.object(kinds, "draw", blank):
        commands.make(work, document_id=document_id, verify_at=PAGE, specimen=True)
    return document_id, printed[0]


def rewritten(pdf: bytes, change: Callable[[PdfWriter], None]) -> bytes:
    """A PDF that somebody opened, changed and saved."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    change(writer)
    saved = BytesIO()
    writer.write(saved)
    return saved.getvalue()


def picture(pdf: bytes, page: int = 0) -> Image:
    """A page as a good printer would show it."""
    drawn = pypdfium2.PdfDocument(pdf)[page].render(scale=200 / 72).to_pil()
    assert isinstance(drawn, Image)
    return drawn


def text_of(pdf: bytes) -> str:
    """All text of a PDF, as it is copied out of a reader."""
    pages = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in pages)


def remembered(draw: Draw) -> Draw:
    """`kinds.draw` that draws each document once; allowed because it is pure, which test_drawing shows."""
    drawn: dict[tuple[bytes, str], bytes] = {}

    def look_up(about: Envelope, qr: str) -> bytes:
        key = (about.canonical(), qr)
        if key not in drawn:
            drawn[key] = draw(about, qr)
        return drawn[key]

    return look_up


REMEMBERED = remembered(kinds.draw)
