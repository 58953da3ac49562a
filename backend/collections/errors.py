"""What collections refuse, and why."""

from __future__ import annotations

from backend.kernel.errors import Conflict, Invalid, Unavailable


class AmountRefused(Invalid):
    """No amount to collect: not positive, or above the limit of its kind."""

    code = "collection_amount_refused"
    title = "缴费金额应大于零且不超过单笔限额"


class SourceDiffers(Conflict):
    """The same business event asked before for something else."""

    code = "collection_source_differs"
    title = "这笔业务已经生成过缴费单，金额或缴费人与上次不同"


class CollectionState(Conflict):
    """The collection stands where this cannot be done."""

    code = "collection_state"
    title = "缴费单当前状态不能办理此操作，请刷新后再试"


class AlreadyPaid(Conflict):
    """Nothing is left to pay."""

    code = "collection_already_paid"
    title = "这笔费用已经缴过了，无需再缴"


class NotPayable(Conflict):
    """Withdrawn, or its time is over."""

    code = "collection_not_payable"
    title = "这张缴费单已经失效，请重新办理"


class CollectionChanged(Conflict):
    """Somebody else was faster."""

    code = "collection_changed"
    title = "缴费单已有变化，请刷新后再试"


class NothingToRefund(Conflict):
    """All of the payment has gone back, or is on its way."""

    code = "nothing_to_refund"
    title = "这笔缴费没有可退的金额，或已在退款中"


class PaymentBusy(Unavailable):
    """The payment cannot be opened just now; nothing was taken from anybody."""

    code = "payment_busy"
    title = "支付暂时打不开，没有扣款，请过一分钟再试"
