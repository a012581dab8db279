"""Roles and states of accounts in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from forum.accounts.models import Account, AccountState, RoleName

ROLES = {
    RoleName.AUTHOR: _("author"),
    RoleName.MODERATOR: _("moderator"),
    RoleName.EDITOR: _("editor"),
    RoleName.ADMIN: _("administrator"),
}
RIGHTS = {
    RoleName.AUTHOR: _("Answers below own articles."),
    RoleName.MODERATOR: _("Decides about comments in the queue, and answers everywhere."),
    RoleName.EDITOR: _("Works on all articles, and answers everywhere."),
    RoleName.ADMIN: _("May do everything, and manages the accounts."),
}
"""What each role lets somebody do."""
STATES = {
    AccountState.INVITED: _("invited"),
    AccountState.ACTIVE: _("active"),
    AccountState.DISABLED: _("disabled"),
}


def roles_in_words(account: Account) -> str:
    """`author, editor`."""
    return ", ".join(str(words) for role, words in ROLES.items() if role.value in account.role_names)
