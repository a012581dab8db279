"""The family of refusals: what a visitor or a member of staff asked for and does not get.

A service raises a refusal by name; one handler (`forum.web.error_pages`) renders it. Nothing else is caught on the
way, so a service stays free of HTTP while each refusal still knows the status that it is answered with.
"""

from __future__ import annotations

from typing import ClassVar

from flask_babel import lazy_gettext as _


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """Something asked for that is not given. Subclasses set `status` and `message`.

    :param message: a sentence for the person who asked, in their language; default: the class's own.
    """

    status: ClassVar[int] = 400
    message: object = _("This request cannot be handled.")
    retry_after_s: int | None = None

    def __init__(self, message: object | None = None) -> None:
        super().__init__(message or self.message)
        if message is not None:
            self.message = message


class MalformedRequest(Refusal):
    """Bytes that are no form: bad encoding, NUL, lone surrogates, one field sent twice (400)."""

    status = 400
    message = _("Part of what was sent cannot be read. Go back, reload the page and try again.")


class NotAllowed(Refusal):
    """The visitor is known, but lacks the right (403)."""

    status = 403
    message = _("You do not have the right to see or do this.")


class NotFound(Refusal):
    """There is nothing here, or nothing that this visitor may know of (404)."""

    status = 404
    message = _("There is no page at this address (any more).")


class DeadLink(NotFound):
    """A link from a mail that opens nothing: cut off, altered, or of somebody who is no longer here (404)."""

    message = _(
        "This link does not work. Perhaps your mail program cut it off: copy all of it, or ask for a new one."
    )


class Conflict(Refusal):
    """The thing changed meanwhile (409)."""

    status = 409
    message = _("Someone else changed this while you were looking at it.")


class Unprocessable(Refusal):
    """Well-formed, but it makes no sense here (422)."""

    status = 422
    message = _("This cannot be done with what was filled in.")


class Unavailable(Refusal):
    """The database or another part is away for the moment (503)."""

    status = 503
    message = _("The site is briefly out of order. Try again in half a minute.")
    retry_after_s = 30
