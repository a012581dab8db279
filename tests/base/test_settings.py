"""Settings: what each takes, one line for what it does not, secrets never shown, and a secret key made once."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from forum.config import Settings, SettingsError, describe, load_settings, unknown_variables

WRONG = [
    ("FORUM_DATABASE_URL", "mysql://geheim@host/db"),
    ("FORUM_DATABASE_URL", "geen adres"),
    ("FORUM_REDIS_URL", "http://127.0.0.1"),
    ("FORUM_SECRET_KEY", "te kort"),
    ("FORUM_BASE_URL", "voorbeeld.example"),
    ("FORUM_BASE_URL", "https://voorbeeld.example/pad"),
    ("FORUM_BASE_URL", "ftp://voorbeeld.example"),
    ("FORUM_BASE_URL", "http://voorbeeld.example:poort"),
    ("FORUM_SITE_NAME", "  "),
    ("FORUM_LOCALE", "fr"),
    ("FORUM_TIMEZONE", "Europa/Amsterdam"),
    ("FORUM_TIMEZONE", "Europe"),
    ("FORUM_TIMEZONE", "../../etc/passwd"),
    ("FORUM_TRUSTED_PROXIES", "10.0.0.300"),
    ("FORUM_TRUSTED_PROXIES", "10.0.0.1/8"),
    ("FORUM_COMMENT_LIMITS", "veel"),
    ("FORUM_NETWORK_LIMITS", "20 per eeuwigheid"),
    ("FORUM_FLOOD_LIMIT", "-1"),
    ("FORUM_COMMENT_MAX_CHARS", "99"),
    ("FORUM_COMMENT_MAX_CHARS", "100001"),
    ("FORUM_COMMENT_MAX_CHARS", "veel"),
    ("FORUM_BRANCHES_PER_PAGE", "0"),
    ("FORUM_CHECK_EMAIL_DNS", "misschien"),
    ("FORUM_PAGE_CACHE_MB", "4097"),
]


def load(folder: Path, **environ: str) -> Settings:
    return load_settings({"FORUM_INSTANCE_PATH": str(folder / "instance")} | environ)


def test_without_any_setting_the_site_starts(tmp_path: Path) -> None:
    settings = load(tmp_path)

    assert settings.database_url == f"sqlite:///{tmp_path}/instance/forum.sqlite3"
    assert (settings.base_url, settings.locale, settings.comment_max_chars) == (
        "http://127.0.0.1:8000", "nl", 10_000,
    )  # fmt: skip
    assert (settings.is_https, settings.max_form_bytes) == (False, 12 * 10_000 + 8 * 1024)


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_value_that_cannot_be_right_is_told_in_one_line(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, **{name: value})

    line = str(error.value)
    assert line.startswith(f"{name}: got ")
    assert ", takes " in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FORUM_DATABASE_URL", "mysql://gebruiker:hunter2@host/db"),
        ("FORUM_SECRET_KEY", "hunter2"),
        ("FORUM_REDIS_URL", "http://:hunter2@h"),
    ],
)
def test_the_line_shows_no_secret(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, **{name: value})

    assert "hunter2" not in str(error.value)
    assert "hunter2" not in repr(error.value.__cause__)


def test_a_listing_masks_secrets_and_shows_the_rest(tmp_path: Path) -> None:
    settings = load(
        tmp_path, FORUM_SECRET_KEY="k" * 40, FORUM_DATABASE_URL="postgresql://ik:hunter2@host/db",
        FORUM_REDIS_URL="redis://:hunter2@127.0.0.1:6379/1", FORUM_CHECK_EMAIL_DNS="on",
        FORUM_TRUSTED_PROXIES="10.0.0.0/8, 2001:db8::/32",
    )  # fmt: skip

    shown = dict(describe(settings))

    assert "hunter2" not in str(shown)
    assert "k" * 40 not in str(shown)
    assert shown["FORUM_DATABASE_URL"] == "postgresql://ik:***@host/db"
    assert shown["FORUM_CHECK_EMAIL_DNS"] == "on"
    assert shown["FORUM_TRUSTED_PROXIES"] == "10.0.0.0/8, 2001:db8::/32"


def test_names_that_are_no_setting_are_pointed_out() -> None:
    environ = {
        "FORUM_LOCALE": "nl",
        "FORUM_LOCAL": "nl",
        "FORUM_TEST_DATA": "x",
        "FORUM_ACCOUNT_PASSWORD": "x",
        "HOME": "/",
    }

    assert unknown_variables(environ) == ["FORUM_LOCAL"]


def test_https_is_known_by_the_base_url(tmp_path: Path) -> None:
    settings = load(tmp_path, FORUM_BASE_URL="https://forum.voorbeeld.example/")

    assert (settings.base_url, settings.is_https) == ("https://forum.voorbeeld.example", True)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "bestand").write_text("")

    with pytest.raises(SettingsError, match=r"^FORUM_INSTANCE_PATH: got "):
        load_settings({"FORUM_INSTANCE_PATH": str(tmp_path / "bestand" / "instance")})


def test_the_secret_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    first, second = load(tmp_path).secret_key, load(tmp_path).secret_key

    file = tmp_path / "instance" / "secret_key"
    assert first == second == file.read_text()
    assert len(first) >= 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_secret_key_that_is_set_makes_no_file(tmp_path: Path) -> None:
    settings = load(tmp_path, FORUM_SECRET_KEY="k" * 32)

    assert settings.secret_key == "k" * 32
    assert not (tmp_path / "instance" / "secret_key").exists()


def _key_of(folder: Path) -> str:
    os.umask(0)  # a careless umask must not open the file to others
    return load(folder).secret_key


def test_starts_at_one_moment_agree_on_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as starts:
        keys = starts.map(_key_of, [tmp_path] * 8, chunksize=1)

    assert len(set(keys)) == 1
    assert sorted(os.listdir(tmp_path / "instance")) == ["secret_key"]  # noqa: PTH208 - names are what counts
    assert stat.S_IMODE((tmp_path / "instance" / "secret_key").stat().st_mode) == 0o600
