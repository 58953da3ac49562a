"""The demo's own certificate, as a phone would check it."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest

from backend.demo.certificate import make_certificate
from backend.kernel.local import TlsFiles, tls_files

NAMES = ("localhost", "192.0.2.7")


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    made = tls_files(tmp_path)
    make_certificate(made, NAMES)
    return made


def shake_hands(files: TlsFiles, name: str, authority: bytes) -> None:
    """One TLS handshake between a server with the certificate and a client that trusts the authority."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(files.certificate, files.key)
    client = ssl.create_default_context(cadata=authority.decode())
    here, there = socket.socketpair()

    def serve() -> None:
        try:
            server.wrap_socket(there, server_side=True).close()
        except OSError:  # the client hung up: what it says is what counts
            there.close()

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        client.wrap_socket(here, server_hostname=name).close()
    finally:
        here.close()
        serving.join(5)


@pytest.mark.parametrize("name", NAMES)
def test_a_phone_that_trusts_the_authority_gets_in_by_each_name(files: TlsFiles, name: str) -> None:
    shake_hands(files, name, files.authority.read_bytes())


def test_another_name_is_refused(files: TlsFiles) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(files, "192.0.2.8", files.authority.read_bytes())


def test_the_authority_stays_so_that_it_is_trusted_only_once(files: TlsFiles) -> None:
    before = files.authority.read_bytes()
    make_certificate(files, ("192.0.2.9",))
    assert files.authority.read_bytes() == before
    shake_hands(files, "192.0.2.9", before)


def test_the_keys_are_for_their_owner_only(files: TlsFiles) -> None:
    assert {path.stat().st_mode & 0o077 for path in (files.key, files.authority_key)} == {0}
