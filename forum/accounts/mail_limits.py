"""How often somebody can have mail about an account sent: to one address, and from one network.

What is counted is what was typed, so that being refused tells nothing of which accounts there are. These windows are
apart from those of readers' mails: typing a colleague's address under an article must not use up their recovery.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from forum.base.errors import Refusal
from forum.base.signing import Signer
from forum.web.client import Address
from forum.web.limit_keys import LimitKeys, parse_limits, windows
from forum.web.limit_refusals import wait_in_words
from forum.web.limit_storage import Refused, WindowStorage
from forum.web.network_signers import network_signers

MAILS = "3 per hour"
"""Mails to one address."""
NETWORK_MAILS = "10 per hour"
"""Mails that one network asks for, which may be a whole office; wider IPv6 networks have more."""
_MESSAGE = _(
    "Enough mails were asked for. You can ask for another one in %(wait)s; look for the last one until then."
)


class TooManyMails(Refusal):
    """Another mail comes too soon (429)."""

    status = 429

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(LazyString(_in_words, retry_after_s))
        self.retry_after_s = retry_after_s


def reserve_mail(storage: WindowStorage, signer: Signer, *, email: str, address: Address) -> None:
    """Count a mail before it is known whether the address has an account.

    :raises TooManyMails: the address or the network had its share.
    """
    keys = LimitKeys(signer, network_signers())
    entries = windows(parse_limits(MAILS), "account-mails", keys.account(email), "address")
    entries += keys.network_windows(NETWORK_MAILS, "account-mails-from", address, "network")
    taken = storage.acquire_many(entries)
    if isinstance(taken, Refused):
        raise TooManyMails(taken.wait_s)


def _in_words(seconds: int) -> str:
    return str(_MESSAGE) % {"wait": wait_in_words(seconds)}
