"""What staff can be allowed to do, and the roles that bundle it.

A role bears one kind, and nobody holds two kinds at once: whoever runs the system neither decides on rights
nor reads the audit trail, and none of the three touches anybody's case (GB/T 22239-2019 8.1.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RoleKind = Literal["system", "security", "audit", "business"]

FUNCTIONS: dict[str, str] = {
    "people.search": "查找参保人",
    "people.open": "查看参保人完整资料",
    "people.export": "导出参保人查找结果",
    "people.register": "登记参保人",
    "people.correct": "更正参保人资料",
    "people.merge": "提出合并重复档案",
    "people.merge_approve": "审核合并重复档案",
    "cards.change": "提出变更银行卡",
    "cards.approve": "审核变更银行卡",
    "binding_codes.issue": "打印实名绑定码",
    "delegations.confirm": "在柜台确认家人代办",
    "enrolments.keep": "办理参保登记",
    "interest.run": "提出和审核年度计息",
    "payouts.read": "查看拨付",
    "payouts.request": "提出一次性拨付、提请放行",
    "payouts.release": "审核拨付放行和结果核定",
    "payouts.handle": "处理拨付异常",
    "payouts.stop": "暂停和恢复拨付",
    "collections.read": "查看收款",
    "collections.request": "开具和撤回缴费单",
    "collections.refund": "提出缴费退款",
    "collections.handle": "处理收款异常",
    "reconciliation.read": "查看对账",
    "reconciliation.handle": "处理对账差异、重新对账",
    "tasks.work": "办理待办任务",
    "staff.read": "查看工作人员账号",
    "staff.export": "导出工作人员名单",
    "staff.manage": "管理工作人员账号、重置密码",
    "staff.unlock": "解锁账号、重置动态码",
    "roles.propose": "提出岗位授权变更",
    "roles.approve": "审核岗位授权变更",
    "agencies.manage": "管理经办机构",
    "jobs.manage": "管理后台作业",
    "systems.read": "查看外部系统运行状况",
    "audit.read": "查阅审计记录",
    "audit.export": "导出审计记录",
    "dashboard.read": "查看业务概览",
    "law.read": "查看政策参数",
}


@dataclass(frozen=True)
class RoleDefinition:
    """A role as every installation has it."""

    code: str
    name: str
    kind: RoleKind
    functions: tuple[str, ...]


_READING = ("people.search", "people.open", "tasks.work", "law.read")

ROLES = (
    RoleDefinition(
        "system_administrator",
        "系统管理员",
        "system",
        (
            "staff.read",
            "staff.export",
            "staff.manage",
            "roles.propose",
            "agencies.manage",
            "jobs.manage",
            "systems.read",
        ),
    ),
    # Passwords are reset by the system administrator, dynamic codes by this one: neither can alone take over
    # the account of a colleague.
    RoleDefinition(
        "security_administrator",
        "安全管理员",
        "security",
        ("staff.read", "staff.export", "staff.unlock", "roles.propose", "roles.approve"),
    ),
    RoleDefinition("audit_administrator", "审计管理员", "audit", ("audit.read", "audit.export")),
    RoleDefinition(
        "clerk",
        "经办人员",
        "business",
        (
            *_READING,
            "people.register",
            "people.correct",
            "cards.change",
            "binding_codes.issue",
            "delegations.confirm",
            "enrolments.keep",
            "payouts.read",
            "payouts.request",
            "payouts.handle",
            "collections.read",
            "collections.request",
            "collections.refund",
            "collections.handle",
            "reconciliation.read",
            "reconciliation.handle",
        ),
    ),
    RoleDefinition(
        "supervisor",
        "业务主管",
        "business",
        (
            *_READING,
            "people.export",
            "dashboard.read",
            "cards.approve",
            "people.merge",
            "people.merge_approve",
            "interest.run",
            "payouts.read",
            "payouts.release",
            "payouts.stop",
            "collections.read",
            "reconciliation.read",
            "reconciliation.handle",
        ),
    ),
)
ADMINISTRATORS = tuple(role for role in ROLES if role.kind != "business")
