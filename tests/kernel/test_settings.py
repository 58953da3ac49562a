"""Production refuses to start on what only a demo may have, and names every reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backend.kernel.settings import (
    DEMO_SECRETS,
    SMS_OFFICIAL,
    WECHAT_OFFICIAL,
    WECHAT_PAY_OFFICIAL,
    Settings,
    UnsafeSettings,
)

ROOT = Path(__file__).resolve().parents[2]
SAFE: dict[str, Any] = {
    "environment": "production",
    "database_url": "postgresql://shebao_app@db/shebao",
    "database_owner_url": "postgresql://shebao_owner@db/shebao",
    "redis_url": "redis://redis/0",
    "keyring_file": Path("/etc/shebao/keyring.json"),
    "public_url": "https://shebao.example",
    "wechat_api_url": WECHAT_OFFICIAL,
    "sms_api_url": SMS_OFFICIAL,
    "wechat_pay_api_url": WECHAT_PAY_OFFICIAL,
    "wechat_pay_cert_path": Path("/etc/shebao/pay/cert.pem"),
    "wechat_pay_key_path": Path("/etc/shebao/pay/key.pem"),
    "bank_api_url": "https://direct.bank.example",
    "bank_key_file": Path("/etc/shebao/bank/bureau.pem"),
    "bank_public_key_file": Path("/etc/shebao/bank/bank.pub"),
    "tax_api_url": "https://link.tax.example",
    "tax_key_file": Path("/etc/shebao/tax/bureau.pem"),
    "tax_public_key_file": Path("/etc/shebao/tax/tax.pub"),
    "wechat_subscribe_templates": {"notice": "their own"},
    "wechat_oa_templates": {"notice": "their own"},
    "collector_key_file": Path("/etc/shebao/pay/collector.pem"),
    "wechat_pay_public_key_file": Path("/etc/shebao/pay/wechat.pub"),
    **dict.fromkeys(DEMO_SECRETS, "their own"),
    "collector_api_key": "their own, of just 32 characters",
}


def make(**changes: Any) -> Settings:
    return Settings(_env_file=None, **{**SAFE, **changes})  # type: ignore[call-arg]


def test_settings_of_ones_own_are_safe() -> None:
    assert make().refusals() == []
    make().require_safe()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"wechat_api_url": ""}, "WECHAT_API_URL"),
        ({"wechat_api_url": "http://127.0.0.1:8001"}, "WECHAT_API_URL"),
        ({"sms_api_url": ""}, "SMS_API_URL"),
        ({"bank_api_url": ""}, "BANK_API_URL"),
        ({"wechat_pay_api_url": ""}, "WECHAT_PAY_API_URL"),
        ({"wechat_pay_cert_path": Path()}, "WECHAT_PAY_CERT_PATH"),
        ({"wechat_pay_key_path": Path()}, "WECHAT_PAY_KEY_PATH"),
        ({"bank_key_file": Path()}, "BANK_KEY_FILE"),
        ({"collector_key_file": Path()}, "COLLECTOR_KEY_FILE"),
        ({"wechat_pay_public_key_file": Path()}, "WECHAT_PAY_PUBLIC_KEY_FILE"),
        ({"collector_api_key": "too short"}, "COLLECTOR_API_KEY"),
        ({"collector_notify_url": "http://shebao.example"}, "COLLECTOR_NOTIFY_URL"),
        ({"tax_api_url": ""}, "TAX_API_URL"),
        ({"tax_public_key_file": Path()}, "TAX_PUBLIC_KEY_FILE"),
        ({"debug": True}, "DEBUG"),
        ({"database_url": ""}, "DATABASE_URL"),
        ({"redis_url": ""}, "REDIS_URL"),
        ({"database_owner_url": ""}, "DATABASE_OWNER_URL"),
        ({"database_owner_url": SAFE["database_url"]}, "DATABASE_OWNER_URL"),
        ({"keyring_file": Path()}, "KEYRING_FILE"),
        ({"public_url": ""}, "PUBLIC_URL"),
        ({"wechat_subscribe_templates": {"notice": "demo-1"}}, "WECHAT_SUBSCRIBE_TEMPLATES"),
        ({"wechat_oa_templates": {"notice": "demo-1"}}, "WECHAT_OA_TEMPLATES"),
        ({"public_url": "http://shebao.example"}, "PUBLIC_URL"),
        *(({name: secret}, name.upper()) for name, secret in DEMO_SECRETS.items()),
    ],
)
def test_each_unsafe_setting_is_named(changes: dict[str, Any], named: str) -> None:
    [reason] = make(**changes).refusals()
    assert named in reason


def test_all_reasons_are_told_at_once_and_no_secret_is() -> None:
    with pytest.raises(UnsafeSettings) as refused:
        Settings(_env_file=None, environment="production", debug=True).require_safe()  # type: ignore[call-arg]
    told = str(refused.value)
    for name in ("WECHAT_API_URL", "SMS_API_URL", "DEBUG", "DATABASE_URL", "KEYRING_FILE", "PUBLIC_URL"):
        assert name in told
    assert not [secret for secret in DEMO_SECRETS.values() if secret in told]


@pytest.mark.parametrize("environment", ["demo", "test"])
def test_elsewhere_anything_goes(environment: str) -> None:
    assert Settings(_env_file=None, environment=environment).refusals() == []  # type: ignore[call-arg]


def test_an_unknown_environment_does_not_start() -> None:
    with pytest.raises(ValueError, match="environment"):
        make(environment="staging")


def test_the_page_of_settings_is_the_table() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    assert page.endswith(Settings.table())
    assert "`AUDIT_HEADS_FILE`" in page
