"""What is to be done right after an erasure: whoever keeps the ledger registers it, the views that erase call it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

EXTENSION = "forum_after_erasure"


def register_after_erasure(app: Flask, act: Callable[[], None]) -> None:
    """Have `act` called after each erasure."""
    app.extensions[EXTENSION] = act


def act_after_erasure(app: Flask) -> None:
    """Do what was registered for `app`. The erasure is committed: it stands anyhow."""
    act = app.extensions.get(EXTENSION)
    if act is not None:
        act()
