"""Dynamic codes: the published vectors, the window, and each step once."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pyotp
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backend.staff import totp

RFC_6238_SECRET = base64.b32encode(b"12345678901234567890").decode()
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
moments = st.integers(1_577_836_800, 4_070_908_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_the_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert totp.matching_step(RFC_6238_SECRET, code, now, after=0) == seconds // 30


@given(moments)
def test_a_code_that_was_taken_is_taken_no_more(now: datetime) -> None:
    code = totp.usable_code(SECRET, now, after=0)
    assert code
    codes = {pyotp.TOTP(SECRET).at(now, counter_offset=offset) for offset in (-1, 0, 1)}
    assume(len(codes) == 3)  # of a million codes two neighbours may be the same
    step = totp.matching_step(SECRET, code, now, after=0)
    assert step
    assert totp.matching_step(SECRET, code, now, after=step) is None
    following = totp.usable_code(SECRET, now, after=step)
    assert following and totp.matching_step(SECRET, following, now, after=step) == step + 1
    assert totp.usable_code(SECRET, now, after=step + 1) is None


def test_the_uri_says_what_an_app_needs() -> None:
    found = pyotp.parse_uri(totp.enrolment_uri(SECRET, "system.admin"))
    assert (found.secret, found.name, found.issuer) == (SECRET, "system.admin", "电子社保")


def test_secrets_have_160_bits_and_differ() -> None:
    made = {totp.new_secret() for _ in range(20)}
    assert len(made) == 20
    assert {len(base64.b32decode(secret)) for secret in made} == {20}
