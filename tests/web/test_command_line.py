"""The command line speaks the operator's language: what it tells, what it refuses, and its help."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask
from flask.cli import FlaskGroup

from forum.web.languages import TextCatalogues
from tests.conftest import AppFactory
from tests.web.test_languages import Marking

OWN_GROUPS = ("account", "article", "comments", "db", "demo", "import", "settings", "worker")


@pytest.fixture
def marked(sqlite_url: str, make_app: AppFactory, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An application in which every translated message stands in brackets."""
    monkeypatch.setattr(TextCatalogues, "_read", lambda _self, _language: Marking())
    return make_app(sqlite_url)


def _helps(app: Flask) -> Iterator[tuple[str, str | None]]:
    """Every help text of our own commands, with the name of what it helps with."""
    for name in OWN_GROUPS:
        group = app.cli.commands[name]
        assert isinstance(group, click.Group)
        yield name, group.help
        for command in group.commands.values():
            yield f"{name} {command.name}", command.help
            for parameter in command.params:
                if isinstance(parameter, click.Option) and parameter.name != "dialect":
                    yield f"{name} {command.name} {parameter.name}", parameter.help


def test_every_command_and_option_is_explained_in_the_language_of_the_site(marked: Flask) -> None:
    with marked.app_context():
        helps = dict(_helps(marked))

    assert [name for name, said in helps.items() if not (said or "").startswith("⟦")] == []
    assert len(helps) > 20


def test_a_help_text_is_printed_as_it_was_translated(marked: Flask) -> None:
    command = FlaskGroup(create_app=lambda: marked)

    printed = marked.test_cli_runner().invoke(command, args=["article", "import", "--help"])

    assert "⟦Create or update an article" in printed.output


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["account", "create", "geen adres", "--name", "Noor", "--role", "admin"], 2),
        (["account", "create", "noor@redactie.example", "--name", "", "--role", "admin"], 2),
        (["account", "create", "noor@redactie.example", "--name", "Noor", "--role", "admin"], 0),
        (["comments", "rerender"], 0),
        (["db", "upgrade"], 0),
        (["article", "import", "ARTICLE"], 0),
        (["article", "import", "BROKEN"], 1),
        (["article", "import", "NUL"], 1),
        (["article", "import", "BYTES"], 1),
        (["import", "wordpress", "BROKEN"], 1),
    ],
)
def test_what_a_command_tells_comes_from_the_catalogue(
    marked: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], exit_code: int
) -> None:
    monkeypatch.setenv("FORUM_ACCOUNT_PASSWORD", "een goed bewaard geheim")
    files = {
        "ARTICLE": b"---\ntitle: Een buurthuis\n---\nTekst.",
        "BROKEN": b"geen artikel",
        "NUL": b"---\ntitle: Een buurthuis\n---\nTe\0kst.",
        "BYTES": b"---\ntitle: caf\xe9\n---\nTekst.",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)

    result = marked.test_cli_runner().invoke(
        args=[str(tmp_path / part) if part in files else part for part in arguments]
    )

    assert result.exit_code == exit_code, result.output
    assert "⟦" in result.output


def test_without_an_application_a_message_is_english() -> None:
    from forum.articles.front_matter import FrontMatterError

    assert str(FrontMatterError(3, "title", "is missing")) == "line 3: title: is missing"
