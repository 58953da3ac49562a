"""Carries messages out of the house: writes down what is begun, calls, writes down what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from backend.kernel.crypto import keyring
from backend.kernel.db import Database
from backend.kernel.errors import OutcomeUnknown, Unavailable
from backend.messages import commands, deliveries
from backend.messages.deliveries import Outcome, Plan, Route
from backend.messages.models import Follower
from backend.messages.ports import Followers, NoticeSender, Refused, SubscribeSender, TemplateSender
from backend.messages.rules import DoesNotFit

log = structlog.get_logger()
LEASE = timedelta(minutes=2)
"""Outlasts one way with its timeouts and a renewed token; a second run leaves alone what the first began."""


@dataclass(frozen=True)
class Courier:
    """The calling handlers of this room."""

    subscribe: SubscribeSender
    template: TemplateSender
    sms: NoticeSender
    followers: Followers

    def deliver(self, database: Database, payload: Mapping[str, Any]) -> None:
        """Carries one message: the best way that is open, or every way for what must be told everywhere.

        Raises Unavailable when something is to be tried again; what may have arrived is never sent again.
        """
        message_id = UUID(payload["message_id"])
        with database.work() as work:
            plan = deliveries.plan(work, message_id)
        unfinished = False
        for route in plan.routes:
            state = self._try(database, message_id, route, plan)
            if state in deliveries.PERHAPS_ARRIVED and not plan.template.everywhere:
                return
            unfinished |= state == "waiting"
        if unfinished:
            raise Unavailable

    def learn_unionid(self, database: Database, payload: Mapping[str, Any]) -> None:
        """Asks who a new follower is across our accounts, so that both channels reach one person."""
        follower_id = UUID(payload["follower_id"])
        with database.work() as work:
            openid = work.session.get_one(Follower, follower_id).openid
        try:
            unionid = self.followers.unionid(openid)
        except Refused as refusal:
            log.warning("follower not known at wechat", code=refusal.code)
            return
        if unionid:
            with database.work() as work:
                follower = work.session.get_one(Follower, follower_id)
                follower.union_digest = keyring().digest("unionid", unionid)

    def _try(self, database: Database, message_id: UUID, route: Route, plan: Plan) -> str | None:
        with database.work() as work:
            delivery_id = deliveries.begin(work, message_id, route, plan.template)
        if delivery_id is None:
            return None
        outcome = self._send(route, plan)
        with database.work() as work:
            deliveries.settle(work, delivery_id, outcome, plan.template)
            if outcome.reason == "not_following":
                commands.unfollowed(work, openid=route.address)
        return outcome.state

    def _send(self, route: Route, plan: Plan) -> Outcome:
        try:
            return Outcome("sent", reference=self._call(route, plan) or None)
        except Refused as refusal:
            log.warning("message refused", via=route.via, template=plan.template.code, code=refusal.code)
            return Outcome("failed", code=refusal.code, reason=refusal.reason)
        except DoesNotFit as error:
            log.error("message does not fit its card", template=plan.template.code, field=str(error))
            return Outcome("failed", code="does_not_fit")
        except OutcomeUnknown:
            return Outcome("unknown")
        except Unavailable:
            return Outcome("waiting")

    def _call(self, route: Route, plan: Plan) -> str:
        if route.via == "sms":
            return self.sms.send_notice(route.address, plan.template.render(plan.params))
        sender = self.subscribe if route.via == "subscribe" else self.template
        return sender.send_card(route.address, plan.template.card.code, plan.template.on_card(plan.params))
