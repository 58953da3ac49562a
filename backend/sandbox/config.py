"""What the stand-in knows about the product: the same accounts and secrets, read from the environment."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class App:
    """One account at WeChat; `key` is "mini" (mini-program) or "oa" (official account)."""

    key: str
    appid: str
    secret: str

    @property
    def original_id(self) -> str:
        """The `gh_...` name that appears as ToUserName in its messages."""
        return "gh_" + hashlib.sha256(self.appid.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class SmsAccount:
    """One account at Tencent Cloud SMS, with its approved signature."""

    secret_id: str
    secret_key: str
    sdk_app_id: str
    sign_name: str


@dataclass(frozen=True)
class Merchant:
    """The bureau as WeChat Pay knows it; `api_key` is the key of v2 signatures."""

    mch_id: str
    api_key: str


@dataclass(frozen=True)
class Collector:
    """The merchant that contributions are paid to, as WeChat Pay v3 knows it; `keys` holds both key pairs."""

    mch_id: str
    api_key: str
    serial: str
    public_key_id: str
    keys: Path


@dataclass(frozen=True)
class Link:
    """The bureau as the bank or the tax authority knows it; `keys` holds the key pairs of both."""

    client_id: str
    algorithm: str
    keys: Path


@dataclass(frozen=True)
class Config:
    """What stays the same while the process runs; `callback_seconds`: how long WeChat waits for an answer.

    `tax_receipt_seconds`, `tax_refund_seconds`: how long the tax authority takes, until the world's door says
    otherwise.
    """

    port: int
    folder: Path
    clock_file: Path
    authority_file: Path
    mini: App
    oa: App
    oa_token: str
    oa_aes_key: str
    sms: SmsAccount
    bank: Link
    tax: Link
    tax_receipt_seconds: float
    tax_refund_seconds: float
    merchant: Merchant
    collector: Collector
    callback_url: str
    callback_seconds: float
    public_url: str

    def app(self, key: str) -> App:
        """The account called "mini" or "oa"; KeyError for anything else."""
        return {"mini": self.mini, "oa": self.oa}[key]


def from_environment(environment: Mapping[str, str] = os.environ) -> Config:
    """Reads the settings, with the demo's values as defaults; ValueError where they make no sense."""
    if environment.get("ENVIRONMENT") == "production":
        raise ValueError("ENVIRONMENT=production: the sandbox only runs in demo and test")

    def read(name: str, default: str) -> str:
        return environment.get(name) or default

    port = int(read("PORT", "8000"))
    folder = Path(read("DATA_DIR", "./.data"))
    return Config(
        port=int(environment.get("SANDBOX_PORT") or 0) or port + 1,
        folder=folder / "sandbox",
        clock_file=folder / "clock.json",
        authority_file=folder / "tls" / "authority.pem",
        mini=App(
            "mini",
            read("WECHAT_MINI_APPID", "wxdemo0000000mini1"),
            read("WECHAT_MINI_SECRET", "demo-mini-secret"),
        ),
        oa=App(
            "oa", read("WECHAT_OA_APPID", "wxdemo00000000oa01"), read("WECHAT_OA_SECRET", "demo-oa-secret")
        ),
        oa_token=read("WECHAT_OA_TOKEN", "demooatoken"),
        oa_aes_key=read("WECHAT_OA_AES_KEY", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"),
        sms=SmsAccount(
            read("SMS_SECRET_ID", "AKIDdemo"),
            read("SMS_SECRET_KEY", "demo-sms-key"),
            read("SMS_SDK_APP_ID", "1400000000"),
            read("SMS_SIGN_NAME", "海南社保"),
        ),
        bank=Link(
            read("BANK_CLIENT_ID", "hnsb-demo"),
            read("BANK_ALGORITHM", "RSA-SHA256"),
            Path(read("BANK_KEYS", str(folder / "sandbox" / "bank-keys"))),
        ),
        tax=Link(
            read("TAX_CLIENT_ID", "hnsb-demo"),
            read("TAX_ALGORITHM", "RSA-SHA256"),
            Path(read("TAX_KEYS", str(folder / "sandbox" / "tax-keys"))),
        ),
        tax_receipt_seconds=float(read("TAX_RECEIPT_SECONDS", "0")),
        tax_refund_seconds=float(read("TAX_REFUND_SECONDS", "0")),
        merchant=Merchant(
            read("WECHAT_PAY_MCH_ID", "1900000109"),
            read("WECHAT_PAY_API_KEY", "demo0000000000000000000000000key"),
        ),
        collector=Collector(
            read("COLLECTOR_MCH_ID", "1900000209"),
            read("COLLECTOR_API_KEY", "demo0000000000000000000000v3-key"),
            read("COLLECTOR_CERT_SERIAL", "5E5BAA0000000000000000000000000000000001"),
            read("WECHAT_PAY_PUBLIC_KEY_ID", "PUB_KEY_ID_0119000002090000000000000000000001"),
            Path(read("PAY_KEYS", str(folder / "sandbox" / "pay-keys"))),
        ),
        callback_url=read("CALLBACK_URL", f"http://127.0.0.1:{port}/callbacks/wechat"),
        callback_seconds=float(read("CALLBACK_SECONDS", "5")),
        public_url=read("PUBLIC_URL", f"http://127.0.0.1:{port}"),
    )
