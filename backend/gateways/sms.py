"""SMS through Tencent Cloud, whose SDK signs; where it calls, how long it waits, what errors mean is ours."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta

import structlog
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.sms.v20210111 import models
from tencentcloud.sms.v20210111.sms_client import SmsClient

from backend.gateways.outbound import Outbound, leave_through, never_sent
from backend.kernel.calls import REFUSED, Note
from backend.kernel.errors import Invalid, Limited, OutcomeUnknown, Unavailable
from backend.kernel.settings import SMS_OFFICIAL, Settings
from backend.messages.ports import Refused

log = structlog.get_logger()
REGION = "ap-guangzhou"
LINK = re.compile(r"://|\bwww\.|[\w-]+\.(?:[a-z]{2,}|中国|公司|网络)(?![a-z])", re.IGNORECASE)
LIMITS = {
    "LimitExceeded.PhoneNumberThirtySecondLimit": timedelta(seconds=30),
    "LimitExceeded.PhoneNumberOneHourLimit": timedelta(hours=1),
    "LimitExceeded.PhoneNumberDailyLimit": timedelta(days=1),
    "LimitExceeded.PhoneNumberSameContentDailyLimit": timedelta(days=1),
}
BAD_NUMBERS = {
    "InvalidParameterValue.IncorrectPhoneNumber",
    "FailedOperation.PhoneNumberInBlacklist",
    "UnsupportedOperation.UnsupportedRegion",
}
PERHAPS_SENT = {"InternalError.SendAndRecvFail", "InternalError.Timeout"}


class PhoneRefused(Invalid):
    """The carrier does not deliver to this number."""

    code = "phone_refused"
    title = "该手机号无法接收短信，请更换手机号"


class TencentSms:
    """Implements SmsSender and NoticeSender."""

    def __init__(self, settings: Settings, note: Note | None = None) -> None:
        self._settings = settings
        self._note = note or (lambda ms, failure: None)
        self._client = SmsClient(Credential(settings.sms_secret_id, settings.sms_secret_key), REGION)
        adapter = Outbound(SMS_OFFICIAL, settings.sms_url, note)
        leave_through(self._client.request.conn._session, adapter)

    def send_code(self, phone: str, code: str, minutes: int) -> None:
        """See `SmsSender`; also raises PhoneRefused, and Limited where the carrier has had enough."""
        self._send(phone, self._settings.sms_code_template, [code, str(minutes)])

    def send_notice(self, phone: str, text: str) -> str:
        """See `NoticeSender`."""
        if holds_link(text):
            raise Refused("rejected", "link")
        try:
            return self._send(phone, self._settings.sms_notice_template, [text])
        except PhoneRefused as error:
            raise Refused("unknown_recipient", str(error.detail)) from None
        except Limited:
            raise Unavailable from None

    def _send(self, phone: str, template: str, words: list[str]) -> str:
        request = models.SendSmsRequest()
        request.PhoneNumberSet = [f"+86{phone}"]
        request.SmsSdkAppId = self._settings.sms_sdk_app_id
        request.SignName = self._settings.sms_sign_name
        request.TemplateId = template
        request.TemplateParamSet = words
        try:
            statuses = self._client.SendSms(request).SendStatusSet
        except TencentCloudSDKException as error:
            raise self._problem(error) from None
        if not statuses:
            log.warning("the sms carrier's answer is none")
            raise OutcomeUnknown
        if statuses[0].Code == "Ok":
            return str(statuses[0].SerialNo)
        raise self._refusal(statuses[0].Code)

    def _problem(self, error: TencentCloudSDKException) -> Exception:
        """The whole call failed: an answer carries a request id, anything else is silence."""
        log.warning("sms call failed", code=error.code, request=error.requestId)
        if error.requestId:
            return self._refusal(error.code)
        if error.code == "ServerNetworkError" or never_sent(error):
            return Unavailable()
        return OutcomeUnknown()

    def _refusal(self, code: str) -> Exception:
        if code in LIMITS:
            return Limited(retry_after=LIMITS[code])
        if code in BAD_NUMBERS:
            return PhoneRefused()
        log.error("the sms carrier refused", code=code)
        self._note(0, f"{REFUSED}: {code}")
        return OutcomeUnknown() if code in PERHAPS_SENT else Unavailable()


def holds_link(text: str) -> bool:
    """Whether a text holds anything that a phone would make tappable as a web address."""
    return LINK.search(unicodedata.normalize("NFKC", text)) is not None
