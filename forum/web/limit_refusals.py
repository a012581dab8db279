"""The answers to someone who has reached a limit (429), each with the wait in seconds and in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from babel.dates import format_timedelta
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from forum.base.errors import Refusal

Scope = Literal["address", "correction", "network", "flood", "preview", "mail", "sign-in"]

_MESSAGES = {
    "address": _("You have just sent a comment. You can send the next one in %(wait)s."),
    "correction": _("Comments with this address have only just come in. You can use it in %(wait)s."),
    "network": _("Many comments are coming from your network just now. You can send yours in %(wait)s."),
    "flood": _("Very many requests are coming from your network. Try again in %(wait)s."),
    "preview": _("Those were many previews. You can see the next one in %(wait)s."),
    "mail": _("Very many mails were asked for from your network. Try again in %(wait)s."),
    "sign-in": _("Signing in failed too often. Try again in %(wait)s."),
}
_UNITS_S = ((2 * 86_400, 86_400), (2 * 3_600, 3_600), (2 * 60, 60))
"""From how many seconds on a wait is told in a unit, and the unit's seconds."""


class LimitReached(Refusal):
    """A limit is used up.

    :param retry_after_s: whole seconds until the next is allowed, at least 1.
    :param scope: whose limit it is.
    """

    status = 429

    def __init__(self, retry_after_s: int, scope: Scope) -> None:
        super().__init__(LazyString(_say, scope, retry_after_s))
        self.retry_after_s = retry_after_s
        self.scope = scope


class TooManyPosts(LimitReached):
    """A comment that comes too soon: scope `address`, `correction`, `network`, `flood` or `preview`; a mail asked
    for too often: scope `mail`."""


class TooManySignIns(LimitReached):
    """An attempt to sign in that comes too soon: scope `sign-in`."""


def wait_in_words(seconds: int) -> str:
    """A wait in the reader's language, such as "2 minutes"; rounded up, so that nobody returns too early."""
    unit_s = next((unit_s for least_s, unit_s in _UNITS_S if seconds >= least_s), 1)
    rounded = timedelta(seconds=-(-seconds // unit_s) * unit_s)
    return format_timedelta(rounded, threshold=2, locale=get_locale() or "en")


def _say(scope: Scope, seconds: int) -> str:
    return str(_MESSAGES[scope]) % {"wait": wait_in_words(seconds)}
