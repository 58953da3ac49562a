"""Where WeChat Pay tells us what was paid. Not part of the API.

A notice that was not answered with 200 or 204 is told again, for hours. It is answered so only once what it
changes is committed.
"""

from __future__ import annotations

from flask import Response, request
from sqlalchemy import text

from backend.collections.notices import hear
from backend.collections.ports import NoticeReader
from backend.web.access import PUBLIC, open_to
from backend.web.house import house

MOST_BYTES = 64 * 1024
PATIENCE = text("SELECT set_config('statement_timeout', '3s', true), set_config('lock_timeout', '3s', true)")


@open_to(PUBLIC)
def hear_notice() -> Response:
    """WeChat Pay tells of an order or a refund; only what it has signed and sealed counts."""
    place = house()
    request.max_content_length = MOST_BYTES
    notice = place.ports.get(NoticeReader).read(dict(request.headers), request.get_data())
    with place.database.work() as work:
        work.session.execute(PATIENCE)
        hear(work, notice)
    return Response(status=204)
