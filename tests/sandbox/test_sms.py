"""SendSms, called with Tencent Cloud's own client and by hand."""

from __future__ import annotations

import json
import time

import pytest
import requests
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models
from tencentcloud.sms.v20210111.sms_client import SmsClient

from backend.sandbox.crypto import tc3_signature
from tests.sandbox.support import Person, Sandbox


def send(
    sandbox: Sandbox, *phones: str, key: str = "demo-sms-key", name: str = "AKIDdemo", **change: object
) -> list:
    """The statuses, through Tencent's own client."""
    profile = HttpProfile(protocol="http", endpoint=f"127.0.0.1:{sandbox.port}", reqTimeout=5)
    client = SmsClient(Credential(name, key), "ap-guangzhou", ClientProfile(httpProfile=profile))
    request = models.SendSmsRequest()
    request.from_json_string(
        json.dumps(
            {
                "PhoneNumberSet": list(phones),
                "SmsSdkAppId": "1400000000",
                "SignName": "海南社保",
                "TemplateId": "1001",
                "TemplateParamSet": ["483920", "5"],
                "SessionContext": "s-1",
                **change,
            }
        )
    )
    return client.SendSms(request).SendStatusSet


def codes(*args: object, **change: object) -> list[str]:
    return [status.Code for status in send(*args, **change)]  # type: ignore[arg-type]


def texts(person: Person) -> list[str]:
    return [m["text"] for m in person.messages() if m["kind"] == "sms"]


def test_the_phone_shows_the_full_text(sandbox: Sandbox) -> None:
    person = sandbox.person()
    (status,) = send(sandbox, "+86" + person.phone)
    assert (status.Code, status.Message, status.Fee, status.IsoCode) == ("Ok", "send success", 1, "CN")
    assert status.SerialNo.startswith("5000:")
    assert status.SessionContext == "s-1"
    assert texts(person) == ["【海南社保】483920为您的登录验证码，5分钟内有效。如非本人操作请忽略。"]


def test_a_word_that_looks_like_a_slot_stays_a_word(sandbox: Sandbox) -> None:
    person = sandbox.person()
    assert codes(sandbox, person.phone, TemplateId="1002", TemplateParamSet=["{1}退回{2}"]) == ["Ok"]
    assert texts(person) == ["【海南社保】{1}退回{2}"]


def test_codes_to_one_number_are_rationed_and_notices_are_not(sandbox: Sandbox) -> None:
    person = sandbox.person()
    limit = "LimitExceeded.PhoneNumber"
    assert codes(sandbox, person.phone) == ["Ok"]
    assert codes(sandbox, person.phone) == [f"{limit}ThirtySecondLimit"]
    for _ in range(4):
        sandbox.post("/_world/clock", {"seconds": 31})
        assert codes(sandbox, person.phone) == ["Ok"]
    sandbox.post("/_world/clock", {"seconds": 31})
    assert codes(sandbox, person.phone) == [f"{limit}OneHourLimit"]
    assert codes(sandbox, person.phone, TemplateId="1002", TemplateParamSet=["已受理"]) == ["Ok"]
    sandbox.post("/_world/clock", {"seconds": 3601})
    for _ in range(5):
        sandbox.post("/_world/clock", {"seconds": 31})
        assert codes(sandbox, person.phone) == ["Ok"]
    sandbox.post("/_world/clock", {"seconds": 3601})
    assert codes(sandbox, person.phone) == [f"{limit}DailyLimit"]
    assert len(texts(person)) == 11


def test_each_number_has_its_own_outcome(sandbox: Sandbox) -> None:
    person, blocked = sandbox.person(), sandbox.person(sms_blocked=True)
    assert codes(sandbox, person.phone, blocked.phone, "12333") == [
        "Ok",
        "FailedOperation.PhoneNumberInBlacklist",
        "InvalidParameterValue.IncorrectPhoneNumber",
    ]
    assert texts(blocked) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"TemplateId": "9"}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        ({"SignName": "别的单位"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
        ({"SmsSdkAppId": "1"}, "InvalidParameterValue.SdkAppIdNotExist"),
        ({"TemplateParamSet": ["1"]}, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"),
        ({"TemplateParamSet": ["一二三", "5"]}, "InvalidParameterValue.TemplateParameterFormatError"),
    ],
)
def test_a_wrong_message_goes_to_nobody(sandbox: Sandbox, change: dict, code: str) -> None:
    person = sandbox.person()
    assert codes(sandbox, person.phone, **change) == [code]
    assert texts(person) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key": "guessed"}, "AuthFailure.SignatureFailure"),
        ({"name": "AKIDother"}, "AuthFailure.SecretIdNotFound"),
        ({"PhoneNumberSet": []}, "MissingParameter.EmptyPhoneNumberSet"),
        ({"PhoneNumberSet": ["13800000001"] * 201}, "LimitExceeded.PhoneNumberCountLimit"),
        ({"TemplateId": ""}, "MissingParameter"),
    ],
)
def test_a_wrong_call_is_refused_as_a_whole(sandbox: Sandbox, change: dict, code: str) -> None:
    with pytest.raises(TencentCloudSDKException) as refusal:
        send(sandbox, "13800000001", **change)
    assert refusal.value.code == code
    assert refusal.value.requestId


def by_hand(
    sandbox: Sandbox, body: bytes, *, sent: bytes | None = None, age: int = 0, **headers: str
) -> dict:
    stamp = int(time.time()) - age
    host = f"127.0.0.1:{sandbox.port}"
    signed = [("content-type", "application/json"), ("host", host)]
    signature = tc3_signature(
        secret_key="demo-sms-key", service="sms", timestamp=stamp, headers=signed, body=body
    )
    date = time.strftime("%Y-%m-%d", time.gmtime(stamp))
    answer = requests.post(
        sandbox.url + "/",
        data=body if sent is None else sent,
        timeout=5,
        headers={
            "Content-Type": "application/json",
            "X-TC-Action": "SendSms",
            "X-TC-Version": "2021-01-11",
            "X-TC-Timestamp": str(stamp),
            "Authorization": f"TC3-HMAC-SHA256 Credential=AKIDdemo/{date}/sms/tc3_request, "
            f"SignedHeaders=content-type;host, Signature={signature}",
            **headers,
        },
    )
    assert answer.status_code == 200
    return answer.json()["Response"]


def test_what_the_signature_covers(sandbox: Sandbox) -> None:
    def refused(*args: object, **change: object) -> str:
        return by_hand(sandbox, *args, **change)["Error"]["Code"]  # type: ignore[arg-type]

    assert refused(b"{}") == "MissingParameter"
    assert refused(b"nonsense") == "FailedOperation.JsonParseFail"
    assert refused(b"{}", sent=b"{ }") == "AuthFailure.SignatureFailure"
    assert refused(b"{}", age=301) == "AuthFailure.SignatureExpire"
    assert refused(b"{}", **{"X-TC-Action": "Fly"}) == "InvalidAction"
    assert refused(b"{}", **{"X-TC-Version": "2019-07-11"}) == "NoSuchVersion"
    assert refused(b"{}", Authorization="Basic abc") == "AuthFailure.InvalidAuthorization"
