"""What a newcomer reads once the demo stands: where to look and whom to sign in as."""

from __future__ import annotations

from backend.kernel.settings import Settings


def lines(settings: Settings) -> list[str]:
    """The closing lines of `make run`."""
    return [
        "The demo is up. Ctrl-C ends it; its data stay until `make reset`.",
        f"  web       {settings.site_url}",
        f"  API       {settings.site_url}/api/docs",
        f"  phones    {settings.sandbox_url}   (what SMS and WeChat delivered)",
    ]
