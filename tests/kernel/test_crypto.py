"""The national algorithms by their published vectors, and what a sealed value is bound to."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from backend.audit.models import AuditEvent
from backend.kernel.crypto import NONCE_BYTES, CannotOpen, Keyring, hmac_sm3, sm3, use_keyring
from backend.kernel.ids import new_id
from backend.kernel.inbox import ProviderEvent

# RFC 8998, appendix A.1
SM4_KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
SM4_NONCE = bytes.fromhex("00001234567800000000ABCD")
SM4_PLAIN = bytes.fromhex(
    "AA" * 8 + "BB" * 8 + "CC" * 8 + "DD" * 8 + "EE" * 8 + "FF" * 8 + "EE" * 8 + "AA" * 8
)
SM4_AAD = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
SM4_SEALED = bytes.fromhex(
    "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
    "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
)
SM4_TAG = bytes.fromhex("83DE3541E4C2B58177E065A9BF7B62EC")
KEYRING = Keyring("k1", {"k1": SM4_KEY}, b"l" * 32, b"s" * 32)


@pytest.mark.parametrize(
    ("message", "digest"),
    [  # GB/T 32905-2016, appendix A
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3(message: bytes, digest: str) -> None:
    assert sm3(message).hex() == digest


def test_hmac_sm3() -> None:
    # GM/T 0042-2015, appendix D.3
    key = bytes(range(1, 33))
    message = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq" * 2
    digest = "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a"
    assert hmac_sm3(key, message).hex() == digest


def test_sm4_gcm_is_the_standards() -> None:
    cipher = Cipher(algorithms.SM4(SM4_KEY), modes.GCM(SM4_NONCE)).encryptor()
    cipher.authenticate_additional_data(SM4_AAD)
    assert cipher.update(SM4_PLAIN) + cipher.finalize() == SM4_SEALED
    assert cipher.tag == SM4_TAG


def test_a_sealed_value_is_key_nonce_ciphertext_and_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", lambda _: SM4_NONCE)
    sealed = KEYRING.seal(SM4_PLAIN, place="here")
    assert sealed.startswith(b"k1:" + SM4_NONCE + SM4_SEALED)
    assert len(sealed) == 3 + NONCE_BYTES + len(SM4_SEALED) + 16


@given(st.binary(max_size=200), st.text(max_size=50))
def test_what_was_sealed_opens(plain: bytes, place: str) -> None:
    assert KEYRING.open(KEYRING.seal(plain, place=place), place=place) == plain


@given(st.binary(min_size=1, max_size=60), st.data())
def test_any_changed_bit_is_noticed(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(KEYRING.seal(plain, place="here"))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(CannotOpen):
        KEYRING.open(bytes(sealed), place="here")


@given(st.binary(max_size=60))
def test_nonsense_does_not_open(nonsense: bytes) -> None:
    for sealed in (nonsense, b"k1:" + nonsense, b"k9:" + nonsense):
        with pytest.raises(CannotOpen):
            KEYRING.open(sealed, place="here")


def test_another_place_or_key_does_not_open() -> None:
    sealed = KEYRING.seal(b"6228480402564890018", place="bank_card.number_sealed:1")
    with pytest.raises(CannotOpen):
        KEYRING.open(sealed, place="bank_card.number_sealed:2")
    other = Keyring("k1", {"k1": os.urandom(16)}, KEYRING.lookup_key, KEYRING.seal_key)
    with pytest.raises(CannotOpen):
        other.open(sealed, place="bank_card.number_sealed:1")


def test_equal_values_have_equal_digests_for_one_purpose_only() -> None:
    assert KEYRING.digest("phone", "13800138000") == KEYRING.digest("phone", b"13800138000")
    assert KEYRING.digest("phone", "13800138000") != KEYRING.digest("card", "13800138000")
    other = Keyring("k1", {"k1": SM4_KEY}, b"m" * 32, KEYRING.seal_key)
    assert KEYRING.digest("phone", "13800138000") != other.digest("phone", "13800138000")


def test_the_same_value_never_looks_the_same() -> None:
    assert len({KEYRING.seal(b"same", place="here") for _ in range(100)}) == 100


def test_a_keyring_tells_no_key() -> None:
    assert "data_keys" not in repr(KEYRING)
    assert SM4_KEY.hex() not in repr(KEYRING) and repr(SM4_KEY) not in repr(KEYRING)


def test_a_keyring_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    KEYRING.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Keyring.load(path) == KEYRING


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"current": "k1", "data_keys": {}, "lookup_key": "", "seal_key": ""}',
        '{"current": "k1", "data_keys": {"k1": "AAAA"}, "lookup_key": "", "seal_key": ""}',
        '{"current": "k1", "data_keys": {"k1": "%s=="}, "lookup_key": "", "seal_key": ""}' % ("A" * 22),
        '{"current": "k2", "data_keys": {"k1": "%s=="}, "lookup_key": "", "seal_key": 1}' % ("A" * 22),
    ],
)
def test_a_broken_keyring_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keyring.json"
    path.write_text(text)
    with pytest.raises(ValueError):
        Keyring.load(path)


def test_a_process_opens_what_a_younger_one_sealed_with_a_new_key(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    KEYRING.save(path)
    older = Keyring.load(path)
    KEYRING.with_new_key().save(path)
    younger = Keyring.load(path)
    assert (older.current, younger.current) == ("k1", "k2")
    assert older.open(younger.seal(b"new", place="here"), place="here") == b"new"
    assert younger.open(older.seal(b"old", place="here"), place="here") == b"old"
    with pytest.raises(CannotOpen):
        older.open(b"k3:" + bytes(40), place="here")


def test_a_sealed_column_is_bound_to_its_row() -> None:
    use_keyring(KEYRING)
    one, other = ProviderEvent(id=new_id()), ProviderEvent(id=new_id())
    one.body = "王秀英"
    assert one.body == "王秀英"
    assert "王秀英".encode() not in one.body_sealed
    other.body_sealed = one.body_sealed
    with pytest.raises(CannotOpen):
        _ = other.body


def test_a_sealed_column_needs_the_rows_id_first() -> None:
    with pytest.raises(RuntimeError, match="id must be set"):
        ProviderEvent().body = "王秀英"


def test_nothing_stays_nothing_and_json_stays_json() -> None:
    use_keyring(KEYRING)
    event = AuditEvent(id=uuid4())
    event.values = {"名": [1, None, {"深": "处"}]}
    assert event.values == {"名": [1, None, {"深": "处"}]}
    event.values_sealed = None
    assert event.values is None
