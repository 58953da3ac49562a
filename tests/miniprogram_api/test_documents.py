"""Documents over HTTP: one's own and those of people who agreed; anybody's QR code; the public page."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import text

from backend.audit.about import HELPER_LOOKED
from backend.documents import commands, kinds
from backend.documents.verification import verify_file
from backend.kernel.actor import system
from backend.kernel.db import Work
from backend.kernel.jobs import DueWork
from backend.web.house import House
from tests.support.citizens import Citizen, Insured
from tests.support.documents import KEYS, REMEMBERED, envelope, qr_of, request
from tests.support.people import make_person, traces

VERIFY = "/api/v1/documents/verifications"


@pytest.fixture(autouse=True)
def drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "draw", REMEMBERED)


@pytest.fixture
def make(house: House) -> Callable[..., str]:
    def made(person_id: UUID, fingerprint: str = "v1") -> str:
        with house.database.work() as work:
            document_id = request(work, person_id, fingerprint=fingerprint)
        house.ports.get(DueWork).drain()
        return str(document_id)

    return made


def test_one_s_own_document_can_be_kept(insured: Callable[..., Insured], make: Callable[..., str]) -> None:
    person = insured()
    document_id = make(person.person_id)
    found = person.get(f"/documents/{document_id}")
    assert found.status_code == 200
    assert (found.json["state"], found.json["serial"]) == ("ready", "QY20261122-000001")
    file = person.get(f"/documents/{document_id}.pdf")
    assert (file.status_code, file.content_type) == (200, "application/pdf")
    assert file.headers["Content-Disposition"] == 'attachment; filename="QY20261122-000001.pdf"'
    assert file.headers["Cache-Control"] == "no-store"
    assert verify_file(file.data, KEYS).serial == "QY20261122-000001"


def test_documents_are_listed_newest_first(
    insured: Callable[..., Insured], make: Callable[..., str], work: Work
) -> None:
    person = insured()
    first, second = make(person.person_id, "v1"), make(person.person_id, "v2")
    path = f"/people/{person.person_id}/documents"
    listed = person.get(path).json
    assert [item["document_id"] for item in listed["items"]] == [second, first]
    page = person.get(f"{path}?limit=1").json
    assert [item["document_id"] for item in page["items"]] == [second]
    rest = person.get(f"{path}?limit=1&cursor={page['next_cursor']}").json
    assert [item["document_id"] for item in rest["items"]] == [first]


def test_a_file_that_is_not_made_yet_is_waited_for(insured: Callable[..., Insured], work: Work) -> None:
    person = insured()
    document_id = request(work, person.person_id)
    work.session.flush()
    assert person.get(f"/documents/{document_id}").json["state_label"] == "正在生成"
    answer = person.get(f"/documents/{document_id}.pdf")
    assert (answer.status_code, answer.json["code"]) == (409, "document_not_ready")


def test_somebody_else_s_documents_do_not_exist(
    insured: Callable[..., Insured], make: Callable[..., str], visitor: Citizen, client: FlaskClient
) -> None:
    document_id = make(insured().person_id)
    other = insured(name="陈海涛")
    unknown = [other.get(f"/documents/{uuid4()}{ending}").json["code"] for ending in ("", ".pdf")]
    for ending, code in zip(("", ".pdf"), unknown, strict=True):
        answer = other.get(f"/documents/{document_id}{ending}")
        assert (answer.status_code, answer.json["code"]) == (404, code)
        assert visitor.get(f"/documents/{document_id}{ending}").status_code == 403
        assert client.get(f"/api/v1/documents/{document_id}{ending}").status_code == 401


def test_a_helper_may_look_once_the_person_agreed_and_it_is_written_down(
    insured: Callable[..., Insured], make: Callable[..., str], work: Work
) -> None:
    mother, daughter = insured(name="古丽·买买提"), insured(name="李小红")
    document_id = make(mother.person_id)
    paths = [
        f"/people/{mother.person_id}/documents",
        *(f"/documents/{document_id}{end}" for end in ("", ".pdf")),
    ]
    assert [daughter.get(path).status_code for path in paths] == [404, 404, 404]
    body = {"name": mother.name, "id_number": mother.id_number, "relation": "parent", "until": "2027-11-22"}
    asked = daughter.post("/family", {**body, "scopes": ["look"]})
    assert mother.post(f"/family/{asked.json['delegation_id']}/agree").status_code == 204
    assert [daughter.get(path).status_code for path in paths] == [200, 200, 200]
    looks = traces(work, HELPER_LOOKED)
    assert [look.purpose for look in looks] == ["查看电子文件", "查看电子文件", "下载电子文件"]
    assert {look.subject_id for look in looks} == {mother.person_id}


def test_documents_of_a_record_that_was_merged_stay_one_s_own(
    insured: Callable[..., Insured], make: Callable[..., str], work: Work
) -> None:
    person, twin = insured(), make_person(work, name="王秀英")
    document_id = make(twin)
    assert person.get(f"/documents/{document_id}").status_code == 404
    work.session.execute(
        text("INSERT INTO person_merge (from_id, to_id, merged_at) VALUES (:twin, :person, now())"),
        {"twin": twin, "person": person.person_id},
    )
    assert person.get(f"/documents/{document_id}").status_code == 200
    [item] = person.get(f"/people/{person.person_id}/documents").json["items"]
    assert item["document_id"] == document_id


def test_anybody_may_verify_a_code(
    insured: Callable[..., Insured], make: Callable[..., str], client: FlaskClient, work: Work
) -> None:
    person = insured()
    document_id = make(person.person_id)
    file = person.get(f"/documents/{document_id}.pdf").data
    qr = PdfReader(BytesIO(file)).attachments["qr.txt"][0].decode()
    assert qr.startswith("http://127.0.0.1:8000/verify#")
    for given in (qr, qr.partition("#")[2]):
        assert client.post(VERIFY, json={"qr": given}).json == {
            "serial": "QY20261122-000001",
            "kind": "statement",
            "kind_label": "个人权益记录单",
            "holder": "**英",
            "issued_on": "2026-11-22",
            "state": "valid",
            "state_label": "有效",
        }
    commands.revoke(work, by=system("test"), document_id=UUID(document_id), reason="更正")
    work.session.flush()
    assert client.post(VERIFY, json={"qr": qr}).json["state_label"] == "已作废"


@pytest.mark.parametrize("qr", ["hello", "https://example.com/", "#", "A" * 1200, "阿#依"])
def test_what_is_no_code_of_ours_is_refused_in_words(client: FlaskClient, qr: str) -> None:
    answer = client.post(VERIFY, json={"qr": qr})
    assert (answer.status_code, answer.json["code"]) == (422, "document_not_genuine")
    assert "二维码内容无法识别" in answer.json["detail"]


def test_a_code_that_nobody_here_issued_is_refused(client: FlaskClient) -> None:
    answer = client.post(VERIFY, json={"qr": qr_of(envelope(77))})
    assert (answer.status_code, answer.json["code"]) == (422, "document_not_genuine")
    assert "没有这份文件的记录" in answer.json["detail"]


def test_guessing_is_bounded_by_address(client: FlaskClient) -> None:
    most = commands.VERIFICATIONS["address"].most
    statuses = [client.post(VERIFY, json={"qr": "x"}).status_code for _ in range(most + 1)]
    assert set(statuses[:-1]) == {422}
    assert statuses[-1] == 429
    elsewhere = client.post(VERIFY, json={"qr": "x"}, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert elsewhere.status_code == 422


def test_the_public_page_asks_no_outside_host(client: FlaskClient) -> None:
    page = client.get("/verify")
    assert page.status_code == 200
    assert page.content_type == "text/html; charset=utf-8"
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy and "http" not in policy
    html = page.get_data(as_text=True)
    assert '<html lang="zh-CN">' in html and 'name="viewport"' in html
    assert "://" not in html and "style=" not in html and "onclick" not in html


@pytest.mark.parametrize(("name", "kind"), [("verify.css", "text/css"), ("verify.js", "text/javascript")])
def test_its_files_come_from_here(client: FlaskClient, name: str, kind: str) -> None:
    answer = client.get(f"/verify/{name}")
    assert (answer.status_code, answer.mimetype) == (200, kind)
    assert "://" not in answer.get_data(as_text=True)
    assert "innerHTML" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("name", ["index.html", "..%2fdocuments.py", "verify.py", "%2e%2e"])
def test_nothing_else_does(client: FlaskClient, name: str) -> None:
    assert client.get(f"/verify/{name}").status_code == 404
