"""Pages are signed for this site only."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from backend.kernel.errors import Unavailable
from backend.messages.ports import PageSignature, PageSigner
from backend.web.house import House


class Signer:
    """Signs what it is given, or is broken."""

    def __init__(self) -> None:
        self.signed: list[str] = []
        self.broken = False

    def sign_page(self, url: str) -> PageSignature:
        if self.broken:
            raise Unavailable
        self.signed.append(url)
        return PageSignature("wxapp", 1795312800, "nonce", "s" * 40)


@pytest.fixture
def signer(house: House) -> Signer:
    made = Signer()
    house.ports.provide(PageSigner, made)
    return made


def test_a_page_of_this_site_is_signed_without_signing_in(client: FlaskClient, signer: Signer) -> None:
    url = "http://127.0.0.1:8000/m/?a=1&b=中#/home"
    answer = client.get(f"/api/v1/js-config?url={quote(url, safe='')}")
    assert answer.status_code == 200
    assert answer.json == {
        "app_id": "wxapp",
        "timestamp": 1795312800,
        "nonce": "nonce",
        "signature": "s" * 40,
    }
    assert signer.signed == [url]


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example/",
        "http://127.0.0.1:8001/",
        "https://127.0.0.1:8000/",
        "http://127.0.0.1:8000.evil.example/",
        "http://127.0.0.1:8000@evil.example/",
        "http://user@127.0.0.1:8000/",
        "//127.0.0.1:8000/",
        "/m/",
        "http://[",
        "x" * 2000,
        "",
    ],
)
def test_other_pages_are_not(client: FlaskClient, signer: Signer, url: str) -> None:
    answer = client.get(f"/api/v1/js-config?url={quote(url, safe='')}")
    assert answer.status_code == 422
    assert signer.signed == []


def test_a_busy_wechat_is_said_so(client: FlaskClient, signer: Signer) -> None:
    signer.broken = True
    answer = client.get("/api/v1/js-config?url=http://127.0.0.1:8000/")
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
