"""Settings, typed, from the environment and `.env`; `docs/settings.md` is printed from here."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend.kernel.local import local_database_url, local_redis_url, network_address

DEMO_SECRETS = {
    "wechat_mini_secret": "demo-mini-secret",
    "wechat_oa_secret": "demo-oa-secret",
    "wechat_oa_token": "demooatoken",
    "wechat_oa_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "wechat_pay_api_key": "demo0000000000000000000000000key",
    "collector_mch_id": "1900000209",
    "collector_api_key": "demo0000000000000000000000v3-key",
    "collector_cert_serial": "5E5BAA0000000000000000000000000000000001",
    "wechat_pay_public_key_id": "PUB_KEY_ID_0119000002090000000000000000000001",
    "sms_secret_key": "demo-sms-key",
}
WECHAT_OFFICIAL = "https://api.weixin.qq.com"
WECHAT_PAY_OFFICIAL = "https://api.mch.weixin.qq.com"
API_V3_KEY_BYTES = 32
SMS_OFFICIAL = "https://sms.tencentcloudapi.com"


class UnsafeSettings(Exception):
    """Production settings that must not run; the message names every one of them."""


class Settings(BaseSettings):
    """Every field is an environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    environment: Literal["demo", "test", "production"] = Field("demo", description="Where this runs.")
    debug: bool = Field(False, description="Flask's debugger; never in production.")
    port: int = Field(8000, description="Port of the web process.")
    sandbox_port: int = Field(0, description="Port of the sandbox; 0 means PORT + 1.")
    data_dir: Path = Field(Path(".data"), description="Keyring, embedded servers, exported audit heads.")
    database_url: str = Field("", description="The application's role; empty: the embedded PostgreSQL.")
    database_owner_url: str = Field(
        "",
        description="The role that owns the tables, for migrations; empty: DATABASE_URL, or embedded.",
    )
    database_pool: int = Field(4, description="Pooled connections per process.")
    redis_url: str = Field("", description="Sessions, caches, wake-ups; empty: the embedded Redis.")
    keyring_file: Path = Field(Path(), description="Encryption keys; empty: DATA_DIR/keyring.json.")
    audit_heads_file: Path = Field(
        Path(), description="Where signed audit heads are appended; empty: DATA_DIR/audit-heads.jsonl."
    )
    public_url: str = Field("", description="How phones reach this server; empty: http://127.0.0.1:PORT.")
    https: bool = Field(
        False, description="The demo serves https to the local network, with a certificate of its own."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level logged.")
    web_workers: int = Field(0, description="gunicorn workers; 0 means twice the cores.")
    max_waiting: int = Field(0, description="Requests that may wait before 503; 0 means six per worker.")
    trusted_proxies: int = Field(0, description="Proxies in front whose X-Forwarded-For is believed.")

    wechat_api_url: str = Field("", description="WeChat's API; empty: the sandbox (never in production).")
    wechat_mini_appid: str = Field("wxdemo0000000mini1", description="The mini-program.")
    wechat_mini_secret: str = Field(DEMO_SECRETS["wechat_mini_secret"], description="Its secret.")
    wechat_oa_appid: str = Field("wxdemo00000000oa01", description="The official account.")
    wechat_oa_secret: str = Field(DEMO_SECRETS["wechat_oa_secret"], description="Its secret.")
    wechat_oa_token: str = Field(DEMO_SECRETS["wechat_oa_token"], description="Token of its callback.")
    wechat_oa_aes_key: str = Field(DEMO_SECRETS["wechat_oa_aes_key"], description="AES key of its callback.")
    wechat_subscribe_templates: dict[str, str] = Field(
        {"result": "demo-mini-result"}, description="JSON: card to id of the mini-program's template."
    )
    wechat_oa_templates: dict[str, str] = Field(
        {"result": "demo-oa-result"}, description="JSON: card to id of the official account's template."
    )
    wechat_pay_api_url: str = Field("", description="WeChat Pay; empty: the sandbox (never in production).")
    wechat_pay_mch_id: str = Field("1900000109", description="The merchant that sends red packets.")
    wechat_pay_api_key: str = Field(
        DEMO_SECRETS["wechat_pay_api_key"], description="Its key of v2 signatures, 32 characters."
    )
    wechat_pay_cert_path: Path = Field(Path(), description="Its client certificate; the sandbox needs none.")
    wechat_pay_key_path: Path = Field(Path(), description="The private key of that certificate.")
    wechat_pay_public_key_id: str = Field(
        DEMO_SECRETS["wechat_pay_public_key_id"],
        description="The key that WeChat Pay signs with: PUB_KEY_ID_..., or the serial of its certificate.",
    )
    wechat_pay_public_key_file: Path = Field(
        Path(), description="That public key, or WeChat Pay's certificate; empty: the sandbox's."
    )
    collector_mch_id: str = Field(
        DEMO_SECRETS["collector_mch_id"], description="The merchant that contributions are paid to."
    )
    collector_api_key: str = Field(
        DEMO_SECRETS["collector_api_key"], description="Its APIv3 key, 32 characters."
    )
    collector_cert_serial: str = Field(
        DEMO_SECRETS["collector_cert_serial"], description="The serial number of its certificate."
    )
    collector_key_file: Path = Field(
        Path(), description="The private key of that certificate; empty: the sandbox's."
    )
    collector_notify_url: str = Field(
        "", description="How WeChat Pay reaches this server to tell of payments; empty: PUBLIC_URL."
    )
    red_packet_sender: str = Field("海南社保", description="Who a red packet is from, at most 32 bytes.")
    sms_api_url: str = Field("", description="Tencent Cloud SMS; empty: the sandbox (never in production).")
    sms_secret_id: str = Field("AKIDdemo", description="Its access key id.")
    sms_secret_key: str = Field(DEMO_SECRETS["sms_secret_key"], description="Its access key.")
    sms_sdk_app_id: str = Field("1400000000", description="Its application.")
    sms_sign_name: str = Field("海南社保", description="Signature shown in each message.")
    sms_code_template: str = Field("1001", description="Template of one-time codes: {1} code, {2} minutes.")
    bank_api_url: str = Field("", description="The bank's link; empty: the sandbox (never in production).")
    bank_client_id: str = Field("hnsb-demo", description="The bureau, as the bank calls it.")
    bank_algorithm: Literal["SM2-SM3", "RSA-SHA256"] = Field(
        "RSA-SHA256", description="How both sign; SM2-SM3 needs OpenSSL's command line."
    )
    bank_key_file: Path = Field(Path(), description="Our private key; empty: the sandbox's.")
    bank_public_key_file: Path = Field(Path(), description="The bank's public key; empty: the sandbox's.")
    tax_api_url: str = Field("", description="The tax link; empty: the sandbox (never in production).")
    tax_client_id: str = Field("hnsb-demo", description="The bureau, as the tax authority calls it.")
    tax_algorithm: Literal["SM2-SM3", "RSA-SHA256"] = Field(
        "RSA-SHA256", description="How both sign; SM2-SM3 needs OpenSSL's command line."
    )
    tax_key_file: Path = Field(Path(), description="Our private key; empty: the sandbox's.")
    tax_public_key_file: Path = Field(Path(), description="The authority's public key; empty: the sandbox's.")
    sms_notice_template: str = Field("1002", description="Template of plain notices: {1} text.")

    @property
    def production(self) -> bool:
        """Whether real people depend on this process."""
        return self.environment == "production"

    @property
    def sandboxed_demo(self) -> bool:
        """Whether this is the demo, with nobody outside but the sandbox."""
        outside = (self.wechat_api_url, self.wechat_pay_api_url, self.sms_api_url)
        return self.environment == "demo" and not any((*outside, self.bank_api_url, self.tax_api_url))

    @property
    def sandbox_url(self) -> str:
        """Where the sandbox answers."""
        return f"http://127.0.0.1:{self.sandbox_port or self.port + 1}"

    @property
    def app_database(self) -> str:
        """SQLAlchemy URL of the application's role."""
        return _with_driver(self.database_url or local_database_url(self.data_dir, "shebao_app"))

    @property
    def owner_database(self) -> str:
        """SQLAlchemy URL of the owning role."""
        if self.database_owner_url or self.database_url:
            return _with_driver(self.database_owner_url or self.database_url)
        return _with_driver(local_database_url(self.data_dir, "shebao_owner"))

    @property
    def redis(self) -> str:
        """URL of Redis."""
        return self.redis_url or local_redis_url(self.data_dir)

    @property
    def keyring_path(self) -> Path:
        """The keyring file."""
        return self.data_dir / "keyring.json" if self.keyring_file == Path() else self.keyring_file

    @property
    def audit_heads_path(self) -> Path:
        """The file of exported audit heads."""
        return (
            self.data_dir / "audit-heads.jsonl" if self.audit_heads_file == Path() else self.audit_heads_file
        )

    @property
    def site_url(self) -> str:
        """The address that phones and messages use."""
        if self.public_url:
            return self.public_url
        return f"https://{network_address()}:{self.port}" if self.https else f"http://127.0.0.1:{self.port}"

    @property
    def wechat_url(self) -> str:
        """Where WeChat's API is spoken to."""
        return self.wechat_api_url or self.sandbox_url

    @property
    def wechat_pay_url(self) -> str:
        """Where WeChat Pay is spoken to."""
        return self.wechat_pay_api_url or self.sandbox_url

    @property
    def collector_keys(self) -> tuple[Path, Path]:
        """The collecting merchant's private key, and WeChat Pay's public one."""
        folder = self.data_dir / "sandbox" / "pay-keys"
        own, theirs = self.collector_key_file, self.wechat_pay_public_key_file
        return (
            folder / "bureau.pem" if own == Path() else own,
            folder / "wechat.pub" if theirs == Path() else theirs,
        )

    @property
    def collector_notices_url(self) -> str:
        """Where WeChat Pay tells of payments and refunds; it takes no query."""
        return f"{(self.collector_notify_url or self.site_url).rstrip('/')}/callbacks/wechat-pay"

    @property
    def bank_url(self) -> str:
        """Where the bank is spoken to."""
        return self.bank_api_url or self.sandbox_url

    @property
    def bank_keys(self) -> tuple[Path, Path]:
        """Our private key, and the bank's public one."""
        folder = self.data_dir / "sandbox" / "bank-keys"
        own, bank = self.bank_key_file, self.bank_public_key_file
        return (
            folder / "bureau.pem" if own == Path() else own,
            folder / "bank.pub" if bank == Path() else bank,
        )

    @property
    def tax_url(self) -> str:
        """Where the tax authority is spoken to."""
        return self.tax_api_url or self.sandbox_url

    @property
    def tax_keys(self) -> tuple[Path, Path]:
        """Our private key, and the tax authority's public one."""
        folder = self.data_dir / "sandbox" / "tax-keys"
        own, tax = self.tax_key_file, self.tax_public_key_file
        return (
            folder / "bureau.pem" if own == Path() else own,
            folder / "tax.pub" if tax == Path() else tax,
        )

    @property
    def sms_url(self) -> str:
        """Where the SMS provider is spoken to."""
        return self.sms_api_url or self.sandbox_url

    def refusals(self) -> list[str]:
        """Why these settings must not run in production; empty when they may."""
        if not self.production:
            return []
        reasons = [
            f"{name.upper()} is the demo's"
            for name, value in DEMO_SECRETS.items()
            if getattr(self, name) == value
        ]
        templates = (*self.wechat_subscribe_templates.values(), *self.wechat_oa_templates.values())
        if any(template.startswith("demo-") for template in templates):
            reasons.append("WECHAT_SUBSCRIBE_TEMPLATES or WECHAT_OA_TEMPLATES names the demo's templates")
        if self.wechat_api_url != WECHAT_OFFICIAL:
            reasons.append(f"WECHAT_API_URL is not {WECHAT_OFFICIAL}: a sandbox gateway")
        if self.wechat_pay_api_url != WECHAT_PAY_OFFICIAL:
            reasons.append(f"WECHAT_PAY_API_URL is not {WECHAT_PAY_OFFICIAL}: a sandbox gateway")
        if Path() in (self.wechat_pay_cert_path, self.wechat_pay_key_path):
            reasons.append(
                "WECHAT_PAY_CERT_PATH or WECHAT_PAY_KEY_PATH is empty: WeChat Pay asks for a certificate"
            )
        if Path() in (self.collector_key_file, self.wechat_pay_public_key_file):
            reasons.append("COLLECTOR_KEY_FILE or WECHAT_PAY_PUBLIC_KEY_FILE is empty: the sandbox's keys")
        if len(self.collector_api_key.encode()) != API_V3_KEY_BYTES:
            reasons.append("COLLECTOR_API_KEY is not 32 characters long: no notice could be opened")
        if not (self.collector_notify_url or "https://").startswith("https://"):
            reasons.append("COLLECTOR_NOTIFY_URL is not https")
        if self.sms_api_url != SMS_OFFICIAL:
            reasons.append(f"SMS_API_URL is not {SMS_OFFICIAL}: a sandbox gateway")
        if not self.bank_api_url:
            reasons.append("BANK_API_URL is empty: a sandbox gateway")
        if Path() in (self.bank_key_file, self.bank_public_key_file):
            reasons.append("BANK_KEY_FILE or BANK_PUBLIC_KEY_FILE is empty: the sandbox's keys")
        if not self.tax_api_url:
            reasons.append("TAX_API_URL is empty: a sandbox gateway")
        if Path() in (self.tax_key_file, self.tax_public_key_file):
            reasons.append("TAX_KEY_FILE or TAX_PUBLIC_KEY_FILE is empty: the sandbox's keys")
        if self.debug:
            reasons.append("DEBUG is on")
        if self.https:
            reasons.append("HTTPS is on: its certificate is the demo's; nginx serves https")
        if not self.database_url or not self.redis_url:
            reasons.append("DATABASE_URL or REDIS_URL is empty: the embedded servers are for the demo only")
        if self.database_owner_url in ("", self.database_url):
            reasons.append(
                "DATABASE_OWNER_URL is empty or equals DATABASE_URL: the application would own its tables"
            )
        if self.keyring_file == Path():
            reasons.append("KEYRING_FILE is empty: the keyring must be placed on purpose")
        if not self.public_url.startswith("https://"):
            reasons.append("PUBLIC_URL is not https")
        return reasons

    def require_safe(self) -> None:
        """Raises UnsafeSettings with every reason."""
        if reasons := self.refusals():
            raise UnsafeSettings("refusing to start in production: " + "; ".join(reasons))

    @classmethod
    def table(cls) -> str:
        """All settings as a Markdown table."""
        rows = ["| Variable | Default | Meaning |", "|---|---|---|"]
        for name, field in cls.model_fields.items():
            shown = "" if field.default == Path() else str(field.default)
            rows.append(f"| `{name.upper()}` | {f'`{shown}`' if shown else ''} | {field.description} |")
        return "\n".join(rows) + "\n"


def _with_driver(url: str) -> str:
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
