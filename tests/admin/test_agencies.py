"""The tree of agencies is seen by all staff and grown by the system administrator."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask.testing import FlaskClient

from tests.admin.conftest import Hire
from tests.support.staff import URL, sign_in_staff


def test_an_agency_is_founded_below_another(
    client: FlaskClient, hire: Hire, agency: Callable[[str], UUID]
) -> None:
    headers = sign_in_staff(client, hire("system_administrator"))
    body = {"code": "460105", "name": "海口市秀英区社会保险服务中心", "parent_id": str(agency("460100"))}
    made = client.post(f"{URL}/agencies", json=body, headers=headers)
    assert made.status_code == 201, made.json
    assert made.json["path"] == "46.460100.460105"
    again = client.post(f"{URL}/agencies", json=body, headers=headers)
    assert again.json["code"] == "agency_code_taken"
    tree = client.get(f"{URL}/agencies", headers=sign_in_staff(client, hire("clerk"))).json["items"]
    assert [one["code"] for one in tree] == ["46", "460100", "460105"]


def test_only_within_reach_and_by_who_may(
    client: FlaskClient, hire: Hire, agency: Callable[[str], UUID]
) -> None:
    body = {"code": "460105", "name": "海口市秀英区社会保险服务中心", "parent_id": str(agency("460100"))}
    clerk = sign_in_staff(client, hire("clerk"))
    sanya = sign_in_staff(client, hire("system_administrator", at="460200"))
    assert client.post(f"{URL}/agencies", json=body, headers=clerk).status_code == 403
    assert client.post(f"{URL}/agencies", json=body, headers=sanya).status_code == 403
    nowhere = body | {"parent_id": str(UUID(int=7))}
    root = sign_in_staff(client, hire("system_administrator"))
    assert client.post(f"{URL}/agencies", json=nowhere, headers=root).status_code == 404
