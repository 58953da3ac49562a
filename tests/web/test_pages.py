"""The clients as Flask serves them: their own policy, compressed, kept only when nothing can change."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from backend.web import pages

SCRIPT = "assets/index-Ab3_d-9x.js"
PAGE = f"<html><head>{pages.IN_PRODUCTION}</head></html>"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built mobile client; the console is not built."""
    dist = tmp_path / "mobile/dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text(PAGE)
    (dist / "sw.js").write_text("self")
    for ending in ("", ".br", ".gz"):
        (dist / (SCRIPT + ending)).write_text(f"script{ending}")
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr(pages, "CLIENTS", tmp_path)
    return dist


def test_the_front_door_leads_to_the_mobile_page(client: FlaskClient) -> None:
    assert client.get("/").location == "/m/"


@pytest.mark.parametrize("path", ["/m/", "/m/index.html", "/m/account", "/m/people/0190/months"])
def test_every_path_of_a_client_is_its_page(client: FlaskClient, built: Path, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.text) == (200, PAGE)
    assert answer.headers["Content-Security-Policy"] == pages.CSP
    assert answer.headers["Cache-Control"] == "no-cache"


def test_the_policy_lets_nothing_in_from_elsewhere_or_inline() -> None:
    assert "unsafe" not in pages.CSP and "http" not in pages.CSP
    assert pages.CSP.startswith("default-src 'none';")


@pytest.mark.parametrize(
    ("accepted", "encoding", "body"),
    [("br, gzip", "br", "script.br"), ("gzip", "gzip", "script.gz"), ("", None, "script")],
)
def test_files_come_in_the_best_encoding_and_are_kept_for_ever(
    client: FlaskClient, built: Path, accepted: str, encoding: str | None, body: str
) -> None:
    answer = client.get(f"/m/{SCRIPT}", headers={"Accept-Encoding": accepted})
    assert (answer.headers.get("Content-Encoding"), answer.text) == (encoding, body)
    assert answer.mimetype == "text/javascript"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_the_service_worker_is_asked_for_each_time(client: FlaskClient, built: Path) -> None:
    answer = client.get("/m/sw.js")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Security-Policy"] == pages.CSP


@pytest.mark.parametrize("path", ["/m/missing.js", "/m/../secret.txt", "/m/%2e%2e/%2e%2e/secret.txt"])
def test_what_is_not_of_the_build_is_not_served(client: FlaskClient, built: Path, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_client_that_is_not_built_says_what_to_do(client: FlaskClient, built: Path) -> None:
    answer = client.get("/console/")
    assert answer.status_code == 503
    assert "make clients" in answer.text
