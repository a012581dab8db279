"""Which folder may know of which: a change in one noun reaches only those that build on it."""

from __future__ import annotations

import pytest

from tests.rules.sources import FORUM, imports, modules, where

ORDER = (
    "base", "text", "spam", "mail", "web", "search", "accounts", "articles", "rules", "comments",
    "moderation", "pages", "desk", "exchange", "operations",
)  # fmt: skip
"""A folder imports only from folders named before it, and from itself."""

BESIDE = {"config", "setting_values"}
"""Modules beside the folders that all of them may use."""
WHOLE = {"operations": {"create_app"}}
"""Whoever starts the application needs the whole of it."""


def test_every_folder_has_its_place_in_the_order() -> None:
    folders = {path.parent.name for path in FORUM.glob("*/__init__.py")}

    assert folders - {"migrations", "translations"} == set(ORDER)


def test_a_folder_imports_only_from_folders_named_before_it() -> None:
    wrong = []
    for path in modules():
        folder = path.relative_to(FORUM).parts[0]
        if folder not in ORDER:
            continue
        allowed = {*ORDER[: ORDER.index(folder) + 1], *BESIDE, *WHOLE.get(folder, ())}
        for line, name in imports(path):
            parts = name.split(".")
            if parts[0] == "forum" and parts[1] not in allowed:
                wrong.append(f"{where(path, line)}: {folder} imports {name}")

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("folder", ["text", "spam"])
def test_texts_and_checks_know_neither_flask_nor_a_database(folder: str) -> None:
    wrong = [
        f"{where(path, line)}: {name}"
        for path in (FORUM / folder).rglob("*.py")
        for line, name in imports(path)
        if name.split(".")[0].startswith(("flask", "sqlalchemy", "werkzeug"))
    ]

    assert not wrong, "\n".join(wrong)


def test_the_base_knows_no_request() -> None:
    wrong = [
        f"{where(path, line)}: {name}"
        for path in (FORUM / "base").rglob("*.py")
        for line, name in imports(path)
        if name in {"flask.request", "flask.g", "flask.session", "flask.current_app"}
    ]

    assert not wrong, "\n".join(wrong)


def test_a_service_never_knows_of_the_request_or_of_templates() -> None:
    forbidden = {"flask.request", "flask.g", "flask.session", "flask.render_template", "flask.current_app"}
    asked = {"forum.web.client.request_address", "forum.accounts.rights.account_of_request"}
    wrong = [
        f"{where(path, line)}: {name}"
        for path in modules()
        if path.name not in {"views.py", "forms.py", "commands.py"}
        and path.relative_to(FORUM).parts[0] in ORDER[ORDER.index("articles") : ORDER.index("operations")]
        for line, name in imports(path)
        if name in forbidden | asked
    ]

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("library", ["bleach", "nh3"])
def test_one_module_imports_the_sanitisers(library: str) -> None:
    importers = {
        str(path.relative_to(FORUM))
        for path in modules()
        for _, name in imports(path)
        if name.split(".")[0] == library
    }

    assert importers == {"text/sanitise.py"}
