"""Mistakes that somebody could make in the engine, each of which the example tests let pass.

`PLANTED=name` plants one for a run of the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from backend.payouts import carrying, rules, settling
from backend.payouts.carrying import LEASE, Claim
from backend.payouts.commands import repairs, requests
from backend.payouts.courier import Courier
from backend.payouts.ports import Answer, Outcome
from backend.payouts.rules import Known, Step
from backend.payouts.settling import Change

Plant = Callable[[pytest.MonkeyPatch], None]


def _step(change: Callable[[Known, Answer, Step | None], Step | None]) -> Plant:
    true = rules.step

    def planted(known: Known, answer: Answer) -> Step | None:
        return change(known, answer, true(known, answer))

    return lambda patch: patch.setattr(settling, "step", planted)


def _failure_after_payment(known: Known, answer: Answer, right: Step | None) -> Step | None:
    late = known.state == "paid" and answer.outcome is Outcome.FAILED
    return Step("failed", case="failed_payee") if late else right


def _payment_after_return(known: Known, answer: Answer, right: Step | None) -> Step | None:
    return Step("paid") if known.state == "returned" and answer.outcome is Outcome.PAID else right


def _new_number_after_silence(known: Known, answer: Answer, right: Step | None) -> Step | None:
    silent = answer.outcome is Outcome.UNKNOWN and known.state == "unknown" and known.asked >= 3
    return Step("failed", anew=True) if silent else right


def _new_number_when_not_found(known: Known, answer: Answer, right: Step | None) -> Step | None:
    gone = right and answer.outcome is Outcome.NOT_FOUND and known.age > LEASE
    return Step("failed", anew=True) if gone else right


def _accepted_and_forgotten(known: Known, answer: Answer, right: Step | None) -> Step | None:
    silent = known.state == "accepted" and answer.outcome is Outcome.UNKNOWN
    return Step("accepted") if silent else right


def _silence_is_failure(known: Known, answer: Answer, right: Step | None) -> Step | None:
    silent = answer.outcome is Outcome.UNKNOWN and known.state == "accepted" and known.asked >= 2
    return Step("failed", case="failed_rejected") if silent else right


def _return_is_always_of_something_paid(patch: pytest.MonkeyPatch) -> None:
    true = settling._move

    def planted(change: Change) -> Any:
        made = true(change)
        return replace(made, origin="paid") if made and change.step.state == "returned" else made

    patch.setattr(settling, "_move", planted)


def _any_number_speaks(patch: pytest.MonkeyPatch) -> None:
    def planted(change: Change) -> str:
        if change.step.anew or change.step.state not in {*settling.ENDED, "manual"}:
            return "in_progress"
        return change.step.state

    patch.setattr(Change, "payout_state", property(planted))


def _answers_in_another_order(patch: pytest.MonkeyPatch) -> None:
    def planted(self: Courier, provider: Any, claimed: Claim) -> Mapping[UUID, Answer]:
        carrier = self._providers[provider]
        told = carrier.query(list(claimed.ask.values()))
        said = carrier.pay(list(claimed.send.values()))
        return dict(zip((*claimed.send, *claimed.ask), (*told, *said), strict=True))

    patch.setattr(Courier, "call", planted)


def _waiting_is_unsent(patch: pytest.MonkeyPatch) -> None:
    true = requests.latest_attempt

    def planted(work: Any, payout_id: UUID) -> Any:
        attempt = true(work, payout_id)
        if attempt.state == "waiting":
            attempt.sent_at = None
        return attempt

    patch.setattr(requests, "latest_attempt", planted)


def _paid_ones_go_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(repairs, "CORRECTABLE", frozenset({"failed", "returned", "paid"}))


def _asked_twice_and_dropped(patch: pytest.MonkeyPatch) -> None:
    """Whoever did not answer two questions is never asked again."""
    true = carrying._due

    def planted(work: Any, provider: Any) -> Any:
        return true(work, provider).where(carrying._ATTEMPT.c.asked < 2)

    patch.setattr(carrying, "_due", planted)


MISTAKES: dict[str, Plant] = {
    "failure_after_payment": _step(_failure_after_payment),
    "payment_after_return": _step(_payment_after_return),
    "new_number_after_silence": _step(_new_number_after_silence),
    "new_number_when_not_found": _step(_new_number_when_not_found),
    "accepted_and_forgotten": _step(_accepted_and_forgotten),
    "silence_is_failure": _step(_silence_is_failure),
    "return_is_always_of_something_paid": _return_is_always_of_something_paid,
    "any_number_speaks": _any_number_speaks,
    "answers_in_another_order": _answers_in_another_order,
    "waiting_is_unsent": _waiting_is_unsent,
    "paid_ones_go_again": _paid_ones_go_again,
    "asked_twice_and_dropped": _asked_twice_and_dropped,
}
