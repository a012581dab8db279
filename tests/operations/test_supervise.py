"""Processes that die are started again, and none outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
from functools import partial
from pathlib import Path

from forum.operations.supervise import FAILED_STARTS_MAX
from tests.operations.processes import PATIENCE_S, is_running, program, state_of, wait_until

PRELUDE = """
import os, pathlib, signal, sys, threading
from forum.operations.supervise import Role, Supervisor

folder = pathlib.Path(sys.argv[1])

def note(name):
    with (folder / name).open("a") as file:
        file.write(f"{os.getpid()}\\n")

def stay(name, stubborn=False):
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stubborn or stop.set())
    note(name)
    while not stop.wait(30):
        pass
    note(f"{name}-ended")
"""
TWO_STAY = (
    PRELUDE + "sys.exit(Supervisor([Role('a', lambda: stay('a')), Role('b', lambda: stay('b'))]).run())"
)
ONE_IS_STUBBORN = PRELUDE + "sys.exit(Supervisor([Role('a', lambda: stay('a', True), grace_s=0.3)]).run())"
ONE_IS_PATIENT = PRELUDE + (
    "sys.exit(Supervisor([Role('a', lambda: stay('a', True), grace_s=99), Role('b', lambda: stay('b'))]).run())"
)
ONE_IS_SLOW = PRELUDE + (
    "sys.exit(Supervisor([Role('a', lambda: (stay('a'), threading.Event().wait(0.5), note('a-late')))]).run())"
)
ONE_FAILS = (
    PRELUDE
    + "sys.exit(Supervisor([Role('a', lambda: note('a') or 1 / 0), Role('b', lambda: stay('b'))]).run())"
)


def pids(folder: Path, name: str) -> list[int]:
    """The process ids that a role noted, oldest first."""
    file = folder / name
    return [int(line) for line in file.read_text().splitlines()] if file.exists() else []


def both_run(folder: Path) -> bool:
    """Whether `a` and `b` have been started."""
    return bool(pids(folder, "a") and pids(folder, "b"))


def test_a_killed_process_is_started_again_and_the_other_is_left_alone(tmp_path: Path) -> None:
    with program(TWO_STAY, tmp_path):
        wait_until(partial(both_run, tmp_path), "both run")

        os.kill(pids(tmp_path, "a")[0], signal.SIGKILL)
        wait_until(lambda: len(pids(tmp_path, "a")) == 2, "a runs again")
        os.kill(pids(tmp_path, "a")[1], signal.SIGKILL)
        wait_until(lambda: len(pids(tmp_path, "a")) == 3, "a runs again")

        assert is_running(pids(tmp_path, "a")[2])
        assert len(pids(tmp_path, "b")) == 1


def test_a_signal_ends_every_process_in_good_order(tmp_path: Path) -> None:
    for number, stop in enumerate((signal.SIGTERM, signal.SIGINT)):
        folder = tmp_path / str(number)
        folder.mkdir()
        with program(TWO_STAY, folder) as parent:
            wait_until(partial(both_run, folder), "both run")

            parent.send_signal(stop)

            assert parent.wait(timeout=PATIENCE_S) == 0
            assert pids(folder, "a-ended") == pids(folder, "a")
            assert pids(folder, "b-ended") == pids(folder, "b")


def test_a_process_that_does_not_stop_is_killed_after_the_grace(tmp_path: Path) -> None:
    with program(ONE_IS_STUBBORN, tmp_path) as parent:
        wait_until(lambda: bool(pids(tmp_path, "a")), "a runs")

        parent.terminate()
        _, errors = parent.communicate(timeout=PATIENCE_S)

        assert parent.returncode == 1
        assert "a did not stop within 0.3 s" in errors
        assert not is_running(pids(tmp_path, "a")[0])


def test_a_second_signal_waits_for_nobody(tmp_path: Path) -> None:
    with program(ONE_IS_PATIENT, tmp_path) as parent:
        wait_until(partial(both_run, tmp_path), "both run")
        parent.send_signal(signal.SIGINT)
        wait_until(lambda: bool(pids(tmp_path, "b-ended")), "the other has ended")

        wait_until(partial(_interrupt, parent), "the parent has ended")

        assert parent.wait(timeout=PATIENCE_S) == 1
        assert not is_running(pids(tmp_path, "a")[0])


def _interrupt(parent: subprocess.Popen[str]) -> bool:
    """Press Ctrl-C once more, unless it has ended."""
    parent.send_signal(signal.SIGINT)
    return parent.poll() is not None


def test_two_signals_at_one_moment_are_one_wish(tmp_path: Path) -> None:
    with program(ONE_IS_SLOW, tmp_path) as parent:
        wait_until(lambda: bool(pids(tmp_path, "a")), "a runs")

        parent.send_signal(signal.SIGSTOP)
        wait_until(lambda: state_of(parent.pid) == "T", "the parent stands still")
        for one in (signal.SIGTERM, signal.SIGINT, signal.SIGCONT):
            parent.send_signal(one)

        assert parent.wait(timeout=PATIENCE_S) == 0
        assert pids(tmp_path, "a-late") == pids(tmp_path, "a")


def test_no_process_outlives_a_killed_parent(tmp_path: Path) -> None:
    with program(TWO_STAY, tmp_path) as parent:
        wait_until(partial(both_run, tmp_path), "both run")
        os.kill(pids(tmp_path, "a")[0], signal.SIGKILL)  # a later child must not hold the pipe open either
        wait_until(lambda: len(pids(tmp_path, "a")) == 2, "a runs again")

        parent.kill()

        wait_until(lambda: not is_running(pids(tmp_path, "a")[1]), "a ended")
        wait_until(lambda: not is_running(pids(tmp_path, "b")[0]), "b ended")
        assert pids(tmp_path, "b-ended") == pids(tmp_path, "b")


def test_a_stubborn_process_does_not_outlive_a_killed_parent_for_long(tmp_path: Path) -> None:
    with program(ONE_IS_STUBBORN, tmp_path) as parent:
        wait_until(lambda: bool(pids(tmp_path, "a")), "a runs")

        parent.kill()

        wait_until(lambda: not is_running(pids(tmp_path, "a")[0]), "a ended")


def test_a_process_that_keeps_failing_at_its_start_ends_everything(tmp_path: Path) -> None:
    with program(ONE_FAILS, tmp_path) as parent:
        _, errors = parent.communicate(timeout=PATIENCE_S)

        assert parent.returncode == 1
        assert len(pids(tmp_path, "a")) == FAILED_STARTS_MAX
        assert f"a failed {FAILED_STARTS_MAX} times at its start" in errors
        assert pids(tmp_path, "b-ended") == pids(tmp_path, "b")
