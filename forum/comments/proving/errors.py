"""What a confirmation is refused with."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from forum.base.errors import Conflict, NotFound


class NothingToConfirm(NotFound):
    """No link of ours, or one whose comment was erased or has another address by now (404)."""

    message = _(
        "There is nothing to confirm here (any more). If you corrected your address, use the link in the newest mail."
    )


class ConfirmedAlready(Conflict):
    """The address of a comment that moderators can see is no longer changed (409)."""

    message = _("This comment does not wait for its address any more, so the address stays as it is.")
