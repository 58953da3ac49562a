"""Bills that a person must look at."""

from __future__ import annotations

from datetime import timedelta

from backend.collections.models import Collection
from backend.kernel.actor import system
from backend.kernel.db import Work
from backend.worklist.commands import open_task
from backend.worklist.kinds import TaskKind

BY = system("collections")
TIME_TO_HANDLE = timedelta(days=2)
CASE = TaskKind("collection_case", "收款异常处理", "collections.handle")


def open_case(work: Work, bill: Collection, case: str) -> None:
    """Gives a bill to the clerks who handle what machines cannot; one task for each is enough."""
    if bill.case != case:
        bill.case, bill.version = case, bill.version + 1
    open_task(
        work,
        by=BY,
        kind=CASE.name,
        agency_id=bill.agency_id,
        object_id=bill.id,
        subject_id=bill.person_id,
        due_at=work.clock.now() + TIME_TO_HANDLE,
    )
