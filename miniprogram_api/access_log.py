"""The access log in words: staff by post and agency, helpers by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import marshmallow as ma

from backend.agencies import queries as agencies
from backend.audit.about import HELPER_LOOKED, PAGE_BY, about_person
from backend.audit.words import ACTIONS
from backend.family import queries as family
from backend.kernel.db import Work
from backend.people import queries as people
from backend.staff.functions import ROLES
from backend.web.paging import page
from backend.web.parsing import Schema

POSTS = {role.code: role.name for role in ROLES}
OTHER_DEED = "办理业务"


class AccessAnswer(Schema):
    """One look at, or change of, a person's data."""

    at = ma.fields.DateTime(required=True)
    who = ma.fields.String(
        required=True, metadata={"description": "Staff by post, helpers by name", "example": "经办人员"}
    )
    agency_name = ma.fields.String(
        required=True, allow_none=True, metadata={"example": "海口市社会保险服务中心"}
    )
    action = ma.fields.String(required=True, metadata={"example": "查看完整资料"})
    purpose = ma.fields.String(
        required=True, metadata={"description": "Why; may be empty", "example": "窗口业务办理"}
    )


def access_log(work: Work, person_id: UUID, query: dict[str, Any]) -> dict[str, Any]:
    """One page of who did what with a person's data, newest first."""
    found = page(work, about_person(people.with_merged(work, person_id)), query, *PAGE_BY)
    events = found["items"]
    places = agencies.names_at(work, {event.agency_path for event in events})
    helpers = family.helper_names(work, {e.object_id for e in events if e.action == HELPER_LOOKED})
    return {**found, "items": [_told(event, places, helpers) for event in events]}


def _told(event: Any, places: Mapping[str, str], helpers: Mapping[UUID, str]) -> dict[str, Any]:
    if event.action == HELPER_LOOKED:
        who = f"家人 {helpers.get(event.object_id, '')}".strip()
    else:
        who = "、".join(POSTS.get(code, code) for code in event.actor_role.split(","))
    return {
        "at": event.at,
        "who": who,
        "agency_name": places.get(event.agency_path),
        "action": ACTIONS.get(event.action, OTHER_DEED),
        "purpose": event.purpose,
    }
