"""Workers are killed all the time: nothing is lost, nothing is doubled."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from backend.demo.process import Process
from backend.kernel.jobs import Job, enqueue
from tests.chaos import worker
from tests.chaos.place import Place

WORKERS = 2
GIVE_UP_SECONDS = 100


def done(place: Place, kinds: tuple[str, ...]) -> int:
    with place.house.database.reading() as work:
        found = select(func.count()).select_from(Job).where(Job.kind.in_(kinds), Job.state == "done")
        return work.session.scalar(found) or 0


def write(place: Place, kind: str, jobs: int) -> None:
    with place.house.database.work() as work:
        for number in range(jobs):
            enqueue(work, kind, {"number": number})


def run_and_kill(place: Place, folder: Path, kinds: tuple[str, ...], jobs: int, kills: int) -> int:
    """Runs all jobs with workers that are killed again and again; how many died, by our hand or their own."""
    chance = random.Random(jobs)
    deaths = 0
    deadline = time.monotonic() + GIVE_UP_SECONDS * max(1, jobs // 300)
    with place.running(*(place.worker(str(folder)) for _ in range(WORKERS))) as processes:
        while (finished := done(place, kinds)) < jobs:
            assert time.monotonic() < deadline, f"{finished} of {jobs} done"
            if deaths < kills and finished > jobs * deaths // kills:
                victim: Process = chance.choice(processes)
                time.sleep(chance.random() * 0.05)
                victim.kill()
            for process in processes:
                if not process.running:
                    deaths += 1
                    process.kill()
                    process.start()
            time.sleep(0.02)
    return deaths


@pytest.mark.timeout(0)
def test_a_local_job_has_its_effect_exactly_once(place: Place, scale: int, tmp_path: Path) -> None:
    jobs = 300 * scale
    write(place, worker.LOCAL, jobs)
    deaths = run_and_kill(place, tmp_path, (worker.LOCAL,), jobs, kills=5 * scale)
    with place.house.database.reading() as work:
        numbers = select(Job.payload["number"].as_integer()).filter_by(kind=worker.EFFECT)
        effects = Counter(work.session.scalars(numbers))
    assert effects == Counter(range(jobs))
    assert deaths >= 5 * scale


@pytest.mark.timeout(0)
def test_a_calling_job_is_called_again_and_paid_once(place: Place, scale: int, tmp_path: Path) -> None:
    jobs = 20 * scale
    write(place, worker.PAY, jobs)
    write(place, worker.PAY_CARELESSLY, jobs)
    run_and_kill(place, tmp_path, (worker.PAY, worker.PAY_CARELESSLY), 2 * jobs, kills=2 * scale)
    calls = [line for line in (tmp_path / "calls").read_text().split() if line.startswith("careful")]
    assert len(calls) > jobs, "no call was repeated: no crash came at the moment that matters"
    paid = Counter(path.name.split(".")[1] for path in tmp_path.glob("paid.*"))
    assert paid["careful"] == jobs
    # The same crashes double a payment as soon as each attempt makes a number of its own.
    assert paid["careless"] > jobs


def test_a_worker_that_is_asked_to_stop_ends_its_job_first(place: Place, tmp_path: Path) -> None:
    write(place, worker.SLOW, 2)
    with place.running(place.worker(str(tmp_path))) as [process]:
        while not (tmp_path / "begun").exists():
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGTERM)
        while process.running:
            time.sleep(0.02)
        assert process.exit_code == 0
    assert (tmp_path / "ended").exists()
    assert done(place, (worker.SLOW,)) == 1
