"""The only place that names concrete adapters, event handlers and schedules, and puts a process together."""

from __future__ import annotations

from importlib import import_module

from flask import Flask
from redis import Redis

from backend.bootstrap.adapters import connect_adapters
from backend.bootstrap.blueprints import all_blueprints
from backend.bootstrap.registers import register_handlers, register_kinds
from backend.callbacks import wechat
from backend.cli.groups import GROUPS
from backend.kernel.clock import Clock, SystemClock, TravellingClock
from backend.kernel.crypto import Keyring, use_keyring
from backend.kernel.db import Database
from backend.kernel.jobs import Registry, use_registry
from backend.kernel.logs import configure_logs
from backend.kernel.ports import Ports
from backend.kernel.schema import load_all_models
from backend.kernel.settings import Settings
from backend.law.queries import law
from backend.web import pages
from backend.web.application import build_application
from backend.web.house import House
from backend.web.sessions import Sessions
from backend.worker.cli import worker
from miniprogram_api import verify_page


def create_app(settings: Settings | None = None) -> Flask:
    """The web application, unconnected yet; raises UnsafeSettings in an unsafe production."""
    return create_app_of(build_house(settings or Settings()))


def create_app_of(house: House) -> Flask:
    """The web application of a house, with its command line; raises LawMistake when the law is wrong."""
    law()
    outside_api = [wechat.blueprint, verify_page.blueprint, pages.blueprint]
    if house.settings.sandboxed_demo:
        outside_api.append(import_module("backend.demo.door").blueprint)
    app = build_application(house, all_blueprints(), outside_api)
    for group in (*GROUPS, worker):
        app.cli.add_command(group)
    if not house.settings.production:  # the demo needs packages that production does not install
        app.cli.add_command(import_module("backend.demo.cli").demo)
    return app


def build_house(settings: Settings) -> House:
    """All parts of a process, unconnected."""
    settings.require_safe()
    configure_logs(settings.log_level)
    clock = build_clock(settings)
    redis = Redis.from_url(settings.redis, socket_timeout=2, socket_connect_timeout=2)
    database = Database(settings.app_database, clock, pool_size=settings.database_pool)
    return assemble(settings, load_keyring(settings), clock, database, redis)


def assemble(settings: Settings, keyring: Keyring, clock: Clock, database: Database, redis: Redis) -> House:
    """Joins given parts into a house and makes its keyring and its jobs those of this process."""
    load_all_models()
    use_keyring(keyring)
    house = House(settings, clock, database, redis, Sessions(redis, clock), Ports(), Registry())
    connect_adapters(house)
    register_kinds()
    register_handlers(house)
    use_registry(house.registry)
    return house


def build_clock(settings: Settings) -> Clock:
    """The system clock; in the demo, one that can be moved ahead."""
    if settings.environment == "demo":
        return TravellingClock(settings.data_dir / "clock.json")
    return SystemClock()


def load_keyring(settings: Settings) -> Keyring:
    """The keyring file; outside production a missing one is made."""
    path = settings.keyring_path
    if not path.exists() and not settings.production:
        path.parent.mkdir(parents=True, exist_ok=True)
        Keyring.generate().save(path)
    return Keyring.load(path)
