"""`flask documents` verifies off line and says by its exit code whether a file is genuine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.documents import kinds
from backend.web.house import House
from tests.support.command_line import Flask, command_line
from tests.support.documents import REMEMBERED, SIGNER, envelope, issued, qr_of


@pytest.fixture
def flask(house: House, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr(kinds, "draw", REMEMBERED)
    return command_line(house)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "statement.pdf"
    path.write_bytes(issued().pdf)
    return path


@pytest.fixture
def public_keys(flask: Flask, tmp_path: Path) -> Path:
    path = tmp_path / "public-keys.json"
    path.write_text(flask("documents", "keys").output)
    return path


def test_the_public_keys_are_printed(flask: Flask) -> None:
    [key] = json.loads(flask("documents", "keys").output)["keys"]
    assert (key["id"], key["algorithm"]) == (SIGNER.key_id.hex(), "Ed25519")


def test_a_genuine_file_ends_well(flask: Flask, file: Path, public_keys: Path) -> None:
    result = flask("documents", "verify", str(file), "--keys", str(public_keys))
    assert result.exit_code == 0
    assert result.output.startswith("核验通过：个人权益记录单，编号 QY20261122-000001，姓名 **英")


def test_a_changed_file_ends_with_one(flask: Flask, file: Path, public_keys: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"%e-shebao", b"%E-shebao"))
    result = flask("documents", "verify", str(file), "--keys", str(public_keys))
    assert result.exit_code == 1
    assert result.output.startswith("核验未通过：页面与签名的数据一致，但文件在签发后被另存或改动过")


def test_a_code_alone_says_that_it_was_only_the_code(flask: Flask) -> None:
    result = flask("documents", "verify", "--qr", qr_of(envelope()))
    assert result.exit_code == 0
    assert "只核对了二维码" in result.output
    assert flask("documents", "verify", "--qr", qr_of(envelope())[:-3]).exit_code == 1


def test_the_code_of_one_document_does_not_verify_another(flask: Flask, file: Path) -> None:
    assert flask("documents", "verify", str(file), "--qr", qr_of(envelope())).exit_code == 0
    result = flask("documents", "verify", str(file), "--qr", qr_of(envelope(2)))
    assert result.exit_code == 1
    assert "另一份文件" in result.output


def test_wrong_words_are_explained(flask: Flask, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{}")
    assert flask("documents", "verify").exit_code == 2
    assert flask("documents", "verify", "--qr", "x", "--keys", str(tmp_path / "keys.json")).exit_code == 2


def test_nothing_asks_the_database(flask: Flask, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.database, "_writing_session", None)
    monkeypatch.setattr(house.database, "_reading_session", None)
    assert flask("documents", "verify", "--qr", qr_of(envelope())).exit_code == 0
