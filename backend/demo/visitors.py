"""The personas pick up their phones: they sign in through WeChat, prove their names, help each other."""

from __future__ import annotations

from datetime import timedelta

from backend.channels import commands as channels
from backend.channels.ports import MiniProgramPhone, MiniProgramSignIn
from backend.channels.queries import signed_in
from backend.demo.people_data import Situation
from backend.demo.personas import Persona, personas
from backend.demo.phones import Phones
from backend.family import commands as family
from backend.family.queries import may_act
from backend.family.rules import Relation, Scope
from backend.kernel.actor import Actor, Origin, anonymous
from backend.kernel.db import Database, Work
from backend.kernel.ports import Ports
from backend.people.queries import find_by_id_number

LEFT_TO_TRY = {"two_employers", "stale_phone"}
"""These have not bound their phones yet, so that a newcomer can do it."""
ORIGIN = Origin("demo", "127.0.0.1", "-")


def arrive(database: Database, ports: Ports, phones: Phones) -> None:
    """Puts every persona's phone into the sandbox; those who are alive and not left to try bind it."""
    people = {one.key: one for one in personas(database.clock.today())}
    visitors: dict[str, Actor] = {}
    for persona in people.values():
        phones.register(persona.phone_in_use, persona.person.name)
        if persona.key not in LEFT_TO_TRY and persona.person.situation is not Situation.DECEASED:
            visitors[persona.key] = _bind(database, ports, phones, persona)
    for persona in people.values():
        if persona.helps:
            _help(database, visitors[persona.key], visitors[persona.helps], people[persona.helps])


def have_arrived(database: Database) -> bool:
    """Whether all of this is done; its last step lets helpers act for those they help."""
    known = {one.key: one.person.id_number for one in personas(database.clock.today())}
    pairs = [(one.key, one.helps) for one in personas(database.clock.today()) if one.helps]
    with database.reading() as work:
        found = {key: find_by_id_number(work, number) for key, number in known.items()}
        return all(
            may_act(work, helper, helped, Scope.LOOK, work.clock.today())
            for helper, helped in ((found[one], found[other]) for one, other in pairs)
            if helper and helped
        )


def _bind(database: Database, ports: Ports, phones: Phones, persona: Persona) -> Actor:
    identity = ports.get(MiniProgramSignIn).identify(phones.login_code(persona.phone_in_use))
    number = ports.get(MiniProgramPhone).phone(phones.phone_code(persona.phone_in_use))
    with database.work() as work:
        opened = channels.sign_in_through_wechat(
            work, by=anonymous(ORIGIN), kind="miniprogram", identity=identity
        )
        visitor = _visitor(work, opened)
        channels.take_verified_phone(work, by=visitor, phone=number)
        if not opened.bound:
            channels.bind(
                work,
                by=visitor,
                name=persona.person.name,
                id_number=persona.person.id_number,
                proof=channels.PhoneProof(),
            )
        return _visitor(work, opened)


def _visitor(work: Work, opened: channels.SignedIn) -> Actor:
    found = signed_in(work, opened.channel_id)
    if found is None:
        raise LookupError(opened.channel_id)
    return found


def _help(database: Database, helper: Actor, principal: Actor, persona: Persona) -> None:
    with database.work() as work:
        delegation_id = family.ask(
            work,
            by=helper,
            name=persona.person.name,
            id_number=persona.person.id_number,
            relation=Relation.PARENT,
            scopes=("look", "certify", "pay"),
            until=work.clock.today() + timedelta(days=365),
        )
        family.agree(work, by=principal, delegation_id=delegation_id)
