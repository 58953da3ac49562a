"""QR codes as vector drawings, so that they stay sharp on any printer."""

from __future__ import annotations

from itertools import groupby

import segno
from fpdf import FPDF


def draw_qr(sheet: FPDF, text: str, x: float, y: float, side: float) -> None:
    """Draws a QR code (level M) into a square of `side` mm, without its quiet zone."""
    matrix = segno.make_qr(text, error="m", boost_error=False).matrix
    module = side / len(matrix)
    with sheet.local_context(fill_color=(0, 0, 0)):
        for number, row in enumerate(matrix):
            column = 0
            for dark, run in groupby(row):
                length = len(list(run))
                if dark:
                    sheet.rect(x + column * module, y + number * module, length * module, module, style="F")
                column += length
