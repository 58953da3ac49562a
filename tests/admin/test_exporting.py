"""Lists taken along: as masked as on the screen, as far as one reaches, and written down."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from backend.admin import exporting
from backend.kernel.spreadsheet import XLSX
from backend.web.house import House
from tests.admin.conftest import Hire
from tests.support.people import id_number, make_person, traces
from tests.support.staff import URL, sign_in_staff


def cells(answer: Any) -> list[list[Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.content_type == XLSX
    assert "attachment" in answer.headers["Content-Disposition"]
    return [list(row) for row in load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True)]


def exports(house: House) -> list[Any]:
    with house.database.work() as work:
        return traces(work, "list.exported")


def test_found_people_stay_masked(client: FlaskClient, house: House, hire: Hire) -> None:
    number = id_number()
    with house.database.work() as work:
        make_person(work, name="王秀英", id_number=number, phone="13812345678")
    headers = sign_in_staff(client, hire("supervisor", at="460100"))
    rows = cells(client.post(f"{URL}/people/search.xlsx", json={"id_number": number}, headers=headers))
    assert rows[3][:3] == ["**英", f"{number[:4]}{'*' * 10}{number[-4:]}", "138****5678"]
    for hidden in (number, "王秀英", "13812345678"):
        assert hidden not in str(rows)
    (trace,) = exports(house)
    assert trace.actor_kind == "staff"


def test_staff_are_listed_as_filtered(client: FlaskClient, house: House, hire: Hire) -> None:
    hire("clerk", at="460100")
    away = hire("clerk", at="469000")
    headers = sign_in_staff(client, hire("system_administrator", at="460100"))
    rows = cells(client.get(f"{URL}/staff.xlsx", headers=headers))
    names = [row[1] for row in rows[3:]]
    assert len(names) == 2
    assert names == sorted(names)
    assert away.username not in names
    (trace,) = exports(house)
    headers = sign_in_staff(client, hire("audit_administrator", at="46"))
    events = client.get(f"{URL}/audit/events", query_string={"action": "list.exported"}, headers=headers)
    opened = client.get(f"{URL}/audit/events/{events.json['items'][0]['audit_event_id']}", headers=headers)
    assert opened.json["audit_event_id"] == str(trace.id)
    assert opened.json["after"] == {"list": "staff", "asked": {}, "rows": 2}
    assert opened.json["action_name"] == "导出表格"


def test_the_trail_is_taken_along_newest_first(
    client: FlaskClient, hire: Hire, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = sign_in_staff(client, hire("audit_administrator", at="46"))
    monkeypatch.setattr("backend.admin.audit.MOST_ROWS", 3)
    monkeypatch.setattr(exporting, "MOST_ROWS", 3)
    rows = cells(client.get(f"{URL}/audit/events.xlsx", headers=headers))
    moments = [row[0] for row in rows[3:]]
    assert len(moments) == 3
    assert moments == sorted(moments, reverse=True)
    assert "只含前 3 条" in rows[1][0]
