"""The typefaces, all embedded as subsets, and what happens to a character that none of them has.

A character is drawn in the wanted face, else in the fallback, which has some 2300 rare ones beyond the BMP.
One that neither has is named by its code point, `〔U+2A6D6〕`, and the document says so. A missing-glyph box
is never drawn: it would make two different names look alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from fpdf import FPDF
from fpdf.fonts import TTFFont

SONG = "song"
"""Noto Serif SC: letterhead, headings, sentences."""
HEI = "hei"
"""Noto Sans SC: tables; its figures are all of one width."""
RARE = "rare"
"""Noto Sans CJK: characters that the other two lack."""
FILES = {
    SONG: ("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf"),
    HEI: ("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"),
    RARE: ("noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc"),
}
"""The packages that carry the typefaces, all under the SIL Open Font License."""
_SIMPLIFIED_CHINESE = 2  # which of the faces in the collection

NAMED = "〔U+{:04X}〕"
NAMED_NOTE = "“〔U+…〕”表示该处的字暂无字形，方括号内为其统一码（GB 13000）编号，以编号为准。"


def load(sheet: FPDF) -> None:
    """Opens the two faces that every document uses."""
    sheet.add_font(SONG, fname=path_of(SONG))
    sheet.add_font(HEI, fname=path_of(HEI))


def load_for(sheet: FPDF, texts: Iterable[str]) -> Mapping[int, str]:
    """Opens the fallback where the texts need it; a table for `str.translate` that names what no face has.

    Variation selectors are dropped: they choose a shape of the character before them, which is drawn.
    """
    wanted = {ord(char) for text in texts for char in text}
    selectors = {point: "" for point in wanted if _is_variation_selector(point)}
    lacking = {point for point in wanted if not (_has(sheet, SONG, point) and _has(sheet, HEI, point))}
    lacking -= selectors.keys()
    if not lacking:
        return selectors
    sheet.add_font(RARE, fname=path_of(RARE), collection_font_number=_SIMPLIFIED_CHINESE)
    sheet.set_fallback_fonts([RARE])
    return selectors | {point: NAMED.format(point) for point in lacking if not _has(sheet, RARE, point)}


def texts_in(value: Any) -> Iterable[str]:
    """Every string in a dataclass, however deep."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts_in(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from texts_in(item)


def path_of(face: str) -> Path:
    """The file of a typeface."""
    package, name = FILES[face]
    return Path(str(files(package) / name))


def _has(sheet: FPDF, face: str, point: int) -> bool:
    font = sheet.fonts[face]
    return isinstance(font, TTFFont) and point in font.cmap


def _is_variation_selector(point: int) -> bool:
    return 0xFE00 <= point <= 0xFE0F or 0xE0100 <= point <= 0xE01EF
