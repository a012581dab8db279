"""Every setting once: name, default, unit, meaning. Read from the environment and a `.env` file at start.

A value that cannot be right stops the start with one line: the setting's name, what it got, what it takes.
"""

# ruff: noqa: RUF009 - `_setting` only describes a field

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from forum import setting_values as read

PROJECT_ROOT = Path(__file__).resolve().parent.parent
_NOT_SETTINGS = ("FORUM_TEST_", "FORUM_ACCOUNT_PASSWORD")


class SettingsError(Exception):
    """A setting has a value that cannot be right. The text is one line for the operator."""


def _setting(
    default: object, read: Callable[[str], Any], takes: str, meaning: str, *, secret: bool = False
) -> Any:
    return field(
        default=read(default) if isinstance(default, str) else default,
        metadata={"read": read, "takes": takes, "meaning": meaning, "secret": secret},
    )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings, checked. `FORUM_` and the upper-case field name is the variable's name."""

    database_url: str = _setting(
        "", read.database_url, "sqlite:///… or postgresql://…",
        "Where everything is stored. Empty: the SQLite file `instance/forum.sqlite3`. "
        "Absolute SQLite paths have four slashes.", secret=True,
    )  # fmt: skip
    redis_url: str = _setting(
        "", read.redis_url, "redis://host:port/number or empty",
        "Counts posting limits for several nodes. Empty: not used.", secret=True,
    )  # fmt: skip
    secret_key: str = _setting(
        "", read.secret_key, "at least 32 characters",
        "Signs sessions and tokens. Empty: made at the first start, kept in `instance/secret_key`.", secret=True,
    )  # fmt: skip
    base_url: str = _setting(
        "", read.base_url, "http(s)://host[:port] without a path",
        "The site's public address. Empty: `http://127.0.0.1:<port>`. With https, cookies are Secure and `__Host-`.",
    )  # fmt: skip
    site_name: str = _setting("Weerwoord", read.text, "a name", "The name in the header and in titles.")
    locale: str = _setting("nl", read.locale, "nl or en", "The readers' language.")
    timezone: ZoneInfo = _setting(
        "Europe/Amsterdam",
        ZoneInfo,
        "a time zone such as Europe/Amsterdam",
        "The zone of the dates that pages show.",
    )
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = _setting(
        "", read.networks, "networks such as 10.0.0.0/8, separated by commas",
        "Proxies whose `X-Forwarded-For` is believed. Empty: no forwarded header is believed.",
    )  # fmt: skip
    comment_limits: str = _setting(
        "1 per 10 seconds; 5 per 10 minutes; 30 per day", read.limits, "limits such as 5 per 10 minutes; 30 per day",
        "Comments per e-mail address.",
    )  # fmt: skip
    network_limits: str = _setting(
        "20 per 10 minutes; 200 per day", read.limits, "limits such as 20 per 10 minutes",
        "Comments per IPv4 address or IPv6 /64; a /56 gets twice, a /48 four times as many.",
    )  # fmt: skip
    flood_limit: str = _setting(
        "60 per minute",
        read.limits,
        "a limit such as 60 per minute",
        "Posts per network, refused ones counted too.",
    )
    comment_max_chars: int = _setting(
        "10000",
        read.number(100, 100_000),
        "a number of characters, 100 to 100000",
        "Longest comment, in characters.",
    )
    branches_per_page: int = _setting(
        "25",
        read.number(1, 500),
        "a number, 1 to 500",
        "Branches (comments that answer no other) on a page of a thread.",
    )
    check_email_dns: bool = _setting(
        "off", read.switch, "on or off",
        "Ask the DNS whether an e-mail domain takes mail (at most 2 s; a DNS failure refuses nobody).",
    )  # fmt: skip
    page_cache_mb: int = _setting(
        "64",
        read.number(0, 4096),
        "a number of megabytes, 0 to 4096",
        "Memory a web process may keep finished pages in.",
    )
    smtp_url: str = _setting(
        "", read.smtp_url, "smtp[s]://user:password@host:port or empty",
        "The mail server. Empty: no mail is sent; admins can read it at `/moderation/mail`.", secret=True,
    )  # fmt: skip
    mail_from: str = _setting(
        "", read.mail_address, "an e-mail address or empty",
        "The sender of every mail. Empty: `noreply@` and the host of `FORUM_BASE_URL`.",
    )  # fmt: skip
    mail_per_minute: int = _setting(
        "120", read.number(1, 100_000), "a number, 1 to 100000",
        "The most mails that leave in a minute, from all workers together; staff come first.",
    )  # fmt: skip
    mail_delay_s: int = _setting(
        "60", read.number(0, 86_400), "a number of seconds, 0 to 86400",
        "How long a mail about a decision waits, so that an undo stops the mail too.",
    )  # fmt: skip
    bounce_token: str = _setting(
        "", read.secret_key, "at least 32 characters, or empty",
        "What a mail server posts to `/mail/bounces` with. Empty: nothing is taken there.", secret=True,
    )  # fmt: skip
    confirm_email: str = _setting(
        "auto", read.choice("auto", "always", "never"), "auto, always or never",
        "Whether an address that this browser has not proven is proven by a mail before moderators see the comment. "
        "auto: when a mail server is set.",
    )  # fmt: skip
    disposable_email: str = _setting(
        "hold", read.choice("hold", "refuse", "allow"), "hold, refuse or allow",
        "What becomes of comments from throw-away addresses. hold: moderators are told.",
    )  # fmt: skip
    queue_alarm_hours: int = _setting(
        "24", read.number(1, 720), "a number of hours, 1 to 720",
        "After how long a waiting comment is overdue, and moderators are told by mail.",
    )  # fmt: skip
    keep_unconfirmed_days: int = _setting(
        "7", read.number(1, 365), "a number of days, 1 to 365",
        "How long a comment waits for its address to be proven; then it is erased.",
    )  # fmt: skip
    keep_refused_days: int = _setting(
        "200", read.number(1, 3650), "a number of days, 1 to 3650",
        "How long refused, removed, withdrawn and returned comments and spam keep their text and their writer.",
    )  # fmt: skip
    keep_networks_days: int = _setting(
        "30", read.number(1, 365), "a number of days, 1 to 365",
        "How long the keyed hash of a reader's network is kept, and its key.",
    )  # fmt: skip
    keep_mail_days: int = _setting(
        "90", read.number(1, 3650), "a number of days, 1 to 3650",
        "How long mails are kept, sent or not; one that has waited so long is given up.",
    )  # fmt: skip
    keep_sessions_days: int = _setting(
        "90", read.number(1, 3650), "a number of days, 1 to 3650",
        "How long it is kept who of the staff was signed in when.",
    )  # fmt: skip
    erasure_ledger: Path = _setting(
        "", lambda raw: (PROJECT_ROOT / raw).resolve() if raw else Path(), "a file",
        "Hashes of what was erased, kept outside the database and its backups. "
        "Empty: `erasures.ledger` beside the secret key. Relative to the checkout.",
    )  # fmt: skip
    instance_path: Path = _setting(
        "instance", lambda raw: (PROJECT_ROOT / raw).resolve(), "a folder",
        "Where the SQLite files and the secret key are kept. Relative to the checkout.",
    )  # fmt: skip

    @property
    def is_https(self) -> bool:
        """Whether readers reach the site over https."""
        return self.base_url.startswith("https://")

    @property
    def confirms_email(self) -> bool:
        """Whether an address is proven by a mail before moderators see the comment."""
        return self.confirm_email == "always" or (self.confirm_email == "auto" and bool(self.smtp_url))

    @property
    def max_form_bytes(self) -> int:
        """Largest comment form: 12 bytes a character (an emoji, percent-encoded) and 8 KiB for the other fields."""
        return 12 * self.comment_max_chars + 8 * 1024


def load_settings(environ: Mapping[str, str] | None = None, *, port: int = 8000) -> Settings:
    """Read the settings from `environ` (default: `.env`, overridden by the process's environment).

    Makes the instance folder and, when none is set, the secret key.

    :param port: the port in the default base URL.
    :raises SettingsError: a value cannot be right.
    """
    environ = read_environ() if environ is None else environ
    values = {f.name: _read(variable(f.name), environ, f.metadata) for f in fields(Settings)}
    instance: Path = values["instance_path"]
    try:
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        values["secret_key"] = values["secret_key"] or _kept_secret(instance / "secret_key")
    except OSError as error:
        raise SettingsError(
            f"FORUM_INSTANCE_PATH: got {str(instance)!r}, takes a folder that can be written ({error.strerror})"
        ) from None
    values["database_url"] = values["database_url"] or f"sqlite:///{instance / 'forum.sqlite3'}"
    if values["erasure_ledger"] == Path():
        values["erasure_ledger"] = instance / "erasures.ledger"
    values["base_url"] = values["base_url"] or f"http://127.0.0.1:{port}"
    return Settings(**values)


def read_environ() -> dict[str, str]:
    """The `.env` file, overridden by the process's environment."""
    return {k: v for k, v in dotenv_values(PROJECT_ROOT / ".env").items() if v is not None} | dict(os.environ)


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"FORUM_{name.upper()}"


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Variables that look like settings and are none: most likely a typing error."""
    known = {variable(f.name) for f in fields(Settings)}
    return sorted(
        name
        for name in environ
        if name.startswith("FORUM_") and name not in known and not name.startswith(_NOT_SETTINGS)
    )


def describe(settings: Settings) -> list[tuple[str, str]]:
    """Name and value of each setting, for the operator; secrets masked."""
    return [
        (variable(f.name), _shown(getattr(settings, f.name), bool(f.metadata["secret"])))
        for f in fields(Settings)
    ]


def _read(name: str, environ: Mapping[str, str], metadata: Mapping[str, Any]) -> Any:
    default = next(f.default for f in fields(Settings) if variable(f.name) == name)
    raw = environ.get(name)
    if raw is None:
        return default
    try:
        return metadata["read"](raw)
    except (ValueError, KeyError, ArgumentError, OSError):
        shown = "a value not shown here" if metadata["secret"] else repr(raw)
        raise SettingsError(f"{name}: got {shown}, takes {metadata['takes']}") from None


def _shown(value: object, secret: bool) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    text = str(value)
    if secret and "://" in text:
        return make_url(text).render_as_string(hide_password=True)
    return "********" if secret and text else text


def _kept_secret(path: Path) -> str:
    """The secret in `path`; made when missing, so that two starts at once agree on one."""
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # the other start was first: use its secret
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().strip()
