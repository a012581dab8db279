"""A run that is asked to end tidies up first: what it has unpacked is a plain copy of everything."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from forum.operations.supervise import ENDING_SIGNALS


@contextmanager
def ends_tidily() -> Iterator[None]:
    """A signal that asks for the end is raised as SystemExit; further ones change nothing, so that tidying up ends.

    What is ignored (as SIGHUP under `nohup`) stays so. Only the main thread can be told of signals: in another one,
    nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {number: signal.getsignal(number) for number in (*ENDING_SIGNALS, signal.SIGHUP)}

    def end(number: int, _frame: object) -> None:
        for other in former:
            signal.signal(other, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for number, handler in former.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
