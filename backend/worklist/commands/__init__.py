"""Taking and ending tasks; asking for, allowing and refusing changes that need two people."""

from backend.worklist.commands.approvals import approve, open_approval, propose, reject, withdraw
from backend.worklist.commands.tasks import claim, close_task, finish, open_task, put_back, release, renew

__all__ = [
    "approve",
    "claim",
    "close_task",
    "finish",
    "open_approval",
    "open_task",
    "propose",
    "put_back",
    "reject",
    "release",
    "renew",
    "withdraw",
]
