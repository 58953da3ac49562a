"""Whether two PDFs show the same: all that a page is drawn from is compared, fonts included.

Objects are compared as values. Their numbers, their order in the file and how their streams are compressed
do not matter.
"""

from __future__ import annotations

import re
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from backend.kernel.crypto import sm3

_ABOUT_STORAGE = {"/Length", "/Filter", "/DecodeParms"}
_UPWARDS = {"/Parent"}


def difference(shown: PdfReader, expected: PdfReader) -> str | None:
    """A Chinese sentence on the first thing that differs, or None."""
    if len(shown.pages) != len(expected.pages):
        return f"应有 {len(expected.pages)} 页，文件有 {len(shown.pages)} 页。"
    for number, (page, wanted) in enumerate(zip(shown.pages, expected.pages, strict=True), start=1):
        if digest(page, {}) != digest(wanted, {}):
            return f"第 {number} 页与签名的数据不一致：{_words(page.extract_text(), wanted.extract_text())}"
    if _frame(shown) != _frame(expected):
        return "文件中有签名的数据以外的内容。"
    return None


def _words(shown: str, expected: str) -> str:
    lines, wanted = _lines(shown), _lines(expected)
    for line in lines:
        if line not in wanted:
            meant = next((one for one in wanted if one not in lines), "")
            return f"显示为“{line}”，应为“{meant}”。"
    missing = next((one for one in wanted if one not in lines), None)
    return f"缺少“{missing}”。" if missing else "文字相同，但字体、图形或二维码被改动。"


def _lines(text: str) -> list[str]:
    return [line for line in (re.sub(r"[\s\0]", "", one) for one in text.splitlines()) if line]


def _frame(reader: PdfReader) -> bytes:
    """Digest of what belongs to the whole document: forms, layers, scripts and files, but not its pages."""
    root = reader.root_object
    rest = DictionaryObject({key: value for key, value in root.items() if key != "/Pages"})
    references = [page.indirect_reference for page in reader.pages]
    return digest(
        rest, {(one.idnum, one.generation): b"page %d" % n for n, one in enumerate(references) if one}
    )


def digest(value: Any, known: dict[Any, bytes]) -> bytes:
    """SM3 over a value and everything it refers to; `known` keeps the digests of objects met before."""
    if isinstance(value, IndirectObject):
        place = (value.idnum, value.generation)
        if place not in known:
            known[place] = b"below itself"
            known[place] = digest(value.get_object(), known)
        return known[place]
    if isinstance(value, DictionaryObject):
        skipped = _UPWARDS | _ABOUT_STORAGE if isinstance(value, StreamObject) else _UPWARDS
        parts = [
            digest(str(key), known) + digest(value.raw_get(key), known)
            for key in sorted(value)
            if key not in skipped
        ]
        data = sm3(value.get_data()) if isinstance(value, StreamObject) else b""
        return sm3(b"dictionary" + data + b"".join(parts))
    if isinstance(value, ArrayObject):
        return sm3(b"array" + b"".join(digest(one, known) for one in value))
    return sm3(f"{type(value).__name__} {value!r}".encode())
