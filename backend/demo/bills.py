"""What the personas are to pay, and have: one bill each for what can become of one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.channels import queries as channels
from backend.collections import bills, commands, queries
from backend.collections.cashier import Cashier, Opened, Payer
from backend.collections.ports import PaymentProvider, TaxAuthority
from backend.collections.receipts import ReceiptDesk
from backend.collections.settling import settle
from backend.demo.personas import personas
from backend.demo.phones import Phones
from backend.kernel.actor import Actor
from backend.kernel.db import Database, Work
from backend.kernel.money import Fen
from backend.kernel.ports import Ports
from backend.payouts import commands as payouts
from backend.people.queries import find_by_id_number
from backend.staff import queries as staff

CLERK = "clerk.province"


@dataclass(frozen=True)
class Wanted:
    """What a clerk asks a persona for."""

    key: str
    paper: int
    amount: Fen
    description: str


OPEN = Wanted("courier", 11, Fen(97_572), "灵活就业养老保险费")
BOOKED = Wanted("daughter", 12, Fen(48_640), "补缴养老保险费")
PAID_TWICE = Wanted("grandmother", 13, Fen(32_000), "补缴养老保险费差额")
REFUNDED = Wanted("due_soon", 14, Fen(65_048), "补缴养老保险费")
LAST = REFUNDED


class Tills:
    """Hands out bills and has them paid on the phones of the sandbox."""

    def __init__(self, database: Database, ports: Ports, phones: Phones, appid: str) -> None:
        self._database, self._phones, self._appid = database, phones, appid
        self._cashier, self._provider = ports.get(Cashier), ports.get(PaymentProvider)
        self._tax = ports.get(TaxAuthority)

    def are_out(self) -> bool:
        """Whether all of this is done; its last step is the last bill."""
        with self._database.reading() as work:
            person_id = self._person(work, LAST.key)
            return bool(work.session.scalars(bills.of_people([person_id])).first())

    def hand_out(self) -> None:
        """Asks for all, and has paid what is to be paid; the worker sees to the rest."""
        self._asked(OPEN)
        paid = self._asked(BOOKED)
        self._pay(self._open(paid, BOOKED.key))
        self._pay_twice(self._asked(PAID_TWICE), by=(BOOKED.key, PAID_TWICE.key))
        back = self._asked(REFUNDED)
        self._pay(self._open(back, REFUNDED.key))
        self._ask_back(back)
        ReceiptDesk(self._tax).fetch(self._database, {})

    def _asked(self, wanted: Wanted) -> UUID:
        with self._database.work() as work:
            return commands.request_for_person(
                work,
                by=_clerk(work),
                person_id=self._person(work, wanted.key),
                amount=wanted.amount,
                description=wanted.description,
                reference=f"琼社核{work.clock.today().year}-{wanted.paper:03d}",
            )

    def _open(self, bill_id: UUID, key: str) -> Opened:
        with self._database.reading() as work:
            known = channels.addresses(work, self._person(work, key))
        openid = next(one.openid for one in known if one.kind == "miniprogram" and one.openid)
        payer = Payer(self._appid, openid)
        return self._cashier.pay(self._database, collection_id=bill_id, payer=payer)

    def _pay(self, opened: Opened, *, late: bool = False) -> None:
        """The web that would hear of it does not stand yet; so it is asked about."""
        self._phones.pay(opened.number, late=late)
        answer = self._provider.query(opened.number)
        with self._database.work() as work:
            settle(work, opened.order_id, answer)

    def _pay_twice(self, bill_id: UUID, *, by: tuple[str, str]) -> None:
        """The slower payment was under way when the other one came in between."""
        slower, faster = (self._open(bill_id, key) for key in by)
        self._pay(faster)
        self._pay(slower, late=True)

    def _ask_back(self, bill_id: UUID) -> None:
        with self._database.work() as work:
            clerk = _clerk(work)
            version = queries.collection(work, by=clerk, collection_id=bill_id).version
            commands.request_refund(
                work, by=clerk, collection_id=bill_id, version=version, reason="已退休，多缴退回"
            )
            work.session.flush()
            [payment] = queries.payments(work, bill_id)
            going = [one.payout_id for one in payment.refunds]
            payouts.propose_release(work, by=clerk, payout_ids=going, note="已核对缴费记录")

    def _person(self, work: Work, key: str) -> UUID:
        known = next(one for one in personas(work.clock.today()) if one.key == key)
        person_id = find_by_id_number(work, known.person.id_number)
        if person_id is None:
            raise LookupError(key)
        return person_id


def _clerk(work: Work) -> Actor:
    staff_id = staff.id_of(work, CLERK)
    found = staff.signed_in(work, staff_id) if staff_id else None
    if found is None:
        raise LookupError(CLERK)
    return found.actor
