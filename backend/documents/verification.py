"""Whether a document is genuine, told in Chinese sentences. Needs the public keys, and no network."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from backend.documents import claims, kinds
from backend.documents.claims import Claim
from backend.documents.comparison import difference
from backend.documents.envelope import Envelope
from backend.documents.issuing import is_sealed
from backend.documents.keys import BadSignature, PublicKeys, UnknownKey
from backend.kernel.errors import Invalid

_UNREADABLE = (
    *(PyPdfError, zlib.error, ArithmeticError, AttributeError),
    *(LookupError, RecursionError, TypeError, ValueError),
)
"""What reading a hostile or damaged file ends in."""


class NotGenuine(Invalid):
    """A document, or its QR code, is not as the bureau issued it; the detail says where."""

    code = "document_not_genuine"
    title = "核验未通过：不是本机构签发的文件，或内容已被改动"
    keeps_effects = True  # the attempt stays counted


@dataclass(frozen=True)
class Embedded:
    """What a file carries to be verified by."""

    envelope: Envelope
    qr: str


def verify_qr(text: str, keys: PublicKeys) -> Claim:
    """The claim of a QR code; raises NotGenuine."""
    try:
        claim = claims.read(text, keys)
    except UnknownKey as error:
        raise NotGenuine(
            f"二维码由未知的密钥（{error}）签名：不是本机构签发，或公钥文件需要更新。"
        ) from error
    except BadSignature as error:
        raise NotGenuine("二维码的签名不正确：二维码内容已被改动，或不是本机构签发。") from error
    except ValueError as error:
        raise NotGenuine("二维码内容无法识别：不是本机构文件的二维码，或已损坏。") from error
    if claim.kind not in kinds.KINDS:
        raise NotGenuine("本程序不认识这种文件，请使用新版本核验。")
    return claim


def verify_file(file: bytes, keys: PublicKeys) -> Claim:
    """The claim of a file that is, byte for byte, as it was issued; raises NotGenuine with what differs.

    First the parts that can be named: QR code, data, the one against the other. Then the seal over all bytes.
    Where it is broken, the pages are drawn anew from the signed data, which tells what was changed.
    """
    reader, embedded = _opened(file)
    claim = verify_qr(embedded.qr, keys)
    envelope = embedded.envelope
    if not claim.fits(envelope):
        raise NotGenuine("内嵌数据与二维码不一致：数据已被改动，或二维码来自另一份文件。")
    if embedded.qr.rpartition("#")[0] != envelope.verify_at:
        raise NotGenuine("二维码的网址与签名的数据不一致：扫码会打开别的网站。")
    if not is_sealed(file, keys):
        raise NotGenuine(_what_changed(reader, embedded))
    return claim


def _opened(file: bytes) -> tuple[PdfReader, Embedded]:
    try:
        reader = PdfReader(BytesIO(file), strict=True)
        found = {name: list(contents) for name, contents in reader.attachments.items()}
    except _UNREADABLE as error:
        raise NotGenuine("无法读取：不是 PDF 文件，或文件已损坏。") from error
    try:
        [content], [qr] = found["content.json"], found["qr.txt"]
    except (KeyError, ValueError) as error:
        raise NotGenuine("文件中没有可供核验的数据：不是本机构签发的电子文件，或经过转换。") from error
    try:
        return reader, Embedded(Envelope.parse(content), qr.decode())
    except ValueError as error:
        raise NotGenuine("内嵌数据无法识别：已被改动或损坏。") from error


def _what_changed(reader: PdfReader, embedded: Embedded) -> str:
    envelope = embedded.envelope
    if envelope.edition not in kinds.KINDS[envelope.kind].editions:
        return "文件签名不正确：文件在签发后被改动过，请使用原始文件。"
    expected = PdfReader(BytesIO(kinds.draw(envelope, embedded.qr)))
    try:
        found = difference(reader, expected)
    except _UNREADABLE:
        return "文件签名不正确，页面也无法读取：文件已被改动或损坏。"
    return found or "页面与签名的数据一致，但文件在签发后被另存或改动过，请使用原始文件。"
