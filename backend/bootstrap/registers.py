"""Which kinds of work there are, which jobs exist, what they listen to and what recurs."""

from __future__ import annotations

from backend.accounts import runs as interest_runs
from backend.audit import heads, sealing
from backend.channels import handlers as channel_handlers
from backend.collections import cases as collection_cases
from backend.collections import handlers as collection_handlers
from backend.collections import kinds as collection_kinds
from backend.collections import receipts, watching
from backend.collections.ports import PaymentProvider, TaxAuthority
from backend.collections.receipts import ReceiptDesk
from backend.collections.watching import Watch
from backend.documents import commands as document_commands
from backend.documents import handlers as document_handlers
from backend.family import handlers as family_handlers
from backend.kernel import housekeeping
from backend.kernel.clock import each_minute, each_night
from backend.messages import commands as message_commands
from backend.messages import handlers as message_handlers
from backend.messages import ports as message_ports
from backend.messages.courier import LEASE, Courier
from backend.payouts import commands as payout_commands
from backend.payouts import courier as payout_courier
from backend.payouts import kinds as payout_kinds
from backend.payouts import settling as payout_settling
from backend.payouts.courier import Courier as PayoutCourier
from backend.payouts.events import PayoutSettled
from backend.people.commands import APPROVAL_KINDS as PEOPLE_KINDS
from backend.people.events import PersonDeceased, PersonMerged
from backend.reconciliation import reconciler as reconciler_job
from backend.reconciliation import tasks as reconciliation_tasks
from backend.reconciliation.ports import Channels
from backend.reconciliation.reconciler import Reconciler
from backend.staff import lockout
from backend.staff.commands.roles import ROLE_CHANGE
from backend.web.house import House
from backend.worklist import kinds


def register_kinds() -> None:
    """Names which changes need a second person, which cases a clerk, and what money is paid out for."""
    approvals = (*PEOPLE_KINDS, ROLE_CHANGE, interest_runs.INTEREST_RUN, *payout_commands.APPROVAL_KINDS)
    for task in (*approvals, payout_settling.CASE, collection_cases.CASE, *reconciliation_tasks.KINDS):
        kinds.register(task)
    for kind in (payout_kinds.ONE_OFF, *collection_kinds.PAYOUT_KINDS):
        payout_kinds.register(kind)
    collection_kinds.register(collection_kinds.COUNTER_BILL)


def register_handlers(house: House) -> None:
    """Names which jobs exist, which events they listen to and what recurs."""
    jobs = house.registry
    jobs.local(sealing.SEAL, sealing.seal_due)
    jobs.calling(sealing.EXPORT, heads.export_to(house.settings.audit_heads_path))
    jobs.every("audit.seal", sealing.SEAL, each_minute)
    jobs.local(channel_handlers.PERSON_MERGED, channel_handlers.person_merged)
    jobs.on(PersonMerged, channel_handlers.PERSON_MERGED)
    jobs.local(channel_handlers.FORGET_CODES, channel_handlers.forget_old_codes)
    jobs.every("channels.forget_codes", channel_handlers.FORGET_CODES, each_night)
    jobs.local(family_handlers.PERSON_MERGED, family_handlers.person_merged)
    jobs.on(PersonMerged, family_handlers.PERSON_MERGED)
    jobs.local(family_handlers.PERSON_DECEASED, family_handlers.person_deceased)
    jobs.on(PersonDeceased, family_handlers.PERSON_DECEASED)
    jobs.local(family_handlers.EXPIRE, family_handlers.expire)
    jobs.every("family.expire", family_handlers.EXPIRE, each_night)
    jobs.local(lockout.FORGET, lockout.forget_old)
    jobs.every("staff.forget_failures", lockout.FORGET, each_night)
    jobs.local(interest_runs.POST, interest_runs.post_some)
    jobs.local(housekeeping.FORGET, housekeeping.forget_old)
    jobs.every("kernel.forget", housekeeping.FORGET, each_night)
    jobs.local(document_commands.MAKE, document_handlers.make_with(house.settings))
    register_payouts(house)
    register_collections(house)
    register_reconciliation(house)
    register_messages(house)


def register_payouts(house: House) -> None:
    """Money is carried out by whichever worker comes first."""
    courier = house.ports.get(PayoutCourier)
    house.registry.calling(payout_courier.CARRY, courier.carry, lease=payout_courier.LEASE)
    house.registry.every("payouts.carry", payout_courier.CARRY, payout_courier.next_turn)


def register_collections(house: House) -> None:
    """The watch over what is to be paid and receipted; refunds go out as payouts, and tell so."""
    get = house.ports.get
    watch, desk = Watch(get(PaymentProvider)), ReceiptDesk(get(TaxAuthority))
    house.registry.calling(watching.WATCH, watch.look, lease=watching.LEASE)
    house.registry.every("collections.watch", watching.WATCH, watching.next_turn)
    house.registry.calling(receipts.RECEIPTS, desk.fetch, lease=receipts.LEASE)
    house.registry.every("collections.receipts", receipts.RECEIPTS, receipts.next_turn)
    house.registry.local(collection_handlers.REFUND_SETTLED, collection_handlers.refund_settled)
    house.registry.on(PayoutSettled, collection_handlers.REFUND_SETTLED, wants=collection_handlers.is_refund)


def register_reconciliation(house: House) -> None:
    """Day-end files are asked for from the night on, until they are there."""
    reconciler = Reconciler(house.ports.get(Channels))
    house.registry.calling(reconciler_job.RUN, reconciler.run, lease=reconciler_job.LEASE)
    house.registry.every("reconciliation.run", reconciler_job.RUN, reconciler_job.next_turn)


def register_messages(house: House) -> None:
    """What people are told of, and how it is carried to them."""
    get = house.ports.get
    courier = Courier(
        subscribe=get(message_ports.SubscribeSender),
        template=get(message_ports.TemplateSender),
        sms=get(message_ports.NoticeSender),
        followers=get(message_ports.Followers),
    )
    house.registry.calling(message_commands.DELIVER, courier.deliver, lease=LEASE)
    house.registry.calling(message_commands.LEARN_UNIONID, courier.learn_unionid, lease=LEASE)
    for event, handle in message_handlers.ON:
        kind = f"messages.{event.name}"
        house.registry.local(kind, handle)
        house.registry.on(event, kind)
