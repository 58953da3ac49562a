"""What the worklist refuses. None of these says who else is involved."""

from __future__ import annotations

from backend.kernel.errors import Conflict, Forbidden


class TaskTaken(Conflict):
    """Somebody else holds the task."""

    code = "task_taken"
    title = "该任务正由其他工作人员办理"


class TaskChanged(Conflict):
    """The task changed since it was read."""

    code = "task_changed"
    title = "任务状态已变化，请刷新后再试"


class TaskClosed(Conflict):
    """The task is done or cancelled."""

    code = "task_closed"
    title = "该任务已办结"


class LeaseLost(Conflict):
    """The task is not, or no longer, held by the one who wants to end it."""

    code = "task_lease_lost"
    title = "您未领取该任务或领取已超时，请重新领取"


class NeedsDecision(Conflict):
    """The task of an approval ends with the decision."""

    code = "task_needs_decision"
    title = "该任务须通过审批办结"


class ApprovalPending(Conflict):
    """A change of this kind waits already for this target."""

    code = "approval_pending"
    title = "该业务已有一笔待审批的申请"


class ApprovalDecided(Conflict):
    """The approval is no longer pending."""

    code = "approval_decided"
    title = "该申请已有审批结果，请刷新查看"


class ApprovalStale(Conflict):
    """What is to be changed is not what it was when the change was asked for."""

    code = "approval_stale"
    title = "申请提交后资料已发生变化，请退回后重新申请"


class ApprovalTampered(Conflict):
    """What was stored is not what the maker submitted. The attempt stays in the audit trail."""

    code = "approval_tampered"
    title = "申请内容校验不一致，已停止办理，请联系系统管理员"
    keeps_effects = True


class OwnApproval(Forbidden):
    """Maker and checker are two people. The attempt stays in the audit trail."""

    code = "own_approval"
    title = "不能审批本人提交的申请，请由其他人员审批"
    keeps_effects = True


class NotTheMaker(Forbidden):
    """Only who asked for a change can withdraw it."""

    code = "not_the_maker"
    title = "只有申请人本人可以撤回申请"
