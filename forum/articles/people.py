"""People with a byline, and the accounts that belong to them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.accounts.models import Account, Role, RoleName
from forum.articles.models import Person


def find_or_add_person(session: Session, name: str) -> Person:
    """The person with this name, made when new; linked to the author account of that name, if there is one."""
    person = session.scalars(select(Person).where(Person.name == name).order_by(Person.id).limit(1)).first()
    if person is None:
        person = Person(name=name)
        session.add(person)
        session.flush()
    if person.account_id is None:
        link_person(session, person)
    return person


def link_person(session: Session, person: Person) -> None:
    """Link a person to the one author account that has the same name; two of them are nobody's guess."""
    accounts = session.scalars(
        select(Account.id)
        .where(Account.name == person.name, Account.roles.any(Role.name == RoleName.AUTHOR.value))
        .limit(2)
    ).all()
    if len(accounts) == 1:
        person.account_id = accounts[0]
        session.flush()


def link_account(session: Session, account: Account) -> None:
    """Link an author account to the people of its name that have no account yet. The caller commits."""
    if RoleName.AUTHOR.value not in account.role_names:
        return
    for person in session.scalars(
        select(Person).where(Person.name == account.name, Person.account_id.is_(None))
    ):
        link_person(session, person)
