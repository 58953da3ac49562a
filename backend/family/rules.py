"""Terms of a delegation: for whom, for what, until when; and which state may follow which."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from enum import StrEnum

from backend.kernel.errors import FieldError, Invalid

MOST_HELPED = 5
"""The ministry's app lets one registered account certify for up to five other people."""
REQUEST_HOLDS = timedelta(days=7)
LONGEST_YEARS = 5


class Scope(StrEnum):
    """What a helper may do."""

    LOOK = "look"
    CERTIFY = "certify"
    PAY = "pay"


class Relation(StrEnum):
    """What the principal is to the helper."""

    SPOUSE = "spouse"
    PARENT = "parent"
    CHILD = "child"
    GRANDPARENT = "grandparent"
    GRANDCHILD = "grandchild"
    SIBLING = "sibling"
    OTHER = "other"


class State(StrEnum):
    """Where a delegation stands."""

    REQUESTED = "requested"
    ACTIVE = "active"
    REFUSED = "refused"
    ENDED = "ended"
    EXPIRED = "expired"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.REQUESTED: frozenset({State.ACTIVE, State.REFUSED, State.ENDED, State.EXPIRED}),
    State.ACTIVE: frozenset({State.ENDED, State.EXPIRED}),
    State.REFUSED: frozenset(),
    State.ENDED: frozenset(),
    State.EXPIRED: frozenset(),
}
OPEN = tuple(state for state, following in TRANSITIONS.items() if following)


def check_terms(scopes: Collection[str], until: date, today: date) -> None:
    """Raises Invalid for a delegation without scopes, in the past, or longer than five years."""
    problems = []
    if not scopes or len(set(scopes)) != len(scopes) or not set(scopes) <= set(Scope):
        problems.append(FieldError("scopes", "请至少选择一项授权内容，且不要重复"))
    if until < today:
        problems.append(FieldError("until", "截止日期不能早于今天"))
    elif until > latest_until(today):
        problems.append(FieldError("until", f"授权最长{LONGEST_YEARS}年，请选择更近的截止日期"))
    if problems:
        raise Invalid(fields=tuple(problems))


def latest_until(today: date) -> date:
    """The last day that a delegation made today may run to."""
    year = today.year + LONGEST_YEARS
    if (today.month, today.day) == (2, 29):  # five years after a leap day there is none
        return date(year, 2, 28)
    return today.replace(year=year)


def state_now(state: str, *, until: date, request_expires_at: datetime, now: datetime, today: date) -> State:
    """The state as of now: an open one may have run out since it was last written."""
    if state == State.REQUESTED and (request_expires_at <= now or until < today):
        return State.EXPIRED
    if state == State.ACTIVE and until < today:
        return State.EXPIRED
    return State(state)
