"""An A4 sheet in the manner of official papers: red letterhead, ruled tables, a foot on every page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos
from fpdf.fonts import FontFace

from backend.documents.drawing.qr import draw_qr
from backend.documents.drawing.typefaces import HEI, SONG, load, load_for

RED = (186, 24, 27)
INK = (28, 28, 30)
GREY = (110, 110, 115)
LINE = (190, 190, 196)
TINT = (250, 244, 243)
PAPER = 210.0
MARGIN = 18.0
FOOT = 22.0
QR_SIDE, QR_TOP = 29.0, 33.5
SECTION_HEIGHT = 13.0
SIGNATURE_HEIGHT = 40.0
NOTE_SIZE, NOTE_LINE, NOTE_HANG = 8.5, 5.0, 6.5
TOTAL = "{nb}"
"""Stands for the number of pages until it is known."""
NEVER_FIRST = "，。、；：！？”’）》〕】…％%"
"""What must not begin a line."""


class CannotDraw(Exception):
    """The drawing would have shown a box in place of a character."""


@dataclass(frozen=True)
class Head:
    """What stands on every page: who issues what, under which number, since when, and where to verify it."""

    issuer: str
    title: str
    serial: str
    issued_on: date
    verify_at: str
    qr: str


@dataclass(frozen=True)
class Column:
    """A column of a table: its title, its share of the width, and where its text stands."""

    title: str
    share: float
    align: Align = Align.R


class Sheet(FPDF):
    """A document in the making. Equal calls give equal bytes."""

    def __init__(self, head: Head, texts: Iterable[str]) -> None:
        """`texts` are all strings from outside that will be drawn, so that their typefaces are at hand."""
        super().__init__(format="A4", unit="mm")
        self.head = head
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(True, FOOT)
        self.c_margin = 0
        self.set_creation_date(datetime.combine(head.issued_on, time(), UTC))
        self.set_display_mode("default")
        self.set_lang("zh-CN")
        self.set_title(f"{head.title} {head.serial}")
        self.set_producer("e-Shebao")
        load(self)
        self._named: Mapping[int, str] = load_for(self, texts)
        self.add_page()
        self._letterhead()

    @property
    def names_code_points(self) -> bool:
        """Whether some character had to be named by its code point."""
        return any(self._named.values())

    def header(self) -> None:
        """The running head of all pages but the first."""
        if self.page_no() == 1:
            return
        self._type(HEI, 8.5, GREY)
        self._ends(11, f"{self.head.title}（续）", f"编号  {self.head.serial}")
        self._rule(17, 0.5, RED)
        self.set_y(22)

    def footer(self) -> None:
        """Number, page and where to verify, on all pages."""
        top = self.h - FOOT + 6
        self._rule(top, 0.2, LINE)
        self._type(HEI, 7.5, GREY)
        self._ends(top + 1.5, f"核验网址  {self.head.verify_at}", f"第 {self.page_no()} 页　共 {TOTAL} 页")

    def subtitle(self, text: str) -> None:
        """A line below the title of the first page."""
        below = self.get_y()
        self._type(SONG, 11.5, INK)
        self._spaced(self.shown(text), None, 50, 7, spacing=0, weight=0, most=106)
        self.set_y(below)

    def section(self, title: str, aside: str = "") -> None:
        """A heading, with a small remark at the right."""
        if self.will_page_break(22):
            self.add_page()
        self.ln(4.5)
        top = self.get_y()
        with self.local_context(fill_color=RED):
            self.rect(MARGIN, top + 1.4, 1.1, 4.2, style="F")
        self._type(HEI, 11, INK)
        self._spaced(title, MARGIN + 3, top, 7, spacing=0, weight=0.12)
        self._type(HEI, 8, GREY)
        self._ends(top + 1, "", aside)
        self.set_y(top + 8)

    def pairs(self, rows: Sequence[tuple[str, str, str, str]]) -> None:
        """Ruled rows of label, value, label, value."""
        self._type(HEI, 9.5, INK)
        label = FontFace(color=GREY, fill_color=TINT)
        with self._table((18, 42, 18, 42), (Align.C, Align.L, Align.C, Align.L), headed=False) as table:
            for cells in rows:
                row = table.row()
                for number, text in enumerate(cells):
                    row.cell(self.shown(text), style=None if number % 2 else label)

    def table_of(self, columns: Sequence[Column], rows: Iterable[Sequence[str]], *, total: bool) -> None:
        """A ruled table whose head is repeated on every page; with `total` the last row is set off."""
        self._type(HEI, 9, INK)
        lines = list(rows)
        shares, aligns = [one.share for one in columns], [one.align for one in columns]
        with self._table(shares, aligns, headed=True) as table:
            head = table.row()
            for column in columns:
                head.cell(column.title, align=Align.C)
            for number, line in enumerate(lines):
                last = total and number == len(lines) - 1
                row = table.row(style=FontFace(fill_color=TINT) if last else None)
                for text in line:
                    row.cell(self.shown(text))

    def closing(self, title: str, notes: Iterable[tuple[str, str]], *, specimen: bool) -> None:
        """Marked notes under a heading, then who issues the document; together on a page where they fit."""
        self._type(SONG, NOTE_SIZE, INK)
        width = self.epw - NOTE_HANG
        lines = [
            ("" if number else mark, line)
            for mark, text in notes
            for number, line in enumerate(break_lines(self.shown(text), width, self.get_string_width))
        ]
        height = SECTION_HEIGHT + NOTE_LINE * len(lines) + SIGNATURE_HEIGHT
        if self.will_page_break(min(height, self.eph - self.t_margin)):
            self.add_page()
        self.section(title)
        for mark, line in lines:
            if self.will_page_break(NOTE_LINE):
                self.add_page()
            self._type(SONG, NOTE_SIZE, INK)
            self.cell(NOTE_HANG, NOTE_LINE, mark)
            self.cell(0, NOTE_LINE, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._signature(specimen=specimen)

    def _signature(self, *, specimen: bool) -> None:
        """At the right; in the demo with a ring that nobody takes for a seal."""
        if self.will_page_break(SIGNATURE_HEIGHT):
            self.add_page()
        top, left, width = self.get_y() + 9, self.w - MARGIN - 74, 74
        self._type(SONG, 11.5, INK)
        for number, line in enumerate((self.shown(self.head.issuer), _day(self.head.issued_on))):
            size = min(1, width / self.get_string_width(line))
            self._type(SONG, 11.5 * size, INK)
            self.set_xy(left, top + 8 * number)
            self.cell(width, 8, line, align=Align.C)
        if specimen:
            self._ring(left + width / 2, top + 12, 17)

    def attach(self, name: str, content: bytes) -> None:
        """Puts a file into the PDF."""
        made = datetime.combine(self.head.issued_on, time(), UTC)
        self.embed_file(
            bytes=content, basename=name, creation_date=made, modification_date=made, compress=True
        )

    def shown(self, text: str) -> str:
        """The text with every character that no typeface has named by its code point."""
        return text.translate(self._named)

    def finished(self) -> bytes:
        """The PDF. Raises CannotDraw when some character had no glyph, which `shown` was to prevent."""
        missing = {point for font in self.fonts.values() for point in getattr(font, "missing_glyphs", ())}
        if missing:
            raise CannotDraw(", ".join(f"U+{point:04X}" for point in sorted(missing)))
        return bytes(self.output())

    def _letterhead(self) -> None:
        head = self.head
        self._type(SONG, 23, RED)
        self._spaced(self.shown(head.issuer), None, 13, 13, spacing=1.1, weight=0.22)
        self._rule(28.5, 0.9, RED)
        self._rule(30, 0.25, RED)
        self._type(HEI, 20, INK)
        self._spaced(head.title, None, 37, 11, spacing=1.4, weight=0.2)
        right = self.w - MARGIN - QR_SIDE
        draw_qr(self, head.qr, right, QR_TOP, QR_SIDE)
        self._type(HEI, 7.5, GREY)
        self.set_xy(right, QR_TOP + QR_SIDE + 1.6)  # a quiet zone of four modules
        self.cell(QR_SIDE, 4, "扫码核验真伪", align=Align.C)
        self._type(HEI, 9, INK)
        self.set_xy(MARGIN, 61.5)
        self.cell(0, 5, f"编号  {head.serial}　　出具日期  {_day(head.issued_on)}")
        self.set_y(71)

    def _spaced(
        self,
        text: str,
        x: float | None,
        y: float,
        height: float,
        *,
        spacing: float,
        weight: float,
        most: float = PAPER - 2 * MARGIN,
    ) -> None:
        """Letters set apart by `spacing` mm and thickened by `weight` mm, from `x` on or centred.

        Smaller ones where they would be wider than `most`.
        """
        room = most - spacing * (len(text) - 1)
        self.set_font_size(self.font_size_pt * min(1, room / self.get_string_width(text)))
        width = self.get_string_width(text) + spacing * (len(text) - 1)
        self.set_xy((self.w - width) / 2 if x is None else x, y)
        mode = "FILL_STROKE" if weight else "FILL"
        self.set_char_spacing(spacing * self.k)
        with self.local_context(text_mode=mode, line_width=weight, draw_color=self.text_color):
            self.cell(0, height, text)
        self.set_char_spacing(0)

    def _ends(self, y: float, left: str, right: str) -> None:
        """One text at the left edge, one at the right."""
        self.set_xy(MARGIN, y)
        self.cell(0, 5, left)
        # The total is filled in at the end; until then its place is as wide as a digit.
        width = self.get_string_width(right.replace(TOTAL, "0"))
        self.set_xy(self.w - MARGIN - width, y)
        self.cell(width, 5, right)

    def _table(self, shares: Sequence[float], aligns: Sequence[Align], *, headed: bool) -> Any:
        self.set_draw_color(LINE)
        self.set_line_width(0.2)
        return self.table(
            col_widths=tuple(shares),
            text_align=tuple(aligns),
            first_row_as_headings=headed,
            headings_style=FontFace(emphasis="", color=INK, fill_color=TINT),
            line_height=4.6,
            padding=(1.15, 1.8),
            wrapmode="CHAR",
            width=self.epw,
        )

    def _ring(self, x: float, y: float, radius: float) -> None:
        with self.local_context(draw_color=RED, line_width=1.0, stroke_opacity=0.75, fill_opacity=0.75):
            self.circle(x, y, radius)
            self._type(SONG, 17, RED)
            self.set_xy(x - radius, y + 4.5)
            self.cell(2 * radius, 9, "演示", align=Align.C)

    def _rule(self, y: float, width: float, color: tuple[int, int, int]) -> None:
        with self.local_context(draw_color=color, line_width=width):
            self.line(MARGIN, y, self.w - MARGIN, y)

    def _type(self, face: str, size: float, color: tuple[int, int, int]) -> None:
        self.set_font(face, size=size)
        self.set_text_color(*color)


def break_lines(text: str, width: float, measure: Callable[[str], float]) -> Iterator[str]:
    """Breaks Chinese text between any two characters, but never before a closing mark."""
    start = 0
    for end in range(1, len(text) + 1):
        if measure(text[start:end]) > width:
            cut = end - 1
            while text[cut] in NEVER_FIRST and cut > start + 1:
                cut -= 1
            yield text[start:cut]
            start = cut
    yield text[start:]


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
