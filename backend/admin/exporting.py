"""Lists that staff take along as spreadsheets: masked as on the screen, bounded, and written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Response

from backend.audit.commands import record
from backend.kernel.spreadsheet import XLSX, Cell, spreadsheet
from backend.web.edge import Call

MOST_ROWS = 10_000
"""What one file holds at most; its remark says so when there may be more."""


def exported(
    call: Call,
    *,
    name: str,
    title: str,
    headings: Mapping[str, int],
    rows: Iterable[Sequence[Cell]],
    said: Mapping[str, Any],
) -> Response:
    """The file of a list, at most `MOST_ROWS`; the trail keeps who took it, what was `said`, and how many.

    `said` must hold nothing that identifies a person.
    """
    kept = list(rows)
    record(
        call.work,
        "list.exported",
        by=call.actor,
        object_kind="list",
        after={"list": name, "asked": {key: str(value) for key, value in said.items()}, "rows": len(kept)},
    )
    more = f"，只含前 {MOST_ROWS} 条，请缩小范围分次导出" if len(kept) == MOST_ROWS else ""
    remark = f"共 {len(kept)} 条{more}　内部资料，注意保密"
    body = spreadsheet(title, remark, headings, kept, made_at=call.house.clock.now())
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(body, content_type=XLSX, headers=headers)
