"""The personas have one bill for each of what can become of one."""

from __future__ import annotations

from dataclasses import dataclass

from backend.channels.ports import WeChatIdentity
from backend.collections import bills
from backend.collections.cashier import Cashier
from backend.collections.ports import PaymentProvider, TaxAuthority
from backend.demo import province, visitors
from backend.demo.bills import BOOKED, OPEN, PAID_TWICE, REFUNDED, Tills
from backend.demo.personas import personas
from backend.demo.phones import Phones
from backend.kernel.clock import FixedClock
from backend.people.queries import find_by_id_number
from backend.web.house import House
from tests.support.fakes import Outside
from tests.support.tills import MemoryTax, MemoryTill


@dataclass
class RememberedPhones(Phones):
    """The sandbox's phones in memory."""

    outside: Outside
    till: MemoryTill

    def register(self, phone: str, name: str) -> None:
        """See Phones."""

    def login_code(self, phone: str) -> str:
        return self.outside.miniprogram.give(WeChatIdentity(f"openid-of-{phone}", None))

    def phone_code(self, phone: str) -> str:
        return self.outside.phone_button.give(phone)

    def pay(self, order_number: str, *, late: bool = False) -> None:
        assert self.till.pay(order_number, late=late)


def test_the_personas_bills_tell_every_story_once(house: House, clock: FixedClock) -> None:
    outside, till = Outside(), MemoryTill(clock)
    outside.connect(house.ports)
    house.ports.provide(PaymentProvider, till)
    house.ports.provide(Cashier, Cashier(till))
    house.ports.provide(TaxAuthority, MemoryTax())  # type: ignore[arg-type]
    phones = RememberedPhones(outside, till)
    province.load(house.database, population=0)
    visitors.arrive(house.database, house.ports, phones)
    tills = Tills(house.database, house.ports, phones, "wx-demo")
    assert not tills.are_out()
    tills.hand_out()
    assert tills.are_out()

    told = {}
    with house.database.reading() as work:
        for wanted in (OPEN, BOOKED, PAID_TWICE, REFUNDED):
            persona = next(one for one in personas(clock.today()) if one.key == wanted.key)
            person_id = find_by_id_number(work, persona.person.id_number)
            [row] = work.session.scalars(bills.of_people([person_id]))
            said = bills.told(work, row.id)
            told[wanted.key] = (said.state, len(said.returns))
    assert told == {
        OPEN.key: ("unpaid", 0),
        BOOKED.key: ("booked", 0),
        PAID_TWICE.key: ("booked", 1),
        REFUNDED.key: ("returning", 1),
    }
