"""Production does not run as a role that owns its tables, or as a superuser, and says so."""

from __future__ import annotations

import pytest

from backend.demo.servers import ThrowawayServers, superuser_url
from backend.kernel.schema import require_safe_role
from backend.kernel.settings import Settings, UnsafeSettings
from tests.conftest import TEMPLATE


def production(url: str) -> Settings:
    return Settings(_env_file=None, environment="production", database_url=url)  # type: ignore[call-arg]


def test_the_owner_of_the_tables_is_refused(servers: ThrowawayServers) -> None:
    with pytest.raises(UnsafeSettings, match=r"role owns [0-9]+ tables"):
        require_safe_role(production(servers.owner_url(TEMPLATE)))


def test_a_superuser_is_refused(servers: ThrowawayServers) -> None:
    with pytest.raises(UnsafeSettings, match="superuser"):
        require_safe_role(production(superuser_url(servers.data_dir, TEMPLATE)))


def test_the_application_role_may_run(servers: ThrowawayServers) -> None:
    require_safe_role(production(servers.app_url(TEMPLATE)))
