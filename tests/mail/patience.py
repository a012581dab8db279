"""A postman who is impatient at one step only, so that a slow machine breaks no other."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from forum.mail import delivery

SHORT_S = 0.3
TEXT = "text"
"""The step at which the text of a mail was sent; the others are their commands' names."""
Step = Callable[[str], bool]


def at(name: str) -> Step:
    """The step of a command (`EHLO`, `MAIL`, `RCPT`), or `TEXT`."""
    return lambda sent: sent.split()[0].upper() == name.upper()


def wait_shortly(monkeypatch: pytest.MonkeyPatch, step: Step) -> None:
    """Wait `SHORT_S` for the answer to this step, and as long as ever for those to all others."""
    usual_s = delivery.TIMEOUT_S

    def adjust(sent: str) -> None:
        monkeypatch.setattr(delivery, "TIMEOUT_S", SHORT_S if step(sent) else usual_s)

    _before_each_step(monkeypatch, adjust)


def be_late(monkeypatch: pytest.MonkeyPatch, step: Step) -> None:
    """At this step the time for the mail is over but for `SHORT_S`, as if the ones before had taken so long."""
    late_s = 0.0

    def adjust(sent: str) -> None:
        nonlocal late_s
        late_s += delivery.MAIL_WITHIN_S - SHORT_S if step(sent) else 0.0

    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + late_s)
    monkeypatch.setattr(delivery, "time", clock)
    _before_each_step(monkeypatch, adjust)


def _before_each_step(monkeypatch: pytest.MonkeyPatch, adjust: Callable[[str], None]) -> None:
    send = delivery._Connection.send

    def sending(connection: delivery._Connection, what: Any) -> None:
        adjust(TEXT if isinstance(what, bytes) else what)
        send(connection, what)

    monkeypatch.setattr(delivery._Connection, "send", sending)
