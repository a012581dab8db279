"""How far a long command is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask_babel import gettext as _


class Progress:
    """A bar on a terminal, else a line for every tenth part."""

    def __init__(self) -> None:
        self._step = ""
        self._tenth = 0
        self._bar: click._termui_impl.ProgressBar[int] | None = None

    @classmethod
    @contextmanager
    def shown(cls) -> Iterator[Progress]:
        """A progress whose bar is ended, whatever happens."""
        progress = cls()
        try:
            yield progress
        finally:
            progress.finish()

    def show(self, step: str, done: int, of: int) -> None:
        """How far a step is."""
        if step != self._step:
            self._begin(step, of)
        if self._bar is not None:
            self._bar.update(done - self._bar.pos)
        elif of and done * 10 // of > self._tenth:
            self._tenth = done * 10 // of
            click.echo(f"{self._label(step)} {self._tenth * 10} %", err=True)

    def _begin(self, step: str, of: int) -> None:
        self.finish()
        self._step, self._tenth = step, 0
        if sys.stderr.isatty():
            self._bar = click.progressbar(length=max(of, 1), label=self._label(step), file=sys.stderr)
            self._bar.__enter__()

    def finish(self) -> None:
        """End the bar of the present step."""
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None

    @staticmethod
    def _label(step: str) -> str:
        return str({"read": _("Reading and checking"), "write": _("Writing")}[step])
