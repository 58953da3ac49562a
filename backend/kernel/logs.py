"""Structured logs, one JSON line an event, with personal data masked before it is written."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from backend.kernel.masking import mask_text

SHOWN_WHOLE = {"timestamp", "level", "request_id", "logger"}


def mask_personal_data(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A log processor: every value, tracebacks included, goes through `mask_text`."""
    for key, value in event.items():
        if key not in SHOWN_WHOLE:
            event[key] = _masked(value)
    return event


def configure_logs(level: str) -> None:
    """Routes structlog and the standard library's loggers to one JSON stream on stdout."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    written: list[Any] = [mask_personal_data, structlog.processors.JSONRenderer(ensure_ascii=False)]
    structlog.configure(  # past the standard library, which would double what the line of a request costs
        processors=[*shared, *written],
        logger_factory=_Lines,
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        cache_logger_on_first_use=False,
    )
    handler = _Stdout()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *written],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # At DEBUG these would write payloads down, or the characters that they draw; alembic greets at INFO on
    # every look at the schema.
    for chatty, least in (
        ("wechatpy", logging.INFO),
        ("urllib3", logging.INFO),
        ("tencentcloud_sdk_common", logging.INFO),
        ("alembic", logging.WARNING),
        ("fontTools", logging.WARNING),
        ("fpdf", logging.WARNING),
    ):
        logging.getLogger(chatty).setLevel(max(least, logging.getLevelName(level)))


class _Lines:
    """Writes lines to whatever stdout is at the moment."""

    def __init__(self, *_: object) -> None:
        """structlog says for which module; the lines do not."""

    def msg(self, line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    debug = info = warning = error = critical = exception = msg


class _Stdout(logging.StreamHandler[TextIO]):
    """Writes to whatever stdout is at the moment, also after it was redirected."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stdout
        super().emit(record)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(item) for item in value]
    if isinstance(value, (int, bool, type(None))):
        return value if not isinstance(value, int) or abs(value) < 10**10 else mask_text(str(value))
    return mask_text(str(value))
