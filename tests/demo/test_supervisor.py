"""The supervisor, with small programs in place of the demo's."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from backend.demo import folder, supervisor
from backend.demo.folder import Refused
from backend.demo.process import NotStarted, Process, Program
from backend.demo.supervisor import Supervisor
from backend.kernel.settings import Settings


def python(name: str, code: str, **more: object) -> Program:
    return Program(name, (sys.executable, "-c", code), **more)  # type: ignore[arg-type]


def eventually(holds: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def keeper() -> Iterator[Supervisor]:
    """A supervisor whose children end with the test."""
    one = Supervisor()
    yield one
    one.bring_down()


@pytest.fixture
def demo(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, environment="demo", data_dir=tmp_path / "data")  # type: ignore[call-arg]


def test_each_program_is_ready_before_the_next_one_starts(keeper: Supervisor, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    begin = f"import pathlib, time; first, second = map(pathlib.Path, {(str(first), str(second))!r}); "
    slow = begin + "time.sleep(.3); first.touch(); time.sleep(60)"
    asks = begin + "assert first.exists(); second.touch(); time.sleep(60)"
    keeper.bring_up([python("slow", slow, ready=first.exists), python("asks", asks, ready=second.exists)])
    assert second.exists()


def test_a_program_that_ends_before_it_is_ready_is_named(keeper: Supervisor) -> None:
    with pytest.raises(NotStarted, match="broken ended with code 3"):
        keeper.bring_up([python("broken", "raise SystemExit(3)", ready=lambda: False)])


def test_a_program_that_never_becomes_ready_is_named(keeper: Supervisor) -> None:
    silent = python("silent", "import time; time.sleep(60)", ready=lambda: False, start_seconds=0.2)
    with pytest.raises(NotStarted, match="silent was not ready"):
        keeper.bring_up([silent])


def test_an_errand_that_fails_stops_the_start(keeper: Supervisor) -> None:
    with pytest.raises(NotStarted, match="migrate failed with code 5"):
        keeper.run_to_end(python("migrate", "raise SystemExit(5)"))


def test_output_carries_the_name_of_its_program(
    keeper: Supervisor, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    keeper.run_to_end(python("seed", "print('播种完成')"))
    assert "seed     | 播种完成\n".encode() in capfdbinary.readouterr().out


def test_a_program_that_ends_is_started_again_and_said_so(
    keeper: Supervisor, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    runs = tmp_path / "runs"
    code = f"import time; print('x', end='', file=open({str(runs)!r}, 'a'), flush=True); time.sleep(.3)"
    keeper.bring_up([python("web", code, ready=runs.exists)])
    watch = threading.Thread(target=keeper.keep_up)
    watch.start()
    came_back = eventually(lambda: runs.exists() and runs.read_text() == "xxx")
    keeper.asked_to_stop = True
    watch.join()
    assert came_back
    told = capfdbinary.readouterr().out.decode()
    assert "web ended (code 0), starting it again in 1 s" in told
    assert "starting it again in 2 s" in told


def test_stopping_ends_the_whole_family_even_if_it_does_not_listen(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    code = f"""
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
subprocess.Popen([sys.executable, "-c", deaf])
pathlib.Path({str(ready)!r}).touch()
time.sleep(60)
"""
    process = Process(python("deaf", code, ready=ready.exists, stop_seconds=0.3))
    process.start()
    leader = psutil.Process(process.pid)
    family = [leader, *leader.children(recursive=True)]
    assert len(family) == 2
    process.stop()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert [one for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []


def test_last_started_is_first_stopped(keeper: Supervisor, tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = """
import pathlib, signal, sys, time
def end(*_):
    open({log!r}, 'a').write({name!r} + ' ')
    sys.exit()
signal.signal(signal.SIGTERM, end)
pathlib.Path({ready!r}).touch()
time.sleep(60)
"""
    keeper.bring_up(
        python(
            name,
            code.format(log=str(log), name=name, ready=str(tmp_path / name)),
            ready=(tmp_path / name).exists,
        )
        for name in ("postgres", "worker", "web")
    )
    keeper.bring_down()
    assert log.read_text().split() == ["web", "worker", "postgres"]


def test_a_port_in_use_is_refused_with_advice() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match=f"port {port} is not free.*PORT="):
            supervisor.require_free(port, patience=0)


def test_a_second_demo_on_the_same_data_is_refused_and_named(demo: Settings) -> None:
    with folder.held(demo.data_dir), pytest.raises(Refused, match=str(os.getpid())):
        supervisor.run(demo)


def test_the_lock_goes_with_a_killed_demo(demo: Settings) -> None:
    code = f"""
from pathlib import Path
from backend.demo.folder import held
with held(Path({str(demo.data_dir)!r})):
    print("held", flush=True)
    input()
"""
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with folder.held(demo.data_dir):
        pass


def test_reset_removes_the_data_and_only_a_demos(demo: Settings, tmp_path: Path) -> None:
    with folder.held(demo.data_dir):
        (demo.data_dir / "keyring.json").touch()
        with pytest.raises(Refused):
            folder.reset(demo)
    folder.reset(demo)
    assert not demo.data_dir.exists()

    other = demo.model_copy(update={"data_dir": tmp_path})
    (tmp_path / "letters.txt").touch()
    assert "nothing to remove" in folder.reset(other)
    assert (tmp_path / "letters.txt").exists()


def test_reset_spares_a_folder_that_holds_the_working_folder(
    demo: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    above = demo.model_copy(update={"data_dir": tmp_path})
    with folder.held(tmp_path):
        (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    with pytest.raises(Refused, match="by hand"):
        folder.reset(above)
    assert (tmp_path / "work").exists()


def test_production_has_no_demo(demo: Settings) -> None:
    real = demo.model_copy(update={"environment": "production"})
    for action in (supervisor.run, folder.reset):
        with pytest.raises(Refused, match="production"):
            action(real)


def test_a_port_that_becomes_free_in_time_is_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as leaving:
        port = leaving.getsockname()[1]
        threading.Timer(0.3, leaving.close).start()
        supervisor.require_free(port, patience=10)
