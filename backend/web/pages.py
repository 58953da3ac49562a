"""Serves the built clients: the citizens' mobile page at /m/, the staff's console at /console/.

Files whose names carry a hash of their content are kept by browsers for ever, everything else is asked for
again; both come compressed from disk. Any other path is a page of the client, for its router.
"""

from __future__ import annotations

import re
from mimetypes import guess_type
from pathlib import Path

from flask import Blueprint, Response, make_response, redirect, request, send_from_directory
from werkzeug.security import safe_join

from backend.web.access import PUBLIC, open_to
from backend.web.house import house

CLIENTS = Path(__file__).resolve().parents[2] / "clients"
FACES = {"m": "mobile", "console": "console"}
HASHED = re.compile(r"assets/.+-[\w-]{8}\.\w+")
FOREVER = "public, max-age=31536000, immutable"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing from anywhere else, and neither script nor style that stands in the page itself."""
IN_PRODUCTION = '<meta name="environment" content="production" />'
IN_DEMO = '<meta name="environment" content="demo" />'

blueprint = Blueprint("pages", __name__)


@open_to(PUBLIC)
def _front_door() -> Response:
    return make_response(redirect("/m/"))


@open_to(PUBLIC)
def _client(face: str, path: str) -> Response:
    folder = CLIENTS / face / "dist"
    if not (folder / "index.html").exists():
        return Response(
            "页面尚未构建，请运行 make clients。\n", 503, content_type="text/plain; charset=utf-8"
        )
    if path == "index.html" or "." not in path.rpartition("/")[2]:
        answer = _page(folder)
    else:
        answer = _file(folder, path)
    answer.headers["Content-Security-Policy"] = CSP  # of a file too: it rules what a service worker may load
    return answer


def _page(folder: Path) -> Response:
    text = (folder / "index.html").read_text()
    if house().settings.sandboxed_demo:
        text = text.replace(IN_PRODUCTION, IN_DEMO)
    page = Response(text, content_type="text/html; charset=utf-8")
    page.headers["Cache-Control"] = "no-cache"
    return page


def _file(folder: Path, path: str) -> Response:
    encoding, ending = _compressed(folder, path)
    answer = send_from_directory(folder, path + ending, mimetype=guess_type(path)[0])
    answer.headers["Cache-Control"] = FOREVER if HASHED.fullmatch(path) else "no-cache"
    answer.headers["Vary"] = "Accept-Encoding"
    if encoding:
        answer.headers["Content-Encoding"] = encoding
    return answer


def _compressed(folder: Path, path: str) -> tuple[str, str]:
    """The best encoding that the browser takes and the build made, with the ending of its file."""
    for encoding, ending in ENCODINGS:
        file = safe_join(str(folder), path + ending)
        if request.accept_encodings[encoding] and file and Path(file).is_file():
            return encoding, ending
    return "", ""


blueprint.add_url_rule("/", view_func=_front_door)
for _prefix, _name in FACES.items():
    for _rule, _defaults in (
        (f"/{_prefix}/", {"face": _name, "path": ""}),
        (f"/{_prefix}/<path:path>", {"face": _name}),
    ):
        blueprint.add_url_rule(_rule, view_func=_client, defaults=_defaults)
