"""Which programs make up the demo, and how each one shows that it is ready."""

from __future__ import annotations

import http.client
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit

from backend.demo.process import Program
from backend.demo.servers import postgres_program, redis_program
from backend.kernel.local import tls_files
from backend.kernel.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 5
FEW_WORKERS = 4  # a demo has one visitor, whatever the machine has cores


def servers(settings: Settings) -> list[Program]:
    """PostgreSQL and Redis, as far as the settings name none of one's own."""
    embedded = []
    if not settings.database_url:
        embedded.append(postgres_program(settings.data_dir))
    if not settings.redis_url:
        embedded.append(redis_program(settings.data_dir))
    return embedded


def outside_world(settings: Settings) -> Program:
    """The sandbox that stands for WeChat, SMS and the others; its tax authority takes a moment."""
    return _python(
        *("sandbox", "-m", "backend.sandbox"),
        settings=settings,
        answers=settings.sandbox_url + "/",
        TAX_RECEIPT_SECONDS="2",
        TAX_REFUND_SECONDS="10",
    )


def preparation(settings: Settings) -> Program:
    """What runs to its end before the application starts: migrations, and the province if it is not there."""
    return flask("prepare", "demo", "prepare", settings=settings)


def application(settings: Settings) -> list[Program]:
    """The worker and the web."""
    counters = settings.data_dir.resolve() / "metrics"
    counters.mkdir(exist_ok=True)
    gunicorn = ("-m", "gunicorn", "--config", "python:backend.web.gunicorn_conf", "wsgi:app")
    ready = f"{'https' if settings.https else 'http'}://127.0.0.1:{settings.port}/readyz"
    return [
        flask("worker", "worker", "run", settings=settings),
        _python(
            *("web", *gunicorn),
            settings=settings,
            answers=ready,
            WEB_WORKERS=str(settings.web_workers or FEW_WORKERS),
            PROMETHEUS_MULTIPROC_DIR=str(counters),
        ),
    ]


def flask(name: str, *command: str, settings: Settings) -> Program:
    """A program that is one of the application's own commands."""
    return _python(name, "-m", "flask", *command, settings=settings)


def _python(
    name: str, *arguments: str, settings: Settings, answers: str | None = None, **environment: str
) -> Program:
    port = urlsplit(settings.sandbox_url).port
    return Program(
        name=name,
        command=(sys.executable, *arguments),
        ready=(lambda: _says_ok(answers, settings)) if answers else (lambda: True),
        stop_seconds=STOP_SECONDS,
        environment={
            "DATA_DIR": str(settings.data_dir.resolve()),
            "PORT": str(settings.port),
            "SANDBOX_PORT": str(port),
            "HTTPS": "1" if settings.https else "0",
            "PYTHONUNBUFFERED": "1",
            **environment,
        },
    )


def _says_ok(url: str, settings: Settings) -> bool:
    """Whether a GET is answered with 2xx or 3xx within two seconds."""
    place = urlsplit(url)
    host = place.hostname or ""
    connection = http.client.HTTPConnection(host, place.port, timeout=2)
    try:
        if place.scheme == "https":
            trust = ssl.create_default_context(cafile=tls_files(settings.data_dir).authority)
            connection = http.client.HTTPSConnection(host, place.port, timeout=2, context=trust)
        connection.request("GET", place.path)
        return connection.getresponse().status < http.client.BAD_REQUEST
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
