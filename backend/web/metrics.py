"""Prometheus metrics; nginx keeps /metrics inside."""

from __future__ import annotations

import os

from flask import Blueprint, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import func, select

from backend.kernel.jobs import Job
from backend.web.access import PUBLIC, open_to
from backend.web.house import house

REQUESTS = Counter("http_requests", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "http_request_seconds",
    "Time to answer",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
blueprint = Blueprint("metrics", __name__)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Counts one answered request."""
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(method, route).observe(seconds)


@open_to(PUBLIC)
def _metrics() -> Response:
    registry: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    body = generate_latest(registry) + _jobs().encode()
    return Response(body, content_type=CONTENT_TYPE_LATEST)


def _jobs() -> str:
    with house().database.reading() as work:
        rows = work.session.execute(
            select(Job.state, func.count().label("number")).where(Job.state != "done").group_by(Job.state)
        ).all()
    found = {row.state: row.number for row in rows}
    lines = [f'jobs{{state="{state}"}} {found.get(state, 0)}' for state in ("waiting", "leased", "failed")]
    return "# HELP jobs Jobs not done\n# TYPE jobs gauge\n" + "\n".join(lines) + "\n"


blueprint.add_url_rule("/metrics", view_func=_metrics)
