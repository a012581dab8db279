"""Every setting stands in the README's table, with its default and its meaning."""

from __future__ import annotations

import re
from dataclasses import Field, fields

import pytest

from forum.config import PROJECT_ROOT, Settings, variable

README = PROJECT_ROOT / "README.md"
FIXED_DEFAULTS = {
    "database_url": "sqlite:///instance/forum.sqlite3",
    "secret_key": "made at first start",
    "base_url": "http://127.0.0.1:<port>",
    "instance_path": "instance",
    "erasure_ledger": "empty",
}
"""What stands in for an empty value; paths as they are typed, not as they are found on this machine."""
_ROW = re.compile(r"^\| `(FORUM_[A-Z_]+)` \|([^|]*)\|([^|]+)\|\s*$", re.MULTILINE)


def _documented() -> dict[str, tuple[str, str]]:
    """Default and meaning of each row of the table."""
    return {
        name: (default.strip(), meaning.strip())
        for name, default, meaning in _ROW.findall(README.read_text())
    }


def test_every_setting_is_in_the_table_and_nothing_else() -> None:
    assert set(_documented()) == {variable(field.name) for field in fields(Settings)}


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda setting: variable(setting.name))
def test_a_settings_row_gives_its_default_and_meaning(setting: Field[object]) -> None:
    default, meaning = _documented()[variable(setting.name)]

    fixed = FIXED_DEFAULTS.get(setting.name, _in_words(setting.default))
    assert default.replace("`", "") == fixed
    assert meaning.startswith(setting.metadata["meaning"])
    assert setting.metadata["takes"] in meaning


def _in_words(default: object) -> str:
    if isinstance(default, bool):
        return "on" if default else "off"
    return "empty" if default in ("", ()) else str(default)
