"""Who sends a generated request: whoever may, mostly; sometimes somebody else, or with a cookie."""

from __future__ import annotations

from collections import Counter
from http.cookies import SimpleCookie

from schemathesis import AuthContext, Case
from schemathesis.wfc.escalation import EscalatingAuthProvider

from backend.web.access import COOKIES
from backend.web.sessions import SessionKind, csrf_token
from tests.contract.valid import Valid
from tests.system.world import CITIZENS, STAFF, World

PEERS = ("bound", "certify")
"""Two citizens who have nothing to do with each other: what one reads, the other must not."""
ONE_IN = 6


class _Key:
    """The session of one caller."""

    def __init__(self, world: World, name: str) -> None:
        self._name = name
        self._token = world.callers[name].token
        self._kind: SessionKind = "staff" if name in STAFF else "citizen"

    def get(self, _case: Case, _context: AuthContext) -> str:
        return "token"

    def set(self, case: Case, way: str, _context: AuthContext) -> None:
        case._auth_identity = self._name
        if way == "cookie":
            case.cookies[COOKIES[self._kind]] = self._token
            case.headers["X-CSRF-Token"] = csrf_token(self._token)
        else:
            case.headers["Authorization"] = f"Bearer {self._token}"


class Keys(EscalatingAuthProvider):
    """Signs a case in by its operation's `security`, and by what the permission table says of it.

    It is a provider of several identities, since only such a one makes the check of object-level
    authorization ask again as somebody else.
    """

    def __init__(self, world: World, known: dict[str, Valid]) -> None:
        names = list(world.callers)
        super().__init__([_Key(world, name) for name in names], names, peers=PEERS)
        self._known = known
        self._turns: Counter[str] = Counter()

    def get(self, case: Case, context: AuthContext) -> tuple[str, str] | None:
        known = self._known[case.operation.label]
        if not case.operation.definition.raw.get("security"):
            for cookie in SimpleCookie(known.headers.get("Cookie")).values():
                case.cookies[cookie.key] = cookie.value
            return None
        self._turns[case.operation.label] += 1
        turn, role = self._turns[case.operation.label], known.role
        if turn % ONE_IN == 0:
            others = STAFF if role in STAFF else CITIZENS
            role = others[turn // ONE_IN % len(others)]
        return role, "cookie" if turn % ONE_IN == 1 else "token"

    def set(self, case: Case, data: tuple[str, str], context: AuthContext) -> None:
        role, way = data
        self.provider_for(role).set(case, way, context)

    def record(self, label: str, identity: str | None, status_code: int) -> None:
        """Learns nothing: who may what is known."""
