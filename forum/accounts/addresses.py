"""The addresses of staff: one spelling each, and each of one account."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.base.errors import Unprocessable
from forum.base.session import lock_key


class NoAddress(Unprocessable):
    """Not an e-mail address (422)."""

    message = _("This is not a complete e-mail address. It looks like name@example.nl.")


class AddressTaken(Unprocessable):
    """Another account has this address (422)."""

    message = _("There is an account with this address already.")


def normalised_address(typed: str) -> str:
    """One spelling of an address.

    :raises NoAddress: it is none.
    """
    try:
        return validate_email(typed.strip()[:400], check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise NoAddress from None


def find_account(session: Session, email: str) -> Account | None:
    """The account with this address.

    :param email: normalised.
    """
    return session.scalar(select(Account).where(Account.email == email))


def claim_address(session: Session, email: str) -> None:
    """Make sure that no account has this address, nor gets it before this transaction ends.

    :param email: normalised.
    :raises AddressTaken: an account has it.
    """
    lock_key(session, f"account address {email}")
    if find_account(session, email) is not None:
        raise AddressTaken
