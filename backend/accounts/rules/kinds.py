"""Which personal accounts there are, and what their entries are called."""

from __future__ import annotations

PENSION = "personal_pension"
MEDICAL = "personal_medical"

ACCOUNT_OF = {"110": PENSION, "310": MEDICAL}
"""The personal account that an insurance (AAE140) pays into: Social Insurance Law art. 12, 14; art. 23 ff."""

ACCOUNT_LABELS = {PENSION: "基本养老保险个人账户", MEDICAL: "基本医疗保险个人账户"}
ENTRY_LABELS = {
    "carried_over": "历史结转",
    "contribution": "缴费划入",
    "interest": "记账利息",
    "transfer_in": "转入",
    "transfer_out": "转出",
    "payment": "支付",
}
