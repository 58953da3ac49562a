"""What reconciliation refuses, and why."""

from __future__ import annotations

from backend.kernel.errors import Conflict


class DifferenceEnded(Conflict):
    """Somebody, or the file of another day, was faster."""

    code = "reconciliation_difference_ended"
    title = "该差异已处理完毕，请刷新后再看"


class RunPending(Conflict):
    """A worker is at the day, or will be at once."""

    code = "reconciliation_run_pending"
    title = "该日正在对账或即将对账，请稍后查看"
