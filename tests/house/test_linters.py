"""The configured linters find the bad example planted for each rule that the house relies on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

BAD = {
    "system clock": (
        "backend/people/commands.py",
        "TID251",
        "from datetime import UTC, datetime\nNOW = datetime.now(UTC)",
    ),
    "system date": ("backend/people/rules.py", "TID251", "import datetime\nTODAY = datetime.date.today()"),
    "unix time": ("backend/gateways/sms.py", "TID251", "import time\nNOW = time.time()"),
    "time without a zone": (
        "backend/kernel/clock.py",
        "DTZ005",
        "from datetime import datetime\nNOW = datetime.now()",
    ),
    "import in a function": ("backend/people/queries.py", "PLC0415", "def find() -> None:\n    import json"),
    "bare except": ("backend/people/queries.py", "E722", "try:\n    x = 1\nexcept:\n    x = 2"),
    "silent except": ("backend/people/queries.py", "S110", "try:\n    x = 1\nexcept Exception:\n    pass"),
    "blind except": ("backend/people/queries.py", "BLE001", "try:\n    x = 1\nexcept Exception:\n    x = 2"),
    "print": ("backend/web/edge.py", "T201", "print('here')"),
    "request without timeout": (
        "backend/gateways/sms.py",
        "S113",
        "import requests\nrequests.get('https://x')",
    ),
    "untyped function": ("backend/web/edge.py", "ANN201", "def find(): ..."),
    "undocumented function": ("backend/web/edge.py", "D103", "def find() -> None: ..."),
    "long line": ("backend/web/edge.py", "E501", "x = '" + "a" * 110 + "'"),
}
ALLOWED = {
    "the clock itself": (
        "backend/kernel/clock.py",
        "from datetime import UTC, datetime\nNOW = datetime.now(UTC)\n",
    ),
    "the sandbox's clock": ("backend/sandbox/store.py", "import time\nNOW = time.time()\n"),
    "durations": ("backend/gateways/sms.py", "import time\nSTARTED = time.monotonic()\n"),
    "a command's output": ("backend/cli/worker.py", "print('done')\n"),
}


def tool(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def ruff(path: str, code: str) -> str:
    """What ruff says of this code in that place."""
    command = [tool("ruff"), "check", "--no-cache", "--output-format=concise", "--stdin-filename", path, "-"]
    return subprocess.run(command, input=code, capture_output=True, text=True, cwd=ROOT).stdout


@pytest.mark.parametrize("name", BAD)
def test_ruff_finds_the_bad_example(name: str) -> None:
    path, rule, code = BAD[name]
    assert f" {rule} " in ruff(path, code)


@pytest.mark.parametrize("name", ALLOWED)
def test_ruff_lets_the_exception_pass(name: str) -> None:
    path, code = ALLOWED[name]
    found = ruff(path, code)
    assert "TID251" not in found
    assert "T201" not in found


PLANTED_IMPORTS = {
    "Layers": ("backend/people/commands.py", "from backend.web import edge"),
    "No web framework below backend.web": ("backend/people/queries.py", "import flask"),
    "HTTP clients only in backend.gateways": ("backend/people/queries.py", "import requests"),
    "Rules are pure": ("backend/people/rules.py", "import sqlalchemy"),
}
GOOD_IMPORTS = {
    "backend/web/edge.py": "import flask\nfrom backend.people import commands\n",
    "backend/gateways/sms.py": "import requests\n",
}


def lint_imports(folder: Path, files: dict[str, str]) -> dict[str, bool]:
    """Builds a small product and tells of each contract whether it is kept."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    rooms = ("web", "people", "gateways", "kernel")
    modules = ("web/edge", "people/commands", "people/queries", "people/rules", "kernel/clock", "kernel/db")
    packages = ["backend", "media", "miniprogram_api", "quiz", *(f"backend/{room}" for room in rooms)]
    empty = [f"{name}/__init__.py" for name in packages] + [f"backend/{name}.py" for name in modules]
    for name, code in {**dict.fromkeys(empty, ""), **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(code)
    done = subprocess.run(
        [tool("lint-imports"), "--no-cache", "--no-logo"], cwd=folder, capture_output=True, text=True
    )
    verdicts = [line.split(" (")[0].rsplit(" ", 1) for line in done.stdout.splitlines()]
    return {words[0]: words[1] == "KEPT" for words in verdicts if words[-1] in ("KEPT", "BROKEN")}


def test_layers_keep_a_good_product(tmp_path: Path) -> None:
    kept = lint_imports(tmp_path, GOOD_IMPORTS)
    assert kept == dict.fromkeys(PLANTED_IMPORTS, True)


def test_each_contract_finds_its_bad_import(tmp_path: Path) -> None:
    planted: dict[str, str] = {}
    for path, code in PLANTED_IMPORTS.values():
        planted[path] = planted.get(path, "") + code + "\n"
    kept = lint_imports(tmp_path, planted)
    assert kept == dict.fromkeys(PLANTED_IMPORTS, False)


def test_types_are_strict_where_money_and_law_are(tmp_path: Path) -> None:
    loose = "from typing import Any\n\ndef first(rows: list) -> int:\n    return rows[0]\n"
    for name in ("backend/payouts/commands.py", "backend/payouts/rules/due.py", "backend/payouts/queries.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(loose)
    config = (ROOT / "pyproject.toml").read_text().replace('"pydantic.mypy"', "")
    (tmp_path / "pyproject.toml").write_text(config)
    done = subprocess.run(
        [tool("mypy"), "--cache-dir", str(tmp_path / "cache")], cwd=tmp_path, capture_output=True, text=True
    )
    assert "payouts/commands.py:3: error: Missing type arguments" in done.stdout
    assert "payouts/rules/due.py:3: error: Missing type arguments" in done.stdout
    assert "payouts/queries.py" not in done.stdout
