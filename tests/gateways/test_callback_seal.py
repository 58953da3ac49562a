"""WeChat's signature and cipher: the published sample opens, and nothing that was damaged does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.gateways.wechat_callback import FRESH, WeChatSeal
from backend.kernel.clock import FixedClock
from backend.kernel.settings import Settings
from backend.messages.ports import ForgedCallback
from tests.sandbox.test_vectors import SAMPLE
from tests.support.wechat import opened_envelope

AT = datetime.fromtimestamp(1409735669, UTC)
SIGNED = ("5d197aaffba7e9b25a30732f161a50dee96bd5fa", "1409735669", "1320562132")


def seal(at: datetime = AT, **more: str) -> WeChatSeal:
    """The seal of the account in WeChat's published sample."""
    given_ = {"wechat_oa_token": "spamtest", "wechat_oa_appid": "wx2c2769f8efd9abc2", **more}
    settings = Settings(_env_file=None, environment="test", **given_)  # type: ignore[arg-type, call-arg]
    return WeChatSeal(settings, FixedClock(at))


def test_published_sample_opens() -> None:
    letter = seal().open(SAMPLE, *SIGNED)
    assert letter.appid == "wx2c2769f8efd9abc2"
    assert "<Content><![CDATA[abcdteT]]></Content>" in letter.xml
    assert "abcdteT" not in repr(letter)


def test_messages_of_the_mini_program_open_with_the_same_key() -> None:
    other = seal(wechat_oa_appid="wxother", wechat_mini_appid="wx2c2769f8efd9abc2")
    assert other.open(SAMPLE, *SIGNED).appid == "wx2c2769f8efd9abc2"


def test_messages_for_somebody_else_do_not_open() -> None:
    with pytest.raises(ForgedCallback):
        seal(wechat_oa_appid="wxother").open(SAMPLE, *SIGNED)


@pytest.mark.parametrize(
    "damaged", ["", "AAAA", SAMPLE[:-4], SAMPLE[4:], "不是密文", "A" * 43 + "=", "A" * 64]
)
def test_rightly_signed_rubbish_does_not_open(damaged: str) -> None:
    signed = seal()._signature("1", "2", damaged)
    with pytest.raises(ForgedCallback):
        seal().open(damaged, signed, "1", "2")


@given(st.integers(0, len(SAMPLE) - 1), st.characters(codec="ascii"))
def test_any_changed_letter_breaks_the_signature(place: int, letter: str) -> None:
    changed = SAMPLE[:place] + letter + SAMPLE[place + 1 :]
    if changed != SAMPLE:
        with pytest.raises(ForgedCallback):
            seal().open(changed, *SIGNED)


def test_a_reply_opens_for_wechat() -> None:
    text = "<xml><Content>您好 ]]&gt;</Content></xml>"
    assert opened_envelope(seal().seal(text, "wxapp"), "spamtest", "wxapp") == text


@pytest.mark.parametrize(("late", "ok"), [(0, True), (299, True), (301, False), (-301, False), (-299, True)])
def test_signatures_count_for_minutes(late: int, ok: bool) -> None:
    clock = seal(AT + timedelta(seconds=late))
    signature = clock._signature("1409735669", "nonce")
    if ok:
        clock.check(signature, "1409735669", "nonce")
    else:
        with pytest.raises(ForgedCallback):
            clock.check(signature, "1409735669", "nonce")
    assert timedelta(minutes=5) == FRESH


@pytest.mark.parametrize(
    "timestamp", ["", "-1409735669", "1409735669.0", "１４０９７３５６６９", "9" * 400, "x"]
)
def test_odd_timestamps_are_forged(timestamp: str) -> None:
    with pytest.raises(ForgedCallback):
        seal().check(seal()._signature(timestamp, "nonce"), timestamp, "nonce")
