"""Who runs the system sees what failed and lets it run again, without seeing what it is about."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import text

from backend.kernel.ids import new_id
from backend.kernel.jobs import enqueue
from backend.web.house import House
from tests.admin.conftest import Hire
from tests.support.staff import URL, sign_in_staff


def test_failed_jobs_are_counted_listed_and_retried(client: FlaskClient, house: House, hire: Hire) -> None:
    with house.database.work() as work:
        failed = enqueue(work, "probe", {"person_id": str(new_id())})
        enqueue(work, "probe", {})
        work.session.execute(
            text("UPDATE job SET state = 'failed', attempts = 20, last_error = 'Unavailable' WHERE id = :id"),
            {"id": failed},
        )
    headers = sign_in_staff(client, hire("system_administrator"))
    answer = client.get(f"{URL}/jobs", headers=headers).json
    assert answer["counts"] == {"waiting": 1, "leased": 0, "failed": 1}
    assert [(one["job_id"], one["last_error"]) for one in answer["items"]] == [(str(failed), "Unavailable")]
    assert "payload" not in answer["items"][0]
    assert client.post(f"{URL}/jobs/{failed}/retry", headers=headers).status_code == 204
    assert client.get(f"{URL}/jobs", headers=headers).json["counts"]["failed"] == 0
    waiting = client.get(f"{URL}/jobs?state=waiting&kind=probe", headers=headers).json["items"]
    assert {one["attempts"] for one in waiting} == {0}
    again = client.post(f"{URL}/jobs/{failed}/retry", headers=headers)
    assert again.json["code"] == "job_not_failed"
    assert client.post(f"{URL}/jobs/{new_id()}/retry", headers=headers).status_code == 404


def test_only_who_runs_the_system(client: FlaskClient, hire: Hire) -> None:
    for role in ("security_administrator", "audit_administrator", "clerk"):
        assert client.get(f"{URL}/jobs", headers=sign_in_staff(client, hire(role))).status_code == 403
