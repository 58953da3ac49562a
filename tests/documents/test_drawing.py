"""The same data give the same paper; every character is shown, or named where no typeface has it."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pytest
import zxingcpp
from pypdf import PdfReader

from backend.documents import kinds
from backend.documents.comparison import difference, digest
from backend.documents.drawing.sheet import NEVER_FIRST, CannotDraw, Head, Sheet, break_lines
from backend.documents.drawing.typefaces import FILES, path_of
from backend.documents.issuing import issue
from backend.documents.verification import verify_qr
from tests.support.documents import (
    KEYS,
    REMEMBERED,
    SIGNER,
    envelope,
    issued,
    part,
    picture,
    qr_of,
    text_of,
    year,
)

FIRST_EDITION = "d9fc8b2c0744b1f84ef3153b4d1c71e1b25300ffc3b825056ad57ec100ab0c88"
TYPEFACES = {
    "song": "e8f396decc1f0963a016a989c3d8852e863d1350996f573860a80767c83a1cd3",
    "hei": "faa6c9df652116dde789d351359f3d7e5d2285a2b2a1f04a2d7244df706d5ea9",
    "rare": "b76b0433203017ca80401b2ee0dd69350349871c4b19d504c34dbdd80541690a",
}


def drawn(name: str) -> str:
    about = envelope(name=name)
    return text_of(REMEMBERED(about, qr_of(about)))


def test_the_same_data_give_the_same_bytes() -> None:
    assert issue(envelope(), SIGNER) == issued()


def test_the_typefaces_are_the_published_ones() -> None:
    assert set(TYPEFACES) == set(FILES)
    for face, published in TYPEFACES.items():
        assert hashlib.sha256(path_of(face).read_bytes()).hexdigest() == published


def test_the_first_edition_is_drawn_as_it_always_was() -> None:
    """When this fails, documents of the past are no longer drawn again as they were.

    A new look is a new edition. Where only a library draws the same differently, the new digest goes in here:
    genuine files are still verified by their seals, and only the words for forged ones get less exact.
    """
    [page] = PdfReader(BytesIO(issued().pdf)).pages
    assert digest(page, {}).hex() == FIRST_EDITION


def test_a_statement_shows_what_it_was_given() -> None:
    text = text_of(issued().pdf)
    for shown in (
        *("海南省社会保险服务中心", "个人权益记录单", "QY20261122-000001", "2026年11月22日"),
        *("王秀英", "4601**********002X", "4600001234567", "正常参保", "海口市社会保险服务中心"),
        *("81,234.56", "5,895.36", "1,218.52", "0.00", "88,348.44"),
        *("214", "36", "250", "2023", "2025", "0.7500", "221,076.00"),
        *("2025年度记账利率：1.50%", "第 1 页", "共 1 页", "https://shebao.example/verify", "演示"),
    ):
        assert shown in text


def test_only_a_specimen_bears_the_ring() -> None:
    about = envelope()
    real = type(about)(**vars(about) | {"specimen": False})
    assert "演示" not in text_of(kinds.draw(real, qr_of(real)))


def test_the_code_on_the_paper_can_be_scanned_and_verified() -> None:
    [code] = zxingcpp.read_barcodes(picture(issued().pdf))
    assert code.text == qr_of(envelope())
    assert verify_qr(code.text, KEYS).fits(envelope())


@pytest.mark.parametrize("name", ["阿依古丽·买买提", "𠮷野", "㛃𫚭", "張家豪", "O'Neill"])
def test_names_are_shown_as_they_are(name: str) -> None:
    assert name in drawn(name)


def test_a_character_that_no_typeface_has_is_named_and_explained() -> None:
    text = drawn("王\U0002a6d6英")
    assert "王〔U+2A6D6〕英" in text
    assert "以编号为准" in text
    assert "以编号为准" not in text_of(issued().pdf)


def test_a_selector_of_a_shape_leaves_the_character() -> None:
    assert "葛洪" in drawn("葛\U000e0100洪")


def test_a_box_in_place_of_a_character_is_never_issued() -> None:
    about = envelope()
    head = Head("海南", "单", about.serial, about.issued_on, about.verify_at, "qr")
    sheet = Sheet(head, texts=())
    sheet.subtitle("𠮷")  # nobody said that this text would come
    with pytest.raises(CannotDraw, match=r"U\+20BB7"):
        sheet.finished()


def test_a_long_history_goes_on_with_its_head_repeated() -> None:
    parts = [part(f"第{number}部分", 1, 2, 3, 4) for number in range(1, 4)]
    about = envelope(parts=parts, years=[year(number) for number in range(1986, 2026)])
    pdf = REMEMBERED(about, qr_of(about))
    text = text_of(pdf)
    assert len(PdfReader(BytesIO(pdf)).pages) == 3
    assert text.count("缴费基数合计") == 2
    assert "第 3 页" in text and text.count("共 3 页") == 3
    assert text.count("QY20261122-000001") == 3
    assert "480" in text and "0.06" in text  # the totals of months and of what was paid in


def test_the_longest_words_are_shown_whole() -> None:
    long = {"issuer": "海" * 30, "insurance": "险" * 30, "agency": "琼" * 80, "status": "参" * 80}
    about = envelope(name="古丽" * 40, **long)
    text = "".join(text_of(REMEMBERED(about, qr_of(about))).split())
    for shown in ("古丽" * 40, *long.values()):
        assert shown in text


def test_a_redrawn_document_shows_no_difference() -> None:
    first, again = (PdfReader(BytesIO(issued().pdf)) for _ in range(2))
    assert difference(first, again) is None


def test_a_line_never_begins_with_a_closing_mark() -> None:
    text = "参保人对记录有异议的，请向参保地经办机构申请核查（三十日内）。" * 3
    lines = list(break_lines(text, 10, len))
    assert "".join(lines) == text
    assert all(line[0] not in NEVER_FIRST and len(line) <= 10 for line in lines)


def test_a_single_column_of_marks_still_ends() -> None:
    assert "".join(break_lines("。。。。", 1, len)) == "。。。。"
