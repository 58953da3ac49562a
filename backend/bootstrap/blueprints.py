"""Every API blueprint."""

from __future__ import annotations

from backend.admin import accounts as staff_accounts
from backend.admin import (
    agencies,
    approvals,
    audit,
    collections,
    counter,
    dashboard,
    payouts,
    people,
    reconciliation,
    roles,
    staff,
    systems,
    tasks,
)
from backend.admin import jobs as staff_jobs
from backend.admin import law as staff_law
from backend.admin import session as staff_session
from backend.web.edge import Blueprint
from miniprogram_api import accounts as citizen_accounts
from miniprogram_api import bills, js_config, me, messages, pensions, sign_in, statements
from miniprogram_api import channels as citizen_channels
from miniprogram_api import documents as citizen_documents
from miniprogram_api import family as citizen_family
from miniprogram_api import people as citizen_people


def all_blueprints() -> list[Blueprint]:
    """Every API blueprint."""
    staff_api = [
        agencies.blp,
        approvals.blp,
        audit.blp,
        counter.blp,
        staff_jobs.blp,
        staff_law.blp,
        people.blp,
        roles.blp,
        staff.blp,
        staff_session.blp,
        staff_accounts.blp,
        tasks.blp,
        systems.blp,
        dashboard.blp,
        payouts.blp,
        collections.blp,
        reconciliation.blp,
    ]
    citizens_api = [
        sign_in.blp,
        me.blp,
        citizen_channels.blp,
        citizen_documents.blp,
        citizen_family.blp,
        citizen_people.blp,
        citizen_accounts.blp,
        pensions.blp,
        statements.blp,
        bills.blp,
        messages.blp,
        js_config.blp,
    ]
    return staff_api + citizens_api
