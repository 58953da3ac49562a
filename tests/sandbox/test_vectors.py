"""The published examples of WeChat and Tencent Cloud, through the sandbox's own signatures and ciphers."""

from __future__ import annotations

import pytest

from backend.sandbox import crypto

PAY_FIELDS = {
    "appid": "wxd930ea5d5a258f4f",
    "mch_id": "10000100",
    "device_info": "1000",
    "body": "test",
    "nonce_str": "ibuaiVcKdpRxkhJA",
}
PAY_KEY = "192006250b4c09247ec02edce69f6a2d"
# The message that comes with WeChat's own WXBizMsgCrypt sample code.
SAMPLE = (
    "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2L"
    "dJF9FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6u"
    "x5VTjg3yt+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJ"
    "pXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCz"
    "pu9GhglF2PE="
)
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
TENCENT = {"secret_key": "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", "service": "cvm"}


def test_js_sdk_signature_of_the_documentation() -> None:
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    signed = crypto.js_signature(
        ticket, "Wm3WZYTPz0wzccnW", "1414587457", "http://mp.weixin.qq.com?params=value"
    )
    assert signed == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("MD5", "9A0A8659F005D6984697E2CA0A9CF3B7"),
        ("HMAC-SHA256", "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6"),
    ],
)
def test_pay_signature_of_the_documentation(kind: str, expected: str) -> None:
    assert crypto.pay_signature(PAY_FIELDS, PAY_KEY, kind) == expected
    assert crypto.pay_signature({**PAY_FIELDS, "attach": "", "sign": "X"}, PAY_KEY, kind) == expected
    assert crypto.pay_signature({**PAY_FIELDS, "total_fee": "0"}, PAY_KEY, kind) != expected


def test_callback_sample_of_wechat() -> None:
    signature = crypto.sha1_signature("spamtest", "1409735669", "1320562132", SAMPLE)
    assert signature == "5d197aaffba7e9b25a30732f161a50dee96bd5fa"
    text, appid = crypto.decrypt(SAMPLE, AES_KEY)
    assert appid == "wx2c2769f8efd9abc2"
    assert "<Content><![CDATA[abcdteT]]></Content>" in text
    assert "<MsgId>6054768590064713728</MsgId>" in text


@pytest.mark.parametrize("text", ["", "好", "x" * 11, "社保" * 500])
def test_what_was_encrypted_opens_again(text: str) -> None:
    assert crypto.decrypt(crypto.encrypt(text, AES_KEY, "wxapp"), AES_KEY) == (text, "wxapp")


@pytest.mark.parametrize("damaged", ["", "AAAA", SAMPLE[:-4], SAMPLE[4:], "不是密文", "A" * 43 + "="])
def test_damaged_messages_are_refused(damaged: str) -> None:
    with pytest.raises(crypto.BadMessage):
        crypto.decrypt(damaged, AES_KEY)


def test_tencent_signature_of_the_documentation() -> None:
    post = crypto.tc3_signature(
        **TENCENT,
        timestamp=1551113065,
        headers=[("content-type", "application/json; charset=utf-8"), ("host", "cvm.tencentcloudapi.com")],
        body=rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}',
    )
    assert post == "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    get = crypto.tc3_signature(
        **TENCENT,
        timestamp=1539084154,
        headers=[("content-type", "application/x-www-form-urlencoded"), ("host", "cvm.tencentcloudapi.com")],
        body=b"",
        method="GET",
        query="Limit=10&Offset=0",
    )
    assert get == "5da7a33f6993f0614b047e5df4582db9e9bf4672ba50567dba16c6ccf174c474"
