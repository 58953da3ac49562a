"""Which adapter stands behind each port."""

from __future__ import annotations

from datetime import time

from backend.channels.ports import MiniProgramPhone, MiniProgramSignIn, OfficialAccountSignIn, SmsSender
from backend.collections.carrier import RefundCarrier
from backend.collections.cashier import Cashier
from backend.collections.ports import NoticeReader, PaymentProvider, RefundProvider, TaxAuthority
from backend.collections.reconciling import OrderRecords, ReceiptRecords
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
from backend.kernel.calls import Calls, System
from backend.kernel.jobs import DueWork
from backend.messages import ports as message_ports
from backend.payouts.courier import Courier as PayoutCourier
from backend.payouts.ports import PayoutProvider, Provider
from backend.payouts.reconciling import PayoutRecords
from backend.reconciliation.ports import Channel, Channels
from backend.staff.passwords import Passwords
from backend.web.house import House
from backend.worker.runner import Worker


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
