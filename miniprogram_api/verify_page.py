"""The public page that a document's QR code opens: plain files, no outside host, nothing kept.

The claim stands behind the `#`, so that no request line carries it; the page's script posts it to the API.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from backend.web.access import PUBLIC, open_to

FOLDER = Path(__file__).parent / "verify"
FILES = {"verify.css", "verify.js"}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)

blueprint = Blueprint("verify", __name__, url_prefix="/verify")


@open_to(PUBLIC)
def _page() -> Response:
    page = send_from_directory(FOLDER, "index.html")
    page.headers["Content-Security-Policy"] = CSP
    return page


@open_to(PUBLIC)
def _asset(name: str) -> Response:
    if name not in FILES:
        return Response(status=404)
    return send_from_directory(FOLDER, name)


blueprint.add_url_rule("", view_func=_page)
blueprint.add_url_rule("/<name>", view_func=_asset)
