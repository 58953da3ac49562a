"""Schemathesis in one process with the application: its document made concrete, its phases, what it found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import schemathesis
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.transport.wsgi import WSGI_TRANSPORT

from tests.contract.concrete import Pool, made_concrete
from tests.contract.document import Json, operations
from tests.contract.keys import Keys
from tests.contract.problems import flaws
from tests.contract.stage import Stage
from tests.contract.valid import valid
from tests.system.world import World

PHASES = ("examples", "coverage", "fuzzing", "stateful")


@dataclass(frozen=True)
class Exclusion:
    """Something that a check is told to let pass, and why."""

    check: str
    accepts: tuple[str, ...]
    reason: str


EXCLUSIONS = (
    Exclusion(
        "positive_data_acceptance",
        ("2xx", "3xx", "401", "403", "404", "409", "422", "429"),
        "422: check digits, one person's months, codes that were sent: rules that no JSON Schema can say",
    ),
)
MOST_EXCLUSIONS = 5


@dataclass(frozen=True)
class Effort:
    """How hard to try: cases an operation and phase, scenarios of several steps, and which phases."""

    cases: int
    scenarios: int
    phases: tuple[str, ...] = PHASES


@dataclass
class Found:
    """What came of a run: statuses by operation, what was wrong, and what broke the run itself."""

    statuses: dict[str, Counter[int]]
    wrong: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def take(self, event: events.EngineEvent) -> None:
        """Adds what an event tells."""
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.NonFatalError):
            self.broken.append(f"{event.label}: {event.info.title}: {event.value}")
        if isinstance(event, events.ScenarioFinished):
            self._take_scenario(event.recorder)

    def _take_scenario(self, recorder: ScenarioRecorder) -> None:
        for case_id, interaction in recorder.interactions.items():
            operation = recorder.cases[case_id].value.operation
            response = interaction.response
            assert response is not None
            if interaction.request.method.upper() == operation.method.upper():
                self.statuses[operation.label][response.status_code] += 1
            if response.status_code >= 400:
                headers = {name.title(): value for name, [value, *_] in response.headers.items()}
                named = {"X-Request-Id": headers["X-Request-Id"], "Content-Type": headers["Content-Type"]}
                self.wrong += [
                    f"{operation.label}: {flaw}"
                    for flaw in flaws(response.status_code, named, response.content or b"")
                ]
        for case_id, checks in recorder.checks.items():
            label = recorder.cases[case_id].value.operation.label
            self.wrong += [
                f"{label}: {one.name}: {one.failure_info.failure}\n{one.failure_info.code_sample}"
                for one in checks
                if one.failure_info
            ]

    def table(self) -> str:
        """Every operation with how often it answered what."""
        return "\n".join(
            f"{label:<82}{'  '.join(f'{status} x{times}' for status, times in sorted(counts.items()))}"
            for label, counts in sorted(self.statuses.items())
        )

    def never_succeeded(self) -> list[str]:
        """Operations that no request got a 2xx from."""
        return [label for label, counts in self.statuses.items() if not any(s < 300 for s in counts)]


def explore(world: World, document: Json, *, seed: int, effort: Effort) -> Found:
    """Runs the phases with every check there is."""
    known = {one.label: valid(world, one.label) for one in operations(document)}
    concrete, pools = made_concrete(world, document, known)
    stage = Stage(world)
    schema = schemathesis.openapi.from_dict(concrete, config=_config(pools, seed, effort))
    schema.app = stage
    schema.auth.providers.append(Keys(world, known))
    _forget_between_scenarios(schema, stage)
    found = Found({label: Counter() for label in known})
    with _in_process():
        try:
            for event in from_schema(schema).execute():
                found.take(event)
        finally:
            stage.close()
    return found


def _config(pools: dict[str, Pool], seed: int, effort: Effort) -> schemathesis.Config:
    cases = {"max-examples": effort.cases, "database": "none"}
    phases: dict[str, Any] = {name: {"enabled": name in effort.phases} for name in PHASES}
    phases["stateful"]["generation"] = {"max-examples": effort.scenarios}
    return schemathesis.Config.from_dict(
        {
            "seed": seed,
            "generation": cases,
            "phases": phases,
            "checks": {one.check: {"expected-statuses": list(one.accepts)} for one in EXCLUSIONS},
            "dictionaries": {
                f"{operation}.{name}": {"values": values}
                for operation, pool in pools.items()
                for name, values in pool.items()
            },
            "operations": [
                {
                    "include-operation-id": operation,
                    "parameters": {
                        name: {"dictionary": f"{operation}.{name}", "probability": 0.5} for name in pool
                    },
                }
                for operation, pool in pools.items()
                if pool
            ],
        }
    )


def _forget_between_scenarios(schema: Any, stage: Stage) -> None:
    """A scenario of several steps sees what its own steps did, and nothing of other scenarios."""
    build = schema.build_state_machine

    def build_forgetting(**given: Any) -> type:
        machine: Any = build(**given)
        stage.each_request = False

        class Forgetting(machine):
            def __init__(self) -> None:
                stage.forget()
                super().__init__()

        return Forgetting

    schema.build_state_machine = build_forgetting


@contextmanager
def _in_process() -> Iterator[None]:
    """Some checks ask again with settings for a network, which the transport in one process refuses."""
    send = WSGI_TRANSPORT.send
    network = {"max_redirects", "verify", "cert"}

    def send_without_network(case: Any, **given: Any) -> Any:
        return send(case, **{name: value for name, value in given.items() if name not in network})

    with patch.object(WSGI_TRANSPORT, "send", send_without_network):
        yield
