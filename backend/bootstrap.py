"""The only place that names concrete adapters, event handlers and schedules, and puts a process together."""

from __future__ import annotations

from datetime import time
from importlib import import_module

from flask import Flask
from redis import Redis

from backend.accounts import runs as interest_runs
from backend.admin import accounts as staff_accounts
from backend.admin import (
    agencies,
    approvals,
    audit,
    collections,
    counter,
    dashboard,
    payouts,
    people,
    reconciliation,
    roles,
    staff,
    systems,
    tasks,
)
from backend.admin import jobs as staff_jobs
from backend.admin import law as staff_law
from backend.admin import session as staff_session
from backend.audit import heads, sealing
from backend.callbacks import wechat
from backend.channels import handlers as channel_handlers
from backend.channels.ports import MiniProgramPhone, MiniProgramSignIn, OfficialAccountSignIn, SmsSender
from backend.cli.groups import GROUPS
from backend.collections import cases as collection_cases
from backend.collections import handlers as collection_handlers
from backend.collections import kinds as collection_kinds
from backend.collections import receipts, watching
from backend.collections.carrier import RefundCarrier
from backend.collections.cashier import Cashier
from backend.collections.ports import NoticeReader, PaymentProvider, RefundProvider, TaxAuthority
from backend.collections.receipts import ReceiptDesk
from backend.collections.reconciling import OrderRecords, ReceiptRecords
from backend.collections.watching import Watch
from backend.documents import commands as document_commands
from backend.documents import handlers as document_handlers
from backend.family import handlers as family_handlers
from backend.gateways.bank import BankLink
from backend.gateways.bank_files import BankDayFiles
from backend.gateways.bank_signing import signer
from backend.gateways.red_packet import RedPackets, WalletFlows
from backend.gateways.sms import TencentSms
from backend.gateways.tax import TaxLink
from backend.gateways.tax_files import TaxDayFiles
from backend.gateways.wechat_callback import WeChatSeal
from backend.gateways.wechat_mini import MiniProgram
from backend.gateways.wechat_oa import OfficialAccount
from backend.gateways.wechat_orders import WeChatOrders, WeChatRefunds
from backend.gateways.wechat_pay_notices import WeChatPayNotices
from backend.gateways.wechat_trade_bill import TradeBills
from backend.kernel import housekeeping
from backend.kernel.calls import Calls, System
from backend.kernel.clock import Clock, SystemClock, TravellingClock, each_minute, each_night
from backend.kernel.crypto import Keyring, use_keyring
from backend.kernel.db import Database
from backend.kernel.jobs import DueWork, Registry, use_registry
from backend.kernel.logs import configure_logs
from backend.kernel.ports import Ports
from backend.kernel.schema import load_all_models
from backend.kernel.settings import Settings
from backend.law.queries import law
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
from backend.payouts.ports import PayoutProvider, Provider
from backend.payouts.reconciling import PayoutRecords
from backend.people.commands import APPROVAL_KINDS as PEOPLE_KINDS
from backend.people.events import PersonDeceased, PersonMerged
from backend.reconciliation import reconciler as reconciler_job
from backend.reconciliation import tasks as reconciliation_tasks
from backend.reconciliation.ports import Channel, Channels
from backend.reconciliation.reconciler import Reconciler
from backend.staff import lockout
from backend.staff.commands.roles import ROLE_CHANGE
from backend.staff.passwords import Passwords
from backend.web import pages
from backend.web.application import build_application
from backend.web.edge import Blueprint
from backend.web.house import House
from backend.web.sessions import Sessions
from backend.worker.cli import worker
from backend.worker.runner import Worker
from backend.worklist import kinds
from miniprogram_api import accounts as citizen_accounts
from miniprogram_api import bills, js_config, me, messages, pensions, sign_in, statements, verify_page
from miniprogram_api import channels as citizen_channels
from miniprogram_api import documents as citizen_documents
from miniprogram_api import family as citizen_family
from miniprogram_api import people as citizen_people


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


def connect_adapters(house: House) -> None:
    """Provides the adapter of every port."""
    house.ports.provide(Passwords, Passwords(cheap=house.settings.environment == "test"))
    house.ports.provide(DueWork, Worker(house.database, house.registry))
    connect_wechat_and_sms(house)
    connect_tax(house)
    connect_collections(house)
    connect_payout_providers(house)
    connect_day_files(house)


def connect_wechat_and_sms(house: House) -> None:
    """The mini-program, the official account and the SMS carrier."""
    calls = Calls(house.redis, house.clock)
    mini = MiniProgram(house.settings, house.redis, calls.noting(System.MINIPROGRAM))
    account = OfficialAccount(house.settings, house.redis, house.clock, calls.noting(System.OFFICIAL_ACCOUNT))
    sms = TencentSms(house.settings, calls.noting(System.SMS))
    house.ports.provide(Calls, calls)
    house.ports.provide(MiniProgramSignIn, mini)
    house.ports.provide(MiniProgramPhone, mini)
    house.ports.provide(message_ports.SubscribeSender, mini)
    house.ports.provide(OfficialAccountSignIn, account)
    house.ports.provide(message_ports.TemplateSender, account)
    house.ports.provide(message_ports.ChatSender, account)
    house.ports.provide(message_ports.Followers, account)
    house.ports.provide(message_ports.Menus, account)
    house.ports.provide(message_ports.PageSigner, account)
    house.ports.provide(message_ports.CallbackSeal, WeChatSeal(house.settings, house.clock))
    house.ports.provide(SmsSender, sms)
    house.ports.provide(message_ports.NoticeSender, sms)


def connect_payout_providers(house: House) -> None:
    """Who carries money out: the bank for benefits, WeChat Pay for red packets; refunds go as they came."""
    settings, calls = house.settings, house.ports.get(Calls)
    keys = signer(settings.bank_algorithm, *settings.bank_keys)
    bank = BankLink(settings.bank_url, settings.bank_client_id, keys, house.clock, calls.noting(System.BANK))
    packets = RedPackets(settings, house.clock, calls.noting(System.WECHAT_PAY))
    providers: dict[Provider, PayoutProvider] = {
        Provider.BANK: bank,
        Provider.RED_PACKET: packets,
        Provider.WECHAT_REFUND: RefundCarrier(house.ports.get(RefundProvider)),
        Provider.TAX_REFUND: RefundCarrier(house.ports.get(TaxAuthority)),
    }
    house.ports.provide(PayoutCourier, PayoutCourier(providers))


def connect_tax(house: House) -> None:
    """Whom contributions are collected by."""
    settings, note = house.settings, house.ports.get(Calls).noting(System.TAX)
    keys = signer(settings.tax_algorithm, *settings.tax_keys)
    house.ports.provide(
        TaxAuthority, TaxLink(settings.tax_url, settings.tax_client_id, keys, house.clock, note)
    )


def connect_collections(house: House) -> None:
    """Whom citizens pay in WeChat, and who sends their money back; the tax authority is the merchant."""
    settings, note = house.settings, house.ports.get(Calls).noting(System.WECHAT_PAY)
    house.ports.provide(PaymentProvider, WeChatOrders(settings, house.clock, note))
    house.ports.provide(RefundProvider, WeChatRefunds(settings, house.clock, note))
    house.ports.provide(Cashier, Cashier(house.ports.get(PaymentProvider)))
    house.ports.provide(NoticeReader, WeChatPayNotices(settings, house.clock))


def connect_day_files(house: House) -> None:
    """Whose day-end files are compared with what we believe."""
    settings, calls = house.settings, house.ports.get(Calls)
    keys = signer(settings.bank_algorithm, *settings.bank_keys)
    note = calls.noting(System.BANK)
    bank_files = BankDayFiles(settings.bank_url, settings.bank_client_id, keys, house.clock, note)
    bank = Channel("bank", Provider.BANK.label, bank_files, [PayoutRecords(Provider.BANK)])
    wallet = Channel(
        "red_packet",
        "微信商户钱包",
        WalletFlows(settings, calls.noting(System.WECHAT_PAY)),
        [PayoutRecords(Provider.RED_PACKET, charged_first=True)],
        ready_by=time(10),
        quiet_days=True,
    )
    house.ports.provide(Channels, Channels([bank, wallet, *_collectors(house)]))


def _collectors(house: House) -> list[Channel]:
    """What citizens paid, what the tax authority receipted, and what either sent back."""
    settings, calls = house.settings, house.ports.get(Calls)
    bills = TradeBills(settings, house.clock, calls.noting(System.WECHAT_PAY))
    keys = signer(settings.tax_algorithm, *settings.tax_keys)
    note = calls.noting(System.TAX)
    files = TaxDayFiles(settings.tax_url, settings.tax_client_id, keys, house.clock, note)
    return [
        Channel(
            "wechat_pay",
            "微信支付",
            bills,
            [OrderRecords(), PayoutRecords(Provider.WECHAT_REFUND, charged_first=True)],
            ready_by=time(10),
            quiet_days=True,
        ),
        Channel("tax", "税务征收", files, [ReceiptRecords(), PayoutRecords(Provider.TAX_REFUND)]),
    ]


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


def register_reconciliation(house: House) -> None:
    """Day-end files are asked for from the night on, until they are there."""
    reconciler = Reconciler(house.ports.get(Channels))
    house.registry.calling(reconciler_job.RUN, reconciler.run, lease=reconciler_job.LEASE)
    house.registry.every("reconciliation.run", reconciler_job.RUN, reconciler_job.next_turn)


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


def all_blueprints() -> list[Blueprint]:
    """Every API blueprint."""
    staff_api = [
        agencies.blp,
        approvals.blp,
        audit.blp,
        counter.blp,
        staff_jobs.blp,
        staff_law.blp,
        people.blp,
        roles.blp,
        staff.blp,
        staff_session.blp,
        staff_accounts.blp,
        tasks.blp,
        systems.blp,
        dashboard.blp,
        payouts.blp,
        collections.blp,
        reconciliation.blp,
    ]
    citizens_api = [
        sign_in.blp,
        me.blp,
        citizen_channels.blp,
        citizen_documents.blp,
        citizen_family.blp,
        citizen_people.blp,
        citizen_accounts.blp,
        pensions.blp,
        statements.blp,
        bills.blp,
        messages.blp,
        js_config.blp,
    ]
    return staff_api + citizens_api
