"""The one clock. Instants are aware UTC; business dates are those of Asia/Shanghai."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the time. Everything that needs `now` receives one; nothing reads the system clock by itself."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...

    def today(self) -> date:
        """The current business date in Asia/Shanghai."""
        ...


def business_date(instant: datetime) -> date:
    """The date in Asia/Shanghai at an aware instant."""
    return instant.astimezone(SHANGHAI).date()


def midnight(day: date, *, after: int = 0) -> datetime:
    """When a business date, or the one so many days `after` it, begins."""
    return datetime.combine(day + timedelta(days=after), time.min, SHANGHAI)


def each_minute(after: datetime) -> datetime:
    """The next full minute after an instant; for schedules."""
    return after.replace(second=0, microsecond=0) + timedelta(minutes=1)


def each_night(after: datetime) -> datetime:
    """The next 03:00 in Asia/Shanghai after an instant, when nobody waits; for schedules."""
    local = after.astimezone(SHANGHAI)
    tonight = local.replace(hour=3, minute=0, second=0, microsecond=0)
    return (tonight if tonight > local else tonight + timedelta(days=1)).astimezone(UTC)


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def today(self) -> date:
        return business_date(self.now())


class FixedClock:
    """A clock that moves only when told to; for tests and for building the demo province."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def today(self) -> date:
        return business_date(self._at)

    def advance(self, by: timedelta) -> None:
        """Moves the clock forward (or back) by `by`."""
        self._at += by

    def set(self, at: datetime) -> None:
        """Sets the clock to an aware instant."""
        self._at = at.astimezone(UTC)


class TravellingClock:
    """The system clock plus a whole number of days kept in a file; only the demo has one.

    All processes of one demo share the file, so that they agree on the date.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, timedelta] = (0, timedelta())

    def offset(self) -> timedelta:
        """How far this clock is ahead of the system clock."""
        try:
            changed = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return timedelta()
        if changed != self._seen[0]:
            self._seen = (changed, timedelta(days=json.loads(self._path.read_text())["days"]))
        return self._seen[1]

    def advance(self, days: int) -> None:
        """Moves the clock `days` ahead for every process that shares the file."""
        total = self.offset().days + days
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps({"days": total}))
        draft.replace(self._path)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset()

    def today(self) -> date:
        return business_date(self.now())
