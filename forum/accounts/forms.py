"""The forms about accounts: what was typed, what is wrong with it, and the clean values that come out."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask_babel import gettext as _

from forum.accounts.addresses import NoAddress, normalised_address
from forum.accounts.administration import AccountDraft
from forum.accounts.models import Account, RoleName
from forum.base.errors import MalformedRequest
from forum.text import clean_name
from forum.web.form_data import read_form, read_list

MAX_NAME_CHARS = 60


@dataclass
class AccountForm:
    """The form of an administrator about an account: raw values, and an error sentence a field."""

    name: str = ""
    email: str = ""
    roles: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_request(cls) -> AccountForm:
        """The posted form. :raises MalformedRequest: see `forum.web.form_data.read_form`."""
        values = read_form(("name", "email"), multiple=("role",))
        return cls(name=values["name"], email=values["email"], roles=read_list("role"))

    @classmethod
    def of(cls, account: Account) -> AccountForm:
        """The form as it stands for an account."""
        return cls(name=account.name, email=account.email, roles=sorted(account.role_names))

    def check(self, *, with_address: bool) -> AccountDraft | None:
        """The clean values, or None when there are errors.

        :raises MalformedRequest: a role that there is not.
        """
        self.errors = {}
        name = self._checked_name()
        email = self._checked_email() if with_address else ""
        try:
            roles = [RoleName(role) for role in dict.fromkeys(self.roles)]
        except ValueError:
            raise MalformedRequest from None
        if not roles:
            self.errors["role"] = _("Choose at least one role.")
        return None if self.errors else AccountDraft(name=name, roles=roles, email=email)

    def _checked_name(self) -> str:
        name = clean_name(self.name)
        if not name:
            self.errors["name"] = _("Fill in a name.")
        elif len(name) > MAX_NAME_CHARS:
            self.errors["name"] = _("A name may be %(max)s characters long at most.", max=MAX_NAME_CHARS)
        return name

    def _checked_email(self) -> str:
        try:
            return normalised_address(self.email)
        except NoAddress as refusal:
            self.errors["email"] = str(refusal.message)
            return ""
