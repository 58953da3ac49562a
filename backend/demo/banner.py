"""What a newcomer reads once the demo stands: where to look and whom to sign in as."""

from __future__ import annotations

from backend.demo.offices import PASSWORD, STAFF
from backend.demo.personas import personas
from backend.kernel.clock import TravellingClock
from backend.kernel.settings import Settings

ADMINISTRATORS = ("system.admin", "security.admin", "audit.admin")


def lines(settings: Settings) -> list[str]:
    """The closing lines of `make run`."""
    today = TravellingClock(settings.data_dir / "clock.json").today()
    people = [f"    {one.phone_in_use}  {one.person.name}：{one.story}" for one in personas(today)]
    staff = ", ".join((*(member.username for member in STAFF), *ADMINISTRATORS))
    return [
        "The demo is up. Ctrl-C ends it; its data stay until `make reset`.",
        f"  mobile    {settings.site_url}/m/          (for citizens; pick a person there)",
        f"  console   {settings.site_url}/console/    (for staff; pick one there)",
        *_trust(settings),
        f"  API       {settings.site_url}/api/docs",
        f"  phones    {settings.sandbox_url}   (what WeChat and SMS delivered, and buttons to press)",
        "  people    by phone:",
        *people,
        f"  staff     {staff}",
        f"            password {PASSWORD}, dynamic code: .venv/bin/flask staff totp USERNAME",
    ]


def _trust(settings: Settings) -> list[str]:
    if not settings.https:
        return []
    authority = f"{settings.site_url}/api/demo/authority.pem"
    return [f"            reached by phones of this network; to be rid of their warning, trust {authority}"]
