"""What payouts refuse, and why."""

from __future__ import annotations

from backend.kernel.errors import Conflict, Invalid


class AmountRefused(Invalid):
    """No amount to pay: not positive, or above the limit of its kind."""

    code = "payout_amount_refused"
    title = "拨付金额应大于零且不超过单笔限额"


class SourceDiffers(Conflict):
    """The same business event asked before for something else."""

    code = "payout_source_differs"
    title = "这笔业务已经提出过拨付，金额或收款人与上次不同"


class NoBankCard(Invalid):
    """Nothing is known to pay to."""

    code = "no_bank_card"
    title = "该参保人没有登记银行卡，请先登记后再拨付"


class PayoutState(Conflict):
    """The payout stands where this cannot be done."""

    code = "payout_state"
    title = "拨付当前状态不能办理此操作，请刷新后再试"


class PayoutChanged(Conflict):
    """Somebody else, or the bank, was faster."""

    code = "payout_changed"
    title = "拨付已有变化，请刷新后再试"
