"""E-mail addresses: which are taken, how they are stored, and a DNS that refuses nobody by failing."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import dns.message
import dns.resolver
import pytest
from email_validator import EmailNotValidError, EmailUndeliverableError

from forum.comments.addresses import normalise_email
from forum.comments.email_dns import BoundedResolver

_LIBRARY: Any = dns.resolver  # its exceptions are not typed
NO_MAIL = _LIBRARY.NoAnswer(response=dns.message.make_query("lezers.nl", "MX"))
NO_DOMAIN = _LIBRARY.NXDOMAIN()
TOO_LATE = _LIBRARY.LifetimeTimeout(timeout=2, errors=[])
NO_SERVERS = _LIBRARY.NoNameservers()
NO_DNS = _LIBRARY.NoResolverConfiguration()
DATA = Path(os.environ.get("FORUM_TEST_DATA", Path(__file__).parents[2] / "../shared/data"))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("noor@lezers.example", "noor@lezers.example"),
        ("Noor.de.Wit@Lezers.EXAMPLE", "noor.de.wit@lezers.example"),
        ("noor+krant@lezers.example", "noor+krant@lezers.example"),
        ("noor@bücher.example", "noor@bücher.example"),
        ("ré@lezers.example", "ré@lezers.example"),
        ("re\u0301@lezers.example", "ré@lezers.example"),
    ],
)
def test_an_address_is_stored_in_one_way(typed: str, stored: str) -> None:
    assert normalise_email(typed) == stored


@pytest.mark.parametrize(
    "typed",
    ["noor", "noor@", "@lezers.example", "noor@lezers", "noor@@lezers.example", "noor @lezers.example",
     "noor@lezers.example, piet@lezers.example", "noor@lezers.example\nBcc: x@y.example", "noor@[127.0.0.1]",
     '"noor"@lezers.example', "noor@-lezers.example", "noor\0@lezers.example", "n" * 300 + "@lezers.example",
     "noor@" + "a." * 124 + "example", "Noor <noor@lezers.example>", "=?utf-8?q?x?=@\u202elezers.example"],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(EmailNotValidError):
        normalise_email(typed)


def test_of_the_known_wrong_addresses_none_is_taken() -> None:
    file = DATA / "email" / "isemail-tests.xml"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    cases = [
        (case.findtext("address") or "", case.findtext("category"))
        for case in ElementTree.parse(file).getroot().iter("test")  # noqa: S314 - a file of the tests
    ]
    wrong = [_typed(address) for address, category in cases if category == "ISEMAIL_ERR"]
    taken = []

    for address in wrong:
        try:
            taken.append(normalise_email(address))
        except EmailNotValidError:
            continue

    assert len(wrong) > 50
    assert taken == []


def _typed(address: str) -> str:
    """The file writes a control character as the picture of it."""
    return "".join(chr(ord(c) - 0x2400) if 0x2400 <= ord(c) <= 0x2420 else c for c in address)


class Dns:
    """Stands in for the DNS: every question gets the same answer, and is noted."""

    def __init__(self, answer: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
        self.questions: list[tuple[str, str, float]] = []
        self._answer = answer
        monkeypatch.setattr(dns.resolver.Resolver, "resolve", self._resolve)
        monkeypatch.setattr(dns.resolver.Resolver, "__init__", lambda *_, **__: None)

    def _resolve(self, name: Any, kind: str, **options: Any) -> Any:
        self.questions.append((str(name), kind, options["lifetime"]))
        raise self._answer


@pytest.mark.parametrize(
    "failure",
    [
        TOO_LATE,
        NO_SERVERS,
        OSError("network is unreachable"),
        NO_DNS,
        ValueError("odd"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_dns_failure_refuses_nobody(failure: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    Dns(failure, monkeypatch)

    assert normalise_email("noor@lezers.nl", check_dns=True) == "noor@lezers.nl"


def test_a_machine_without_dns_refuses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise NO_DNS

    monkeypatch.setattr(dns.resolver.Resolver, "__init__", fail)

    assert normalise_email("noor@lezers.nl", check_dns=True) == "noor@lezers.nl"


@pytest.mark.parametrize("answer", [NO_DOMAIN, NO_MAIL], ids=["no such domain", "no mail"])
def test_a_domain_that_takes_no_mail_is_refused(answer: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    Dns(answer, monkeypatch)

    with pytest.raises(EmailUndeliverableError):
        normalise_email("noor@lezers.nl", check_dns=True)


def test_the_dns_is_not_asked_unless_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Dns(NO_DOMAIN, monkeypatch)

    normalise_email("noor@lezers.nl")

    assert asked.questions == []


def test_all_questions_about_one_address_share_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 100.5, 101.5, 103.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    asked = Dns(TOO_LATE, monkeypatch)
    resolver = BoundedResolver()

    for kind in ("MX", "A", "AAAA"):
        with pytest.raises(type(TOO_LATE)):
            resolver.resolve("lezers.nl", kind)

    assert [left for _, _, left in asked.questions] == [1.5, 0.5, 0.0]
