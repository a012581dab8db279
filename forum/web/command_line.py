"""Commands that speak the operator's language: `FORUM_LOCALE`.

Help texts are message ids, marked with `N_` where they are written and translated when somebody reads them: by then
the application is there, and with it the language. What Click says of itself ("Usage", "Options") it says in English.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from flask.cli import AppGroup
from flask_babel import gettext

Decorated = TypeVar("Decorated", bound="Callable[..., Any] | click.Command")


def N_(message: str) -> str:  # noqa: N802 - the name that gettext's tools know
    """Mark a message for the catalogue, to be translated later."""
    return message


class _Spoken:
    """Something whose `help` is a message id."""

    _help: str | None = None

    @property
    def help(self) -> str | None:
        """The help text in the language of the application."""
        return str(gettext(self._help)) if self._help else None

    @help.setter
    def help(self, message: str | None) -> None:
        self._help = message


class Command(_Spoken, click.Command):
    """A command with a help text to translate."""


class Group(_Spoken, AppGroup):
    """A group of such commands, each of which runs inside the application."""

    command_class = Command


class Option(_Spoken, click.Option):
    """An option with a help text to translate."""


def option(*names: str, **attributes: Any) -> Callable[[Decorated], Decorated]:
    """As `click.option`, with a help text to translate."""
    return click.option(*names, cls=Option, **attributes)
