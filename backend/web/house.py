"""What a running process consists of, handed to the edge as one object."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app
from redis import Redis

from backend.kernel.clock import Clock
from backend.kernel.db import Database
from backend.kernel.jobs import Registry
from backend.kernel.ports import Ports
from backend.kernel.settings import Settings
from backend.web.sessions import Sessions


@dataclass(frozen=True)
class House:
    """Settings, clock, database, Redis, sessions, the adapters of all ports, and the jobs there are."""

    settings: Settings
    clock: Clock
    database: Database
    redis: Redis
    sessions: Sessions
    ports: Ports
    registry: Registry


def house() -> House:
    """The house of the current application."""
    return house_of(current_app)


def house_of(app: Flask) -> House:
    """The house of an application."""
    found: House = app.extensions["house"]
    return found
