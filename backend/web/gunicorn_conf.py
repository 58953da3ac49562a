"""gunicorn's settings; `gunicorn --config python:backend.web.gunicorn_conf wsgi:app`."""

from __future__ import annotations

import os
import socket
import sys
from functools import partial
from pathlib import Path
from typing import Any

from prometheus_client.multiprocess import mark_process_dead

from backend.kernel.local import tls_files
from backend.kernel.schema import require_safe_role
from backend.kernel.settings import Settings
from backend.web.shedding import Shedding, accept_queue

_settings = Settings()
_metrics_folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")

bind = f"{'0.0.0.0' if _settings.https else '127.0.0.1'}:{_settings.port}"  # noqa: S104 phones of the network
if _settings.https:
    certfile = str(tls_files(_settings.data_dir).certificate)
    keyfile = str(tls_files(_settings.data_dir).key)
worker_class = "sync"
preload_app = True  # making the application connects to nothing, so that its workers may share what it loaded
workers = _settings.web_workers or 2 * (os.cpu_count() or 1)
backlog = 512  # the last bound, when a flood comes faster than it can be refused
timeout = 30
graceful_timeout = 20
max_requests = 50_000
max_requests_jitter = 10_000
control_socket_disable = True
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(message)s"}},
    "handlers": {
        "stdout": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stdout"}
    },
    "root": {"handlers": ["stdout"], "level": "WARNING"},
    "loggers": {
        "gunicorn.error": {"propagate": True, "level": "INFO"},
        "gunicorn.access": {"propagate": False},
    },
}

_WAIT_FOR_REQUEST_SECONDS = 10
_WAITING_PER_WORKER = 6


def on_starting(_server: Any) -> None:
    """Refuses an unsafe role; forgets the counters of processes that a former run left behind."""
    require_safe_role(_settings)
    if _metrics_folder:
        for file in Path(_metrics_folder).glob("*.db"):
            file.unlink()


def when_ready(server: Any) -> None:
    """Has the kernel hold connections until they say something: browsers open some in advance, each of which
    would occupy a worker."""
    for listener in server.LISTENERS:
        if sys.platform == "linux" and listener.sock.family != socket.AF_UNIX:
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, _WAIT_FOR_REQUEST_SECONDS)


def post_worker_init(worker: Any) -> None:
    """Puts the shedding in front of the application, with the sockets that it watches."""
    listeners = [listener.sock for listener in worker.sockets]
    worker.wsgi = Shedding(
        worker.wsgi,
        waiting=partial(accept_queue, listeners),
        max_waiting=_settings.max_waiting or _WAITING_PER_WORKER * workers,
    )


def child_exit(_server: Any, worker: Any) -> None:
    """Drops the gauges of a worker that ended."""
    if _metrics_folder:
        mark_process_dead(worker.pid)
