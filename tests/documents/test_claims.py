"""The QR code proves what it says, to anybody who has the public keys."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from backend.documents import claims
from backend.documents.claims import Claim
from backend.documents.keys import BadSignature, PublicKeys, Signer, UnknownKey
from backend.documents.verification import NotGenuine, verify_qr
from tests.conftest import KEYRING
from tests.support.documents import KEYS, PAGE, SIGNER, envelope, qr_of

STRANGER = Signer(Ed25519PrivateKey.from_private_bytes(b"x" * 32))


def raw(text: str) -> bytearray:
    given = text.rpartition("#")[2]
    return bytearray(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)))


def spelled(signed: bytes | bytearray) -> str:
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")


def test_a_claim_says_what_it_was_made_of() -> None:
    claim = claims.read(qr_of(envelope()), KEYS)
    assert (claim.serial, claim.kind, claim.holder) == ("QY20261122-000001", "statement", "**英")
    assert claim.fits(envelope())
    assert claims.read(qr_of(envelope()).rpartition("#")[2], KEYS) == claim  # without the address


def test_a_claim_fits_no_other_document() -> None:
    claim = claims.read(qr_of(envelope()), KEYS)
    assert not claim.fits(envelope(2))
    assert not claim.fits(envelope(status="中断缴费"))


def test_a_code_is_small_enough_to_be_read_from_paper() -> None:
    assert len(qr_of(envelope(), holder="阿***")) < 260


@given(st.data())
def test_no_bit_of_a_claim_can_be_changed(data: st.DataObject) -> None:
    signed = raw(qr_of(envelope()))
    signed[data.draw(st.integers(0, len(signed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(NotGenuine, match="二维码"):
        verify_qr(f"{PAGE}#{spelled(signed)}", KEYS)


@given(st.text(max_size=300))
def test_what_is_no_claim_is_refused(text: str) -> None:
    with pytest.raises(NotGenuine, match="无法识别"):
        verify_qr(text, KEYS)


def test_a_stranger_s_signature_does_not_count() -> None:
    with pytest.raises(NotGenuine, match=f"未知的密钥（{STRANGER.key_id.hex()}）"):
        verify_qr(qr_of(envelope(), STRANGER), KEYS)


def test_a_stranger_who_names_our_key_is_found_out() -> None:
    body = bytes(raw(qr_of(envelope()))[:-64])
    with pytest.raises(BadSignature):
        claims.read(spelled(body + STRANGER.sign("claim", body)), KEYS)


def test_a_signature_on_a_file_is_none_on_a_claim() -> None:
    body = bytes(raw(qr_of(envelope()))[:-64])
    with pytest.raises(BadSignature):
        claims.read(spelled(body + SIGNER.sign("file", body)), KEYS)


def test_documents_and_audit_heads_have_different_keys() -> None:
    with pytest.raises(UnknownKey):
        PublicKeys.of([KEYRING.signing_key().public_key()]).check(SIGNER.key_id, "claim", b"", b"")


def test_public_keys_go_through_their_file_and_tell_no_secret() -> None:
    both = PublicKeys.of([STRANGER.public, SIGNER.public])
    read = PublicKeys.parse(both.export())
    assert {key.public_bytes_raw() for key in read.by_id.values()} == {
        STRANGER.public.public_bytes_raw(),
        SIGNER.public.public_bytes_raw(),
    }
    assert claims.read(qr_of(envelope()), read) == claims.read(qr_of(envelope()), KEYS)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"keys": [{}]}', '{"keys": [{"public": "AAAA"}]}'])
def test_what_is_no_file_of_keys_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        PublicKeys.parse(text)


def test_a_claim_of_a_kind_of_tomorrow_asks_for_a_newer_program() -> None:
    claim = Claim.about(envelope(), "**英", SIGNER.key_id)
    tomorrow = Claim(
        *[getattr(claim, name) if name != "kind" else "diploma" for name in claim.__struct_fields__]
    )
    with pytest.raises(NotGenuine, match="新版本"):
        verify_qr(claims.write(tomorrow, SIGNER, PAGE), KEYS)
