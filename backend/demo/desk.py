"""What waits on the desks of the demo: changes of cards that clerks asked for and supervisors decide on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from backend.demo import material
from backend.demo.people_data import DemoPerson, Situation
from backend.kernel.actor import Actor
from backend.kernel.clock import FixedClock
from backend.kernel.db import Work
from backend.people import commands as people
from backend.people import queries as people_queries

WAITING = 60
REASONS = ("旧卡已注销", "换领新社保卡", "原卡遗失，已挂失", "开户银行网点撤并", "本人要求更换银行")


def leave_work(
    work: Work, clock: FixedClock, clerk: Actor, crowd: Sequence[DemoPerson], *, seed: int
) -> None:
    """Has a clerk ask for another card for some people, within a day; `clock` moves ahead."""
    rng = Random(seed)  # noqa: S311 the same seed gives the same desks
    living = [one for one in crowd if one.situation not in (Situation.DECEASED, Situation.MOVED)]
    banks = material.material()["banks"]
    for person in rng.sample(living, min(WAITING, len(living))):
        clock.set(clock.now() + timedelta(minutes=rng.randint(1, 25)))
        person_id = people_queries.find_by_id_number(work, person.id_number)
        if person_id is None:
            raise LookupError(person.id_number)
        bank = rng.choice(sorted(banks))
        people.propose_bank_card(
            work,
            by=clerk,
            person_id=person_id,
            bank=bank,
            number=material.card_number(banks[bank], rng.randrange(10**12)),
            note=rng.choice(REASONS),
        )
