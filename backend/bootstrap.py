"""The only place that names concrete adapters, event handlers and schedules, and puts a process together."""

from __future__ import annotations

from importlib import import_module

from flask import Flask
from redis import Redis

from backend.admin import agencies, counter, people, staff
from backend.admin import session as staff_session
from backend.audit import heads, sealing
from backend.channels import handlers as channel_handlers
from backend.cli.groups import GROUPS
from backend.family import handlers as family_handlers
from backend.kernel.clock import Clock, SystemClock, TravellingClock, each_minute, each_night
from backend.kernel.crypto import Keyring, use_keyring
from backend.kernel.db import Database
from backend.kernel.jobs import DueWork, Registry, use_registry
from backend.kernel.logs import configure_logs
from backend.kernel.ports import Ports
from backend.kernel.schema import load_all_models
from backend.kernel.settings import Settings
from backend.people.commands import APPROVAL_KINDS as PEOPLE_KINDS
from backend.people.events import PersonDeceased, PersonMerged
from backend.staff.commands.roles import ROLE_CHANGE
from backend.staff.passwords import Passwords
from backend.web.application import build_application
from backend.web.edge import Blueprint
from backend.web.house import House
from backend.web.sessions import Sessions
from backend.worker.cli import worker
from backend.worker.runner import Worker
from backend.worklist import kinds
from miniprogram_api import channels as citizen_channels
from miniprogram_api import family as citizen_family
from miniprogram_api import me, sign_in
from miniprogram_api import people as citizen_people


def create_app(settings: Settings | None = None) -> Flask:
    """The web application, unconnected yet; raises UnsafeSettings in an unsafe production."""
    return create_app_of(build_house(settings or Settings()))


def create_app_of(house: House) -> Flask:
    """The web application of a house, with its command line."""
    app = build_application(house, all_blueprints())
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


def connect_adapters(house: House) -> None:
    """Provides the adapter of every port."""
    house.ports.provide(Passwords, Passwords(cheap=house.settings.environment == "test"))
    house.ports.provide(DueWork, Worker(house.database, house.registry))


def register_kinds() -> None:
    """Names which changes need a second person."""
    for kind in (*PEOPLE_KINDS, ROLE_CHANGE):
        kinds.register(kind)


def register_handlers(house: House) -> None:
    """Names which jobs exist, which events they listen to and what recurs."""
    jobs = house.registry
    jobs.local(sealing.SEAL, sealing.seal_due)
    jobs.calling(sealing.EXPORT, heads.export_to(house.settings.audit_heads_path))
    jobs.every("audit.seal", sealing.SEAL, each_minute)
    jobs.local(channel_handlers.PERSON_MERGED, channel_handlers.person_merged)
    jobs.on(PersonMerged, channel_handlers.PERSON_MERGED)
    jobs.local(family_handlers.PERSON_MERGED, family_handlers.person_merged)
    jobs.on(PersonMerged, family_handlers.PERSON_MERGED)
    jobs.local(family_handlers.PERSON_DECEASED, family_handlers.person_deceased)
    jobs.on(PersonDeceased, family_handlers.PERSON_DECEASED)
    jobs.local(family_handlers.EXPIRE, family_handlers.expire)
    jobs.every("family.expire", family_handlers.EXPIRE, each_night)


def all_blueprints() -> list[Blueprint]:
    """Every API blueprint."""
    staff_api = [agencies.blp, counter.blp, people.blp, staff.blp, staff_session.blp]
    citizens_api = [sign_in.blp, me.blp, citizen_channels.blp, citizen_family.blp, citizen_people.blp]
    return staff_api + citizens_api
