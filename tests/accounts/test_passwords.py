"""What a password must be, and that the one that was chosen is the one that opens the door."""

from __future__ import annotations

import unicodedata
from typing import Literal

import pytest
from flask import Flask

from forum.accounts.models import RoleName
from forum.accounts.passwords import PasswordTooLong, PasswordTooShort, hash_of_password
from forum.accounts.service import save_account
from forum.base.session import db, writing
from tests.accounts.work import NEWCOMER, can_sign_in
from tests.factories import NOW, Site

ACCENTS = "een café vol créatieve zeeën"


@pytest.mark.parametrize("password", ["", "x" * 9])
def test_a_short_password_is_refused(sqlite_app: Flask, password: str) -> None:
    with sqlite_app.app_context(), pytest.raises(PasswordTooShort):
        hash_of_password(password)


def test_a_password_that_could_not_be_typed_in_to_sign_in_is_refused(sqlite_app: Flask) -> None:
    with sqlite_app.app_context(), pytest.raises(PasswordTooLong):
        hash_of_password("x" * 201)


@pytest.mark.parametrize("password", ["x" * 10, "x" * 200])
def test_the_bounds_themselves_are_taken(sqlite_app: Flask, password: str) -> None:
    with sqlite_app.app_context():
        assert hash_of_password(password).startswith("$argon2id$")


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKD"])
def test_a_password_with_accents_opens_the_door_however_a_keyboard_spells_it(
    site: Site, form: Literal["NFC", "NFD", "NFKD"]
) -> None:
    with site.app.app_context(), writing(db.session):
        save_account(
            db.session, email=NEWCOMER.email, name=NEWCOMER.name, roles=[RoleName.EDITOR],
            password=unicodedata.normalize("NFC", ACCENTS), now=NOW,
        )  # fmt: skip

    assert can_sign_in(site, NEWCOMER.email, unicodedata.normalize(form, ACCENTS))


@pytest.mark.parametrize(
    ("password", "exit_code"), [("x" * 9, 1), ("x" * 10, 0), ("x" * 200, 0), ("x" * 201, 1)]
)
def test_the_command_line_takes_the_same_passwords(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch, password: str, exit_code: int
) -> None:
    monkeypatch.setenv("FORUM_ACCOUNT_PASSWORD", password)
    words = ["account", "create", NEWCOMER.email, "--name", NEWCOMER.name, "--role", "editor"]

    result = sqlite_app.test_cli_runner().invoke(args=words)

    assert result.exit_code == exit_code
    assert password not in result.output
