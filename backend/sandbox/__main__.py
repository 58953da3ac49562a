"""`python -m backend.sandbox`: serves the stand-in on 127.0.0.1 until it is told to stop."""

from __future__ import annotations

import logging
import re
import signal
import sys
from types import FrameType

from werkzeug.serving import WSGIRequestHandler, make_server

from backend.sandbox.app import create_app
from backend.sandbox.config import from_environment

log = logging.getLogger("sandbox")


class Handler(WSGIRequestHandler):
    """Logs no query (it carries secrets) and no phone number."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """One line per request: method, path, status."""
        path = re.sub(r"1\d{10}", "1**********", self.path.partition("?")[0])
        if path != "/_world/state":  # the page asks every other second
            log.info("%s %s %s", self.command, path, int(code) if isinstance(code, int) else code)


def main() -> None:
    """Starts, says where it listens, and ends at SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stdout)
    signal.signal(signal.SIGTERM, _stop)
    config = from_environment()
    server = make_server("127.0.0.1", config.port, create_app(config), threaded=True, request_handler=Handler)
    log.info("ready on http://127.0.0.1:%s", config.port)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        log.info("stopped")
    finally:
        server.server_close()


def _stop(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
