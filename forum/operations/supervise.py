"""Keeps child processes running until a signal asks for the end; leaves none behind.

The parent runs no application code and no thread: it forks, waits for signals and counts. A child that dies
is started again. When the parent itself is killed, its children notice (a pipe that only the parent holds
open comes to its end) and stop as if they had been asked to, so that the port does not stay taken.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

log = logging.getLogger(__name__)

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT)
STARTED_WELL_AFTER_S = 2.0
FIRST_DELAY_S = 0.25
LONGEST_DELAY_S = 8.0
FAILED_STARTS_MAX = 5
SECOND_SIGNAL_AFTER_S = 1.0


@dataclass
class Role:
    """One process to keep running.

    :param run: the whole life of the process; it must return after a SIGTERM.
    :param grace_s: how long it may take to.
    """

    name: str
    run: Callable[[], None]
    grace_s: float = 10.0
    pid: int = 0
    started_at_s: float = 0.0
    quick_ends: int = 0
    failed_starts: int = 0
    due_at_s: float | None = None


@dataclass
class Supervisor:
    """Starts every role, starts again what dies, and ends each of them within its grace.

    :param at_end: called before the children are asked to stop; lets go of what this process holds for them.

    `run()` works with blocked signals instead of handlers, so that no signal falls between two instructions.
    """

    roles: Sequence[Role]
    at_end: Callable[[], None] = lambda: None
    _lifeline: tuple[int, int] = field(default_factory=os.pipe)

    def run(self) -> int:
        """Keep the roles running until SIGTERM or SIGINT.

        :return: the exit code: 0 after a signal, 1 when a role cannot be started or had to be killed.
        """
        watched = self._watched_signals()
        signal.pthread_sigmask(signal.SIG_BLOCK, watched)
        for role in self.roles:
            self._start(role)
        while True:
            received = self._wait(watched, self._next_due_s())
            if received in watched - {signal.SIGCHLD}:
                return 0 if self._end() else 1
            for pid, status in _ended_children():
                self._note_end(pid, status)
            if hopeless := next((r for r in self.roles if r.failed_starts >= FAILED_STARTS_MAX), None):
                log.error("%s failed %d times at its start, giving up", hopeless.name, FAILED_STARTS_MAX)
                self._end()
                return 1
            self._start_what_is_due()

    @staticmethod
    def _watched_signals() -> set[signal.Signals]:
        """SIGINT counts even for a background job of a shell, SIGHUP only if `nohup` did not silence it."""
        watched = {signal.SIGCHLD, *ENDING_SIGNALS}
        return watched if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else watched | {signal.SIGHUP}

    @staticmethod
    def _wait(watched: set[signal.Signals], timeout_s: float | None) -> int | None:
        """The next signal, or None after `timeout_s` seconds."""
        if timeout_s is None:
            return signal.sigwait(watched)
        info = signal.sigtimedwait(watched, max(timeout_s, 0.0))
        return info.si_signo if info else None

    def _start(self, role: Role) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        role.due_at_s, role.started_at_s = None, time.monotonic()
        role.pid = os.fork()
        if not role.pid:
            self._live(role)

    def _live(self, role: Role) -> NoReturn:
        """The child's life, from the fork to its exit code."""
        code = 1
        try:
            os.close(self._lifeline[1])
            for number in (*ENDING_SIGNALS, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())
            threading.Thread(
                target=_end_with_parent, args=(self._lifeline[0], role.grace_s), daemon=True
            ).start()
            role.run()
            atexit._run_exitfuncs()  # what waits in memory to be written; os._exit skips it
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:  # noqa: BLE001 - nothing above this frame belongs to the child
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _note_end(self, pid: int, status: int) -> None:
        """Plan another start: at once after a good run, later and later after quick deaths."""
        role = next((role for role in self.roles if role.pid == pid), None)
        if role is None:
            return  # an orphan that this process inherited as the first one of a container
        now = time.monotonic()
        quick = now - role.started_at_s < STARTED_WELL_AFTER_S
        role.pid, role.quick_ends = 0, role.quick_ends + 1 if quick else 0
        role.failed_starts = role.failed_starts + 1 if quick and os.WIFEXITED(status) else 0
        role.due_at_s = now + _delay_s(role.quick_ends)
        code = os.waitstatus_to_exitcode(status)
        log.warning("%s (process %d) ended with %d, started again", role.name, pid, code)

    def _next_due_s(self) -> float | None:
        due = [role.due_at_s for role in self.roles if role.due_at_s is not None]
        return min(due) - time.monotonic() if due else None

    def _start_what_is_due(self) -> None:
        for role in self.roles:
            if role.due_at_s is not None and role.due_at_s <= time.monotonic():
                self._start(role)

    def _end(self) -> bool:
        """Ask every child to stop, and kill each that still runs after its grace; all of them at a second signal.

        :return: whether all ended by themselves.
        """
        self.at_end()
        for role in self.roles:
            role.due_at_s = None
        living = self._living()
        _signal(living, signal.SIGTERM)
        asked_at_s, killed = time.monotonic(), False
        while living:
            waited_s = time.monotonic() - asked_at_s
            if late := [role for role in living if role.grace_s <= waited_s]:
                killed = True
                self._kill(late, waited_s)
            elif self._is_hurried(waited_s, min(role.grace_s for role in living) - waited_s):
                killed = True
                self._kill(living, waited_s)
            self._forget_ended()
            living = self._living()
        return not killed

    def _is_hurried(self, waited_s: float, timeout_s: float) -> bool:
        """Wait for a child to end; whether a second signal came instead: who sent it does not want to wait.

        Programs that end a process and then its group send two at one moment: that is one wish.
        """
        received = self._wait({signal.SIGCHLD, *ENDING_SIGNALS}, timeout_s)
        return received in ENDING_SIGNALS and waited_s >= SECOND_SIGNAL_AFTER_S

    def _kill(self, roles: Sequence[Role], waited_s: float) -> None:
        """Kill what did not stop, and collect it."""
        for role in roles:
            log.warning("%s did not stop within %.1f s, process %d killed", role.name, waited_s, role.pid)
        _signal(roles, signal.SIGKILL)
        while any(role.pid for role in roles):
            self._wait({signal.SIGCHLD}, None)
            self._forget_ended()

    def _living(self) -> list[Role]:
        return [role for role in self.roles if role.pid]

    def _forget_ended(self) -> None:
        ended = {pid for pid, _ in _ended_children()}
        for role in self.roles:
            if role.pid in ended:
                role.pid = 0


def _signal(roles: Sequence[Role], number: signal.Signals) -> None:
    for role in roles:
        os.kill(role.pid, number)  # not yet waited for, so the id is still ours


def _delay_s(quick_ends: int) -> float:
    """Seconds until the next start: none after one quick death, then doubled from one to the next."""
    return min(FIRST_DELAY_S * 2 ** (quick_ends - 2), LONGEST_DELAY_S) if quick_ends > 1 else 0.0


def _ended_children() -> list[tuple[int, int]]:
    """Id and wait status of each child that ended; one SIGCHLD may stand for several."""
    ended: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if not pid:
            return ended
        ended.append((pid, status))


def _end_with_parent(lifeline: int, grace_s: float) -> None:
    """Wait for the parent's death, then end this process: in good order, and if that fails all the same."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace_s)
    os._exit(1)
