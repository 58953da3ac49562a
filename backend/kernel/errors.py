"""Typed errors of the domain.

A room subclasses one of the kinds below and names a stable `code` and a Chinese `title` that the person can
act on. The kinds say what went wrong, not how HTTP says it; `backend.web.problems` maps kinds to statuses.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar


@dataclass(frozen=True)
class FieldError:
    """One refused input field: a dotted path (`payee.name`) and a Chinese sentence."""

    field: str
    message: str


class DomainError(Exception):
    """Base of all errors that a person may see.

    `keeps_effects` marks a refusal whose own traces must survive (a counted attempt, an audit row): the unit
    of work commits before the error is answered.
    """

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "操作未能完成"
    keeps_effects: ClassVar[bool] = False

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail


class Invalid(DomainError):
    """The input breaks a rule; the person can correct it."""

    code = "invalid"
    title = "填写的内容有误，请检查后再提交"

    def __init__(self, detail: str | None = None, *, fields: tuple[FieldError, ...] = ()) -> None:
        super().__init__(detail)
        self.fields = fields


class Unauthenticated(DomainError):
    """Nobody is signed in, or the sign-in is no longer good."""

    code = "sign_in_required"
    title = "请先登录"


class Forbidden(DomainError):
    """Signed in, but not entitled."""

    code = "forbidden"
    title = "您没有办理此业务的权限"


class NotFound(DomainError):
    """There is no such thing, or none that this person may know of."""

    code = "not_found"
    title = "没有找到相关记录"


class Conflict(DomainError):
    """The state of things does not allow it now."""

    code = "conflict"
    title = "当前状态不能办理此操作，请刷新后再试"


class Limited(DomainError):
    """Too many tries; `retry_after` says how long to wait."""

    code = "too_many_attempts"
    title = "尝试次数过多，请稍后再试"
    keeps_effects = True

    def __init__(self, detail: str | None = None, *, retry_after: timedelta) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """An outside system or a server of ours does not answer; trying again later may help."""

    code = "unavailable"
    title = "系统繁忙，请稍后再试"


class OutcomeUnknown(Unavailable):
    """A call got no answer, and may have happened: ask again with the same number, never anew."""

    code = "outcome_unknown"
    title = "结果确认中，请稍后查看，不要重复提交"
