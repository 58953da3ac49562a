"""Whatever is changed in a file, verification fails and says where."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    TextStringObject,
)

from backend.documents import issuing, kinds
from backend.documents.keys import PublicKeys, Signer
from backend.documents.verification import NotGenuine, verify_file
from tests.support.documents import (
    KEYS,
    REMEMBERED,
    SIGNER,
    envelope,
    issued,
    part,
    qr_of,
    rewritten,
    statement,
)

STRANGER = Signer(Ed25519PrivateKey.from_private_bytes(b"x" * 32))
RICHER = statement(parts=[part("个人账户（个人缴费）", 9_123_456, 589_536, 121_852, 0)])


@pytest.fixture(autouse=True)
def drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that is drawn for comparison in test after test is drawn once."""
    monkeypatch.setattr(kinds, "draw", REMEMBERED)


def refusal(file: bytes, keys: PublicKeys = KEYS) -> str:
    with pytest.raises(NotGenuine) as refused:
        verify_file(file, keys)
    return refused.value.detail or ""


def forged(pdf: bytes, *, content: bytes | None = None, qr: str | None = None) -> bytes:
    """A file whose embedded files were replaced."""

    def change(writer: PdfWriter) -> None:
        for name, text in (("content.json", content), ("qr.txt", qr and qr.encode())):
            if text is not None:
                [embedded] = (one for one in writer.attachment_list if one.name == name)
                embedded.content = text

    return rewritten(pdf, change)


def with_seal_of(original: bytes, file: bytes) -> bytes:
    seal = re.search(rb"%e-shebao-seal .*\n\Z", original)
    assert seal
    return file + seal[0]


def test_a_file_as_it_was_issued_is_genuine() -> None:
    claim = verify_file(issued().pdf, KEYS)
    assert (claim.serial, claim.holder) == ("QY20261122-000001", "**英")


def test_a_changed_digit_on_the_page_is_named() -> None:
    about = envelope()
    drawn = REMEMBERED(replace(about, content=RICHER), qr_of(about))
    file = forged(drawn, content=about.canonical())
    for attempt in (file, with_seal_of(issued().pdf, file)):
        sentence = refusal(attempt)
        assert "第 1 页与签名的数据不一致" in sentence
        assert "91,234.56" in sentence and "81,234.56" in sentence


def test_a_changed_digit_in_the_data_is_found() -> None:
    content = envelope().canonical().replace(b"8123456", b"9123456")
    assert content != envelope().canonical()
    assert "内嵌数据与二维码不一致" in refusal(forged(issued().pdf, content=content))


def test_page_and_data_changed_alike_are_found() -> None:
    drawn = REMEMBERED(replace(envelope(), content=RICHER), qr_of(envelope()))
    assert "内嵌数据与二维码不一致" in refusal(with_seal_of(issued().pdf, drawn))


def test_a_changed_code_is_found() -> None:
    qr = qr_of(envelope())
    broken = qr[:-20] + ("A" if qr[-20] != "A" else "B") + qr[-19:]
    assert "二维码的签名不正确" in refusal(forged(issued().pdf, qr=broken))


def test_the_code_of_another_document_is_found() -> None:
    other = qr_of(envelope(2, name="陈海涛"), holder="**涛")
    assert "二维码来自另一份文件" in refusal(forged(issued().pdf, qr=other))


def test_the_code_of_another_document_printed_over_is_found() -> None:
    drawn = REMEMBERED(envelope(), qr_of(envelope(2)))
    assert "文字相同，但字体、图形或二维码被改动" in refusal(forged(drawn, qr=qr_of(envelope())))


def test_a_code_that_leads_elsewhere_is_found() -> None:
    qr = qr_of(envelope()).replace("shebao.example", "shebao.example.evil")
    assert "别的网站" in refusal(forged(issued().pdf, qr=qr))


def test_a_forger_s_own_signature_is_found() -> None:
    file = issuing.issue(envelope(), STRANGER).pdf
    assert f"未知的密钥（{STRANGER.key_id.hex()}）" in refusal(file)
    assert verify_file(file, PublicKeys.of([STRANGER.public]))


def test_a_signature_of_one_file_on_another_is_found() -> None:
    plain = REMEMBERED(envelope(), qr_of(envelope()))
    assert "另存或改动过" in refusal(issuing.seal(plain, STRANGER))
    assert "另存或改动过" in refusal(with_seal_of(issued(2, "陈海涛").pdf, plain))
    assert issuing.seal(plain, SIGNER) == issued().pdf


def test_a_file_that_was_only_saved_again_is_told_from_a_changed_one() -> None:
    sentence = refusal(rewritten(issued().pdf, lambda _: None))
    assert "页面与签名的数据一致" in sentence and "原始文件" in sentence


def _write_over(writer: PdfWriter) -> None:
    box = FreeText(text="999,999.99", rect=(200, 500, 300, 520))
    writer.add_annotation(0, box)


def _add_page(writer: PdfWriter) -> None:
    writer.add_blank_page()


def _add_script(writer: PdfWriter) -> None:
    script = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject("app.alert('hello')")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject(key): value for key, value in script.items()}
    )


def _swap_glyphs(writer: PdfWriter) -> None:
    """Lets the characters of one typeface be drawn with the outlines of another."""
    fonts = [font.get_object() for font in writer.pages[0]["/Resources"]["/Font"].values()]  # type: ignore[index, union-attr]
    descriptors = [font["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts]
    key = NameObject("/FontFile3")
    first, second = (descriptor.get_object().raw_get(key) for descriptor in descriptors)
    descriptors[0].get_object()[key], descriptors[1].get_object()[key] = second, first


def _draw_more(writer: PdfWriter) -> None:
    more = DecodedStreamObject()
    more.set_data(b"1 1 1 rg 200 500 80 20 re f")
    page = writer.pages[0]
    contents = page.raw_get(NameObject("/Contents"))
    page[NameObject("/Contents")] = ArrayObject([contents, writer._add_object(more)])


CHANGES: dict[str, tuple[Callable[[PdfWriter], None], str]] = {
    "text written over": (_write_over, "第 1 页与签名的数据不一致"),
    "a page added": (_add_page, "应有 1 页，文件有 2 页"),
    "a script added": (_add_script, "签名的数据以外的内容"),
    "glyphs exchanged": (_swap_glyphs, "第 1 页与签名的数据不一致"),
    "an amount painted over": (_draw_more, "第 1 页与签名的数据不一致"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_only_the_eye_would_see_is_found(name: str) -> None:
    change, sentence = CHANGES[name]
    assert sentence in refusal(rewritten(issued().pdf, change))


@pytest.mark.parametrize("place", [20, 1000, 20_000, -150, -40, -2])
def test_no_byte_of_a_file_can_be_changed(place: int) -> None:
    file = bytearray(issued().pdf)
    file[place] ^= 1
    assert refusal(bytes(file))


def test_bytes_behind_the_end_are_found() -> None:
    assert refusal(issued().pdf + b"1 0 obj<<>>endobj\n")
    assert "另存或改动过" in refusal(issued().pdf[: issued().pdf.rindex(b"%e-shebao-seal")])


@pytest.mark.parametrize("file", [b"", b"hello", b"%PDF-1.7\n%%EOF\n", b"PK\x03\x04" * 100])
def test_what_is_no_document_of_ours_is_refused(file: bytes) -> None:
    assert re.search("无法读取|没有可供核验的数据", refusal(file))


def test_a_pdf_of_somebody_else_is_refused() -> None:
    blank = PdfWriter()
    blank.add_blank_page(200, 200)
    saved = BytesIO()
    blank.write(saved)
    assert "没有可供核验的数据" in refusal(saved.getvalue())


def test_an_edition_that_this_program_lacks_is_verified_by_its_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document outlives the programs that drew it: nothing has to be drawn again while its seal holds."""
    file = issued().pdf
    monkeypatch.setattr(kinds, "KINDS", {"statement": replace(kinds.KINDS["statement"], editions={})})
    assert verify_file(file, KEYS)
    assert "请使用原始文件" in refusal(file[:-1])


def test_the_file_still_opens_in_a_reader() -> None:
    assert len(PdfReader(BytesIO(issued().pdf), strict=True).pages) == 1
