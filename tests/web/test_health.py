"""The process says whether it lives and whether it can serve."""

from flask.testing import FlaskClient


def test_ready_with_everything_there(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200, answer.json
    assert answer.json == {"status": "ok", "checks": {"database": "ok", "migrations": "ok", "redis": "ok"}}


def test_unknown_page_is_a_problem(client: FlaskClient) -> None:
    answer = client.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert answer.json["code"] == "not_found"


def test_documentation_names_no_outside_host(client: FlaskClient) -> None:
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert "http" not in page.text.replace("http-equiv", "")
    assert client.get("/api/docs/assets/swagger-ui.css").status_code == 200
    assert client.get("/api/openapi.json").json["openapi"].startswith("3.")
