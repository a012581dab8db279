"""How the text of a setting is read. Each function refuses what cannot be right with a ValueError or a KeyError."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from limits import parse_many
from sqlalchemy import make_url


def text(raw: str) -> str:
    """Any text that is not blank."""
    if not raw.strip():
        raise ValueError
    return raw.strip()


def number(low: int, high: int) -> Callable[[str], int]:
    """A whole number from `low` to `high`."""

    def read(raw: str) -> int:
        if not low <= int(raw) <= high:
            raise ValueError
        return int(raw)

    return read


def switch(raw: str) -> bool:
    """`on` or `off`."""
    return {"on": True, "off": False}[raw.strip().lower()]


def limits(raw: str) -> str:
    """Limits in Flask-Limiter's words, each of at least one."""
    if any(limit.amount < 1 for limit in parse_many(raw)):
        raise ValueError
    return raw.strip()


def networks(raw: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks in CIDR notation, separated by commas."""
    return tuple(ip_network(part.strip()) for part in raw.replace(";", ",").split(",") if part.strip())


def database_url(raw: str) -> str:
    """A SQLite file or a PostgreSQL database; empty for the default."""
    if not raw.strip():
        return ""
    url = make_url(raw.strip())
    is_file = url.drivername == "sqlite" and bool(url.database) and url.database != ":memory:"
    if not is_file and url.drivername not in {"postgresql", "postgresql+psycopg"}:
        raise ValueError
    return raw.strip()


def redis_url(raw: str) -> str:
    """A Redis server, or empty."""
    parts = urlsplit(raw.strip())
    if raw.strip() and (parts.scheme not in {"redis", "rediss", "unix"} or parts.port == 0):
        raise ValueError  # reading the port refuses one that is no number
    return raw.strip()


def base_url(raw: str) -> str:
    """A site's root, without a path; empty for the default."""
    parts = urlsplit(raw)
    if raw and (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
        or parts.username is not None
        or any(character.isspace() for character in raw.strip())
        or parts.port == 0  # reading the port refuses one that is no number
    ):
        raise ValueError
    return raw.strip().rstrip("/")


def locale(raw: str) -> str:
    """A language that the forum speaks."""
    if raw not in {"nl", "en"}:
        raise ValueError
    return raw


def secret_key(raw: str) -> str:
    """At least 32 characters, or empty."""
    if raw and len(raw) < 32:
        raise ValueError
    return raw


def choice(*words: str) -> Callable[[str], str]:
    """One of `words`."""

    def read(raw: str) -> str:
        return dict(zip(words, words, strict=True))[raw.strip().lower()]

    return read


def smtp_url(raw: str) -> str:
    """A mail server, or empty."""
    parts = urlsplit(raw.strip())
    if raw.strip() and (
        parts.scheme not in {"smtp", "smtps"}
        or not parts.hostname
        or parts.path.strip("/")
        or parts.port == 0  # reading the port refuses one that is no number
        or (parts.password is not None and not parts.username)
    ):
        raise ValueError
    return raw.strip()


def mail_address(raw: str) -> str:
    """An e-mail address, or empty."""
    if not raw.strip():
        return ""
    from email_validator import EmailNotValidError, validate_email  # a start that sets none goes without it

    try:
        return (
            validate_email(raw.strip(), check_deliverability=False, test_environment=True).ascii_email or ""
        )
    except EmailNotValidError:
        raise ValueError from None
