"""WeChat's signature and cipher on what it tells us, around wechatpy's.

wechatpy compares signatures in variable time, fills its messages up from a weak source, and lets damaged ones
raise whatever they run into.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import struct
from datetime import timedelta

from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import InvalidAppIdException
from wechatpy.utils import WeChatSigner

from backend.kernel.clock import Clock
from backend.kernel.settings import Settings
from backend.messages.ports import ForgedCallback, Letter

FRESH = timedelta(minutes=5)
ENVELOPE = (
    "<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
    "<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
)


class _Cipher(PrpCrypto):
    def get_random_string(self) -> bytes:
        return secrets.token_bytes(16)


class WeChatSeal:
    """Implements CallbackSeal for the two accounts, which share the callback's token and key."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._token = settings.wechat_oa_token
        self._cipher = _Cipher(base64.b64decode(settings.wechat_oa_aes_key + "="))
        self._appids = (settings.wechat_oa_appid, settings.wechat_mini_appid)
        self._clock = clock

    def check(self, signature: str, timestamp: str, nonce: str) -> None:
        """See `CallbackSeal`."""
        if not self._is_signed(signature, timestamp, nonce) or not self._is_fresh(timestamp):
            raise ForgedCallback

    def open(self, encrypted: str, signature: str, timestamp: str, nonce: str) -> Letter:
        """See `CallbackSeal`."""
        if not self._is_signed(signature, timestamp, nonce, encrypted):
            raise ForgedCallback
        for appid in self._appids:
            try:
                return Letter(self._cipher.decrypt(encrypted, appid), appid)
            except InvalidAppIdException:
                continue
            except (ValueError, IndexError, struct.error):
                break
        raise ForgedCallback

    def seal(self, xml: str, appid: str) -> str:
        """See `CallbackSeal`."""
        encrypted = self._cipher.encrypt(xml, appid).decode()
        timestamp, nonce = str(int(self._clock.now().timestamp())), secrets.token_hex(8)
        signature = self._signature(timestamp, nonce, encrypted)
        return ENVELOPE.format(encrypted=encrypted, signature=signature, timestamp=timestamp, nonce=nonce)

    def _is_signed(self, signature: str, *parts: str) -> bool:
        return hmac.compare_digest(signature.encode(), self._signature(*parts).encode())

    def _is_fresh(self, timestamp: str) -> bool:
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            return False
        return abs(self._clock.now().timestamp() - int(timestamp)) <= FRESH.total_seconds()

    def _signature(self, *parts: str) -> str:
        signer = WeChatSigner()
        signer.add_data(self._token, *parts)
        return str(signer.signature)
