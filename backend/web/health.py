"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from backend.kernel.errors import Unavailable
from backend.kernel.migrate import is_current
from backend.kernel.schema import unsafe_role
from backend.web.access import PUBLIC, open_to
from backend.web.house import House, house

blueprint = Blueprint("health", __name__)


@open_to(PUBLIC)
def _healthz() -> Response:
    return jsonify(status="ok")


@open_to(PUBLIC)
def _readyz() -> tuple[Response, int]:
    checks = readiness(house())
    ready = all(value == "ok" for value in checks.values())
    return jsonify(status="ok" if ready else "not ready", checks=checks), 200 if ready else 503


def readiness(place: House) -> dict[str, str]:
    """What this process needs, each `ok` or why not: database, migrations, role, redis."""
    checks = {"database": "ok", "migrations": "ok", "redis": "ok"}
    try:
        with place.database.connection() as connection:
            connection.execute(text("SELECT 1"))
            if not is_current(connection):
                checks["migrations"] = "the database is not at the newest revision"
            if place.settings.production and (reason := unsafe_role(connection)):
                checks["database"] = reason
    except (SQLAlchemyError, Unavailable):
        checks["database"] = "does not answer"
    try:
        place.redis.ping()
    except RedisError:
        checks["redis"] = "does not answer"
    return checks


blueprint.add_url_rule("/healthz", view_func=_healthz)
blueprint.add_url_rule("/readyz", view_func=_readyz)
