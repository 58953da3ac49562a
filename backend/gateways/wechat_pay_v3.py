"""WeChat Pay v3: wechatpayv3 names paths and fields and makes signatures; what leaves and what is believed
is decided here. See docs/adr/0020-wechat-pay-v3.md.

wechatpayv3 2.0.4 has no session and no timeout of its own, believes every error without looking for its
signature, and fetches certificates when a signature names a key that it does not know.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import requests
import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core
from wechatpayv3.type import RequestType
from wechatpayv3.utils import build_authorization, rsa_verify

from backend.gateways.outbound import Outbound, leave_through, never_sent
from backend.gateways.wechat_pay import NoAnswer
from backend.kernel.calls import REFUSED, Note
from backend.kernel.clock import Clock
from backend.kernel.money import Fen
from backend.kernel.settings import WECHAT_PAY_OFFICIAL, Settings

log = structlog.get_logger()
SCHEME = "WECHATPAY2-SHA256-RSA2048"
FRESH = timedelta(minutes=5)
"""So far a signed time may be from ours, for answers and notices."""
SIGN_ERROR = "SIGN_ERROR"
"""The one error that WeChat Pay cannot sign: it does not know who asked."""
ABOUT_US = {
    "ACCOUNT_ERROR",
    "APPID_MCHID_NOT_MATCH",
    "FREQUENCY_LIMITED",
    "MCH_NOT_EXISTS",
    "NOT_ENOUGH",
    "NO_AUTH",
    "RATELIMIT_EXCEEDED",
}
"""Refusals that no other order would escape."""
UNREADABLE = (OSError, ValueError, TypeError, UnsupportedAlgorithm)
MOST_FILE_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Reply:
    """A signed answer: the JSON object that it is, empty when there was none."""

    status: int
    fields: Mapping[str, Any]

    @property
    def code(self) -> str:
        """WeChat Pay's word for an error; "" when it names none."""
        return word(self.fields.get("code"))


Speak = Callable[[WeChatPay], requests.Response]


class _Core(Core):
    """wechatpayv3's core, which signs the very bytes that it sends, and hands answers over as they came."""

    def __init__(self, session: requests.Session, **words: Any) -> None:
        super().__init__(**words)
        self._session = session

    def request(
        self,
        path: str,
        method: RequestType = RequestType.GET,
        data: Mapping[str, Any] | None = None,
        **_: object,
    ) -> requests.Response:
        body = "" if data is None else json.dumps(data, ensure_ascii=False)
        signed = (path, method.value, self._mchid, self._cert_serial_no, self._private_key, body)
        headers = {
            "Accept": "application/json",
            "Authorization": build_authorization(*signed),
            "Content-Type": "application/json",
            "User-Agent": "e-shebao",
            "Wechatpay-Serial": self._public_key_id,
        }
        url = WECHAT_PAY_OFFICIAL + path
        return self._session.request(method.value, url, data=body.encode() or None, headers=headers)


class V3Calls:
    """Calls in the name of the collecting merchant. Keys are read when they are first needed."""

    def __init__(self, settings: Settings, clock: Clock, note: Note | None = None) -> None:
        self._settings = settings
        self._note = note or (lambda ms, failure: None)
        self._session = requests.Session()
        leave_through(self._session, Outbound(WECHAT_PAY_OFFICIAL, settings.wechat_pay_url, note))
        self.clock = clock
        self.trust = Trust(settings, clock)

    def ask(self, api: str, speak: Speak) -> Reply:
        """What WeChat Pay has answered and signed; raises NoAnswer."""
        response = self._fetched(api, speak)
        code = word(_object(response.content).get("code"))
        if not self.trust.signed(response.headers, response.content):
            self._refused(api, code if code == SIGN_ERROR else "unsigned")
            raise _silence(api, f"HTTP {response.status_code} unsigned", sent=True)
        if code in ABOUT_US:
            self._refused(api, code)
        return Reply(response.status_code, _object(response.content))

    def fetch_file(self, path: str) -> bytes:
        """A packed file, whose digest was told before: no signature covers it. Raises NoAnswer."""
        response = self._fetched("billdownload", lambda client: client._core.request(path))
        if response.status_code != requests.codes.ok:
            raise _silence("billdownload", f"HTTP {response.status_code}", sent=True)
        return unpacked(response.content)

    @cached_property
    def client(self) -> WeChatPay:
        """wechatpayv3's client, which talks through our core; raises NoAnswer without a good key."""
        settings = self._settings
        words = {"mchid": settings.collector_mch_id, "apiv3_key": settings.collector_api_key}
        words["cert_serial_no"] = settings.collector_cert_serial
        try:
            words["private_key"] = settings.collector_keys[0].read_text()
            words["public_key"] = self.trust.public_key_pem
            words["public_key_id"] = settings.wechat_pay_public_key_id
            url = settings.collector_notices_url
            client = WeChatPay(WeChatPayType.JSAPI, appid="", notify_url=url, **words)
            client._core = _Core(self._session, **words)
            if not isinstance(client._core._private_key, RSAPrivateKey):
                raise TypeError("no RSA key")  # wechatpayv3 takes an empty file for none at all
        except Exception as error:  # noqa: BLE001  wechatpayv3 raises nothing more exact
            self._note(0, type(error).__name__)
            raise _silence("keys", type(error).__name__, sent=False) from None
        return client

    def _fetched(self, api: str, speak: Speak) -> requests.Response:
        client = self.client
        try:
            return speak(client)
        except requests.RequestException as error:
            raise _silence(api, type(error).__name__, sent=not never_sent(error)) from None

    def _refused(self, api: str, code: str) -> None:
        """WeChat Pay would not serve the merchant: a person has to see why."""
        log.error("wechat pay refused", api=api, code=code)
        self._note(0, f"{REFUSED}: {code}")


class Trust:
    """Tells what WeChat Pay has signed for the collecting merchant, and what concerns another."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._file: Path = settings.collector_keys[1]
        self._key_id = settings.wechat_pay_public_key_id
        self._mch_id = settings.collector_mch_id
        self._appids = (settings.wechat_mini_appid, settings.wechat_oa_appid)

    def signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether WeChat Pay signed this, by the key that we know and within the last few minutes."""
        told = {name.lower(): value for name, value in headers.items()}
        stamp = told.get("wechatpay-timestamp", "")
        nonce, signature = told.get("wechatpay-nonce", ""), told.get("wechatpay-signature", "")
        known = told.get("wechatpay-serial") == self._key_id
        if not (known and nonce and signature and self._is_fresh(stamp)):
            return False
        if told.get("wechatpay-signature-type", SCHEME) != SCHEME:
            return False
        try:
            key = self._public_key
        except UNREADABLE as error:
            log.error("wechat pay's public key is no good", why=type(error).__name__)
            return False
        try:
            return bool(rsa_verify(stamp, nonce, body.decode(), signature, key))
        except UnicodeDecodeError:
            return False

    def about_us(self, fields: Mapping[str, Any], *, appid: bool = True) -> bool:
        """Whether an order is this merchant's, and of one of its apps."""
        ours = fields.get("mchid") == self._mch_id
        return ours and (not appid or fields.get("appid") in self._appids)

    @cached_property
    def public_key_pem(self) -> str:
        """WeChat Pay's public key, also out of a certificate; raises what a bad file raises."""
        plain = self._public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return plain.decode()

    @cached_property
    def _public_key(self) -> RSAPublicKey:
        content = self._file.read_bytes()
        certificate = b"BEGIN CERTIFICATE" in content
        key = load_pem_x509_certificate(content).public_key() if certificate else load_pem_public_key(content)
        if not isinstance(key, RSAPublicKey):
            raise TypeError("no RSA key")
        return key

    def _is_fresh(self, stamp: str) -> bool:
        if not re.fullmatch(r"[0-9]{1,12}", stamp):
            return False
        return abs(self._clock.now().timestamp() - int(stamp)) <= FRESH.total_seconds()


def word(told: object) -> str:
    """A code of theirs; anything that does not look like one could name somebody, and is none."""
    return told if isinstance(told, str) and re.fullmatch(r"[A-Z_]{1,40}", told) else ""


def reference(told: object) -> str | None:
    """A number of theirs."""
    return told if isinstance(told, str) and re.fullmatch(r"[0-9A-Za-z_-]{1,64}", told) else None


def fen(told: object) -> Fen | None:
    """A whole amount; a bool is none, although Python counts with it."""
    return Fen(told) if type(told) is int and 0 < told < 10**12 else None


def moment(told: object) -> datetime | None:
    """An instant with its zone."""
    try:
        at = datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None
    return at if at and at.tzinfo else None


def unpacked(content: bytes) -> bytes:
    """What was packed with gzip; raises NoAnswer unless it is all there, and of a size that can be held."""
    packed = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        plain = packed.decompress(content, MOST_FILE_BYTES)
    except zlib.error:
        raise NoAnswer("not packed", sent=True) from None
    if not packed.eof:
        raise NoAnswer("cut short, or too long", sent=True)
    return plain


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _silence(api: str, why: str, *, sent: bool) -> NoAnswer:
    log.warning("wechat pay did not answer", api=api, why=why, sent=sent)
    return NoAnswer(why, sent=sent)
