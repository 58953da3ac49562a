"""What waits on the desks of the demo: changes of cards, and payouts that a clerk entered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from uuid import UUID

from backend.demo import material
from backend.demo.people_data import DemoPerson, Situation
from backend.kernel.actor import Actor
from backend.kernel.clock import FixedClock
from backend.kernel.db import Work
from backend.kernel.money import Fen
from backend.payouts import commands as payouts
from backend.people import commands as people
from backend.people import queries as people_queries

WAITING = 60
REASONS = ("旧卡已注销", "换领新社保卡", "原卡遗失，已挂失", "开户银行网点撤并", "本人要求更换银行")


PAYOUTS = 12
PURPOSES = (("丧葬补助金", 1_000_000), ("养老金补发", 386_540), ("工伤医疗费报销", 128_066))


def leave_work(
    work: Work, clock: FixedClock, clerk: Actor, crowd: Sequence[DemoPerson], *, seed: int
) -> None:
    """Has a clerk ask for another card for some people, and for money for others; `clock` moves ahead."""
    _card_changes(work, clock, clerk, crowd, seed=seed)
    _payouts(work, clerk, crowd)


def _payouts(work: Work, clerk: Actor, crowd: Sequence[DemoPerson]) -> None:
    """Some wait for a clerk to send them on, some for a supervisor to let them go."""
    found = [people_queries.find_by_id_number(work, one.id_number) for one in crowd]
    records = [people_queries.record(work, person_id) for person_id in found if person_id]
    entered: dict[UUID, list[UUID]] = defaultdict(list)
    for number, one in enumerate([one for one in records if one.bank_card][:PAYOUTS]):
        purpose, amount = PURPOSES[number % len(PURPOSES)]
        payout_id = payouts.request_for_person(
            work,
            by=clerk,
            person_id=one.person_id,
            amount=Fen(amount),
            purpose=purpose,
            reference=f"琼社发{work.clock.today().year}-{101 + number}",
        )
        entered[one.agency_id].append(payout_id)
    for payout_ids in list(entered.values())[:2]:
        payouts.propose_release(work, by=clerk, payout_ids=payout_ids, note="材料已核对")


def _card_changes(
    work: Work, clock: FixedClock, clerk: Actor, crowd: Sequence[DemoPerson], *, seed: int
) -> None:
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
