"""Rules of the house that hold for every room, also for those to come."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from backend.kernel.base import Base
from backend.kernel.errors import DomainError
from backend.kernel.schema import load_all_models
from backend.staff.functions import FUNCTIONS
from backend.web.access import Access
from backend.web.problems import STATUSES
from tests.system.error_codes import CODES
from tests.system.world import World

ROOT = Path(__file__).parents[2]
PACKAGES = ("backend", "miniprogram_api", "media", "quiz")
FILES = sorted(path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).glob("**/*.py"))
NOT_IMPORTED = ("backend/sandbox/", "backend/kernel/migrations/", "backend/web/gunicorn_conf.py")
FUNCTION = re.compile(r"[a-z_]+\.[a-z_]+")
OUTSIDE_THE_API = {"POST /callbacks/wechat", "POST /callbacks/wechat-pay"}


def modules() -> Iterator[ModuleType]:
    """Every module of the product, imported."""
    for path in FILES:
        if not str(path).startswith(NOT_IMPORTED) and path.name != "__main__.py":
            yield import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))


def trees() -> Iterator[tuple[Path, ast.Module]]:
    """Every file of the product, parsed."""
    for path in FILES:
        yield path, ast.parse((ROOT / path).read_text(encoding="utf-8"))


def test_every_table_has_one_owner(world: World) -> None:
    load_all_models()
    owners: dict[str, set[str]] = {}
    for mapper in Base.registry.mappers:
        module = mapper.class_.__module__
        assert module.startswith("backend.kernel.") or module.endswith(".models"), module
        owners.setdefault(mapper.class_.__tablename__, set()).add(module.removesuffix(".models"))
    assert {table: rooms for table, rooms in owners.items() if len(rooms) != 1} == {}
    there = world.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").scalars().all()
    assert set(there) - {"alembic_version"} == owners.keys()


def test_no_room_says_sql_about_a_table_of_another() -> None:
    """Statements by hand, of which no import tells."""
    load_all_models()
    owners = {
        mapper.class_.__tablename__: mapper.class_.__module__.rpartition(".")[0]
        for mapper in Base.registry.mappers
    }
    named = re.compile(rf"\b(?:FROM|INTO|UPDATE|JOIN|TABLE|ON)\s+({'|'.join(owners)})\b", re.IGNORECASE)
    for path, tree in trees():
        room = ".".join(path.parts[:2])
        for table in (table for said in _said(tree) for table in named.findall(said)):
            assert room in (owners[table.lower()], "backend.kernel"), f"{path} speaks of {table}"


def _said(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) == "text" and node.args:
            yield ast.unparse(node.args[0])


ASKING = {"permission", "require", "require_reach", "allows", "reach", "held", "TaskKind", "ApprovalKind"}
"""What is called with the name of a function that somebody must hold."""


def functions_asked_for() -> Iterator[tuple[str, str]]:
    """The names of functions in calls that ask for one, and in constants that such calls are given."""
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node) in ASKING:
                given = [
                    *node.args,
                    *(keyword.value for keyword in node.keywords if keyword.arg == "function"),
                ]
                for value in given:
                    if isinstance(value, ast.Constant) and FUNCTION.fullmatch(str(value.value)):
                        yield str(path), str(value.value)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                names = {target.id for target in node.targets if isinstance(target, ast.Name)}
                if names & {"FUNCTION", "READING"}:
                    yield str(path), str(node.value.value)


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


WAITING = {"tasks.work"}
"""For ordinary work, which no room has yet."""


def test_every_function_is_asked_for_and_every_one_asked_for_exists(world: World) -> None:
    asked = {function for _, function in functions_asked_for()}
    asked |= {access.function for access in accesses(world) if access.function}
    assert {where for where, function in functions_asked_for() if function not in FUNCTIONS} == set()
    assert asked - FUNCTIONS.keys() == set()
    assert FUNCTIONS.keys() - asked == WAITING


def accesses(world: World) -> Iterator[Access]:
    for view in world.app.view_functions.values():
        if isinstance(getattr(view, "access", None), Access):
            yield view.access  # type: ignore[attr-defined]


def _layers(view: Any) -> Iterator[str]:
    """The qualified names of the functions that a view is wrapped in."""
    while view is not None:
        yield getattr(view, "__code__", None) and view.__code__.co_qualname
        view = getattr(view, "__wrapped__", None)


def test_every_write_goes_through_the_edge(world: World) -> None:
    wild = set()
    for rule in world.app.url_map.iter_rules():
        edge = [layer for layer in _layers(world.app.view_functions[rule.endpoint]) if layer]
        published = {
            verb for verb in ("read", "write", "steps") if any(f"Blueprint.{verb}." in one for one in edge)
        }
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            if not published & {"write", "steps"}:
                wild.add(f"{method} {rule.rule}")
        assert not ("GET" in (rule.methods or set()) and published & {"write", "steps"}), rule
    assert wild == OUTSIDE_THE_API


def errors() -> set[type[DomainError]]:
    """All that leave their room; what begins with `_` is caught where it is raised."""
    list(modules())
    found, waiting = set(), [DomainError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.split(".")[0] in PACKAGES and not kind.__name__.startswith("_"):
            found.add(kind)
    return found


def test_every_error_has_a_code_of_its_own_and_a_chinese_title() -> None:
    codes: dict[str, str] = {}
    for error in errors():
        code = vars(error).get("code")
        assert isinstance(code, str) and re.fullmatch("[a-z]+(_[a-z]+)*", code), error
        assert code not in codes, f"{error.__qualname__} and {codes[code]} are both {code}"
        codes[code] = error.__qualname__
        assert re.search("[\u4e00-\u9fff]", error.title), error
        assert not re.search("[a-zA-Z]{4,}", error.title), f"{error.__qualname__}: {error.title}"


def test_every_error_is_of_a_kind_that_http_knows() -> None:
    kinds = tuple(kind for kind, _ in STATUSES)
    assert {error for error in errors() if not issubclass(error, kinds)} == {DomainError}


def test_codes_that_clients_rely_on_stay() -> None:
    """A code leaves or changes only together with every client."""
    assert set(CODES.split()) - {error.code for error in errors()} == set()


def state_machines() -> dict[str, Mapping[Any, frozenset[Any]]]:
    return {
        f"{module.__name__}.{name}": value
        for module in modules()
        for name, value in inspect.getmembers(module)
        if name.endswith("TRANSITIONS") and isinstance(value, Mapping)
    }


def test_there_are_state_machines() -> None:
    assert len(state_machines()) >= 2


@pytest.mark.parametrize("name", state_machines())
def test_no_state_is_a_dead_end(name: str) -> None:
    graph = {
        str(state): {str(one) for one in following} for state, following in state_machines()[name].items()
    }
    assert set().union(*graph.values()) <= graph.keys(), "a state that is not described"
    final = {state for state, following in graph.items() if not following}
    assert final, "nothing ever ends"
    ending = set(final)
    for _ in graph:
        ending |= {state for state, following in graph.items() if following & ending}
    assert ending == graph.keys(), "from these nothing ends"
    first = next(iter(graph))
    reached = {first}
    for _ in graph:
        reached |= set().union(*(graph[state] for state in reached))
    assert reached == graph.keys(), "nothing leads here"
