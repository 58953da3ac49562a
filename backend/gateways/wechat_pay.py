"""WeChat Pay v2: wechatpy signs and sends; whether an answer is to be believed is decided here.

wechatpy 1.8.18 believes answers without a signature, and leaves the number 0 out of those it makes: answers
are read here, and every value is compared as text. What it and requests raise is never passed on.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import requests
import structlog
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from wechatpy.exceptions import WeChatPayException
from wechatpy.pay import WeChatPay
from wechatpy.pay.utils import calculate_signature, calculate_signature_hmac

from backend.gateways.outbound import Outbound, leave_through, never_sent
from backend.kernel.calls import REFUSED, Note
from backend.kernel.settings import WECHAT_PAY_OFFICIAL, Settings

log = structlog.get_logger()
Sign = Callable[[Mapping[str, str], str], str]
MD5: Sign = calculate_signature
HMAC_SHA256: Sign = calculate_signature_hmac
Speak = Callable[[WeChatPay], Any]


class NoAnswer(Exception):
    """The call got no answer that can be believed; `sent` says whether it may have had its effect."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


class _Client(WeChatPay):
    """wechatpy's client, which hands answers over as they came."""

    def _handle_result(self, res: requests.Response) -> requests.Response:
        return res


class PayCalls:
    """Calls in the name of the merchant and of its official account."""

    def __init__(self, settings: Settings, note: Note | None = None) -> None:
        self._note = note or (lambda ms, failure: None)
        self._key = settings.wechat_pay_api_key
        files = (settings.wechat_pay_cert_path, settings.wechat_pay_key_path)
        cert, key = (None if file == Path() else str(file) for file in files)
        self._client = _Client(
            settings.wechat_oa_appid, self._key, settings.wechat_pay_mch_id, mch_cert=cert, mch_key=key
        )
        leave_through(self._client._http, Outbound(WECHAT_PAY_OFFICIAL, settings.wechat_pay_url, note))

    def ask(self, api: str, speak: Speak) -> Mapping[str, str]:
        """The signed fields of an answer; raises NoAnswer."""
        return self.believed(api, self.fetch(api, speak))

    def fetch(self, api: str, speak: Speak) -> bytes:
        """What came back, whatever it is; raises NoAnswer."""
        try:
            content: bytes = speak(self._client).content
        except WeChatPayException as error:
            raise _silence(api, f"HTTP {error.response.status_code}", sent=True) from None
        except requests.RequestException as error:
            raise _silence(api, type(error).__name__, sent=not never_sent(error)) from None
        except OSError as error:  # requests looks for the certificate's files before it connects
            raise _silence(api, type(error).__name__, sent=False) from None
        return content

    def believed(self, api: str, content: bytes, sign: Sign = MD5) -> Mapping[str, str]:
        """The fields of an answer that WeChat Pay has signed; raises NoAnswer.

        What is nested inside it is covered by no signature, and left out.
        """
        fields = _fields(content)
        told = fields.pop("sign", "")
        if not fields or not hmac.compare_digest(sign(fields, self._key).encode(), told.encode()):
            self._note(0, f"{REFUSED}: unsigned")
            raise _silence(api, "no signed answer", sent=True)
        return fields

    def refused(self, api: str, code: str) -> None:
        """WeChat Pay would not serve the merchant: a person has to see why."""
        log.error("wechat pay refused", api=api, code=code)
        self._note(0, f"{REFUSED}: {code}")


def succeeded(answer: Mapping[str, str]) -> bool:
    """Whether the call was heard, and did what it is for."""
    return answer.get("return_code") == "SUCCESS" and answer.get("result_code") == "SUCCESS"


def _silence(api: str, why: str, *, sent: bool) -> NoAnswer:
    log.warning("wechat pay did not answer", api=api, why=why, sent=sent)
    return NoAnswer(why, sent=sent)


def _fields(content: bytes) -> dict[str, str]:
    """The flat fields of an XML answer; none of one that is not well made, or that names a field twice."""
    try:
        root = fromstring(content)
    except (ParseError, DefusedXmlException, ValueError):
        return {}
    flat = [(field.tag, field.text or "") for field in root if not len(field)]
    fields = dict(flat)
    return fields if root.tag == "xml" and len(fields) == len(flat) else {}
