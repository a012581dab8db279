"""What a header may hold: one line of words, one address."""

from __future__ import annotations

import pytest

from forum.mail.headers import MAX_SUBJECT_CHARS, UnsafeMail, checked_address, host_of, one_line


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("Je reactie staat online", "Je reactie staat online"),
        ("Een\r\nBcc: iemand@anders.example", "Een Bcc: iemand@anders.example"),
        ("Een\x0b\x0ctwee\u2028drie\u0085vier", "Een twee drie vier"),
        ("x =?UTF-8?Q?=0ABcc:_x@y.nl?=", "x = ?UTF-8?Q?=0ABcc:_x@y.nl?="),
        ("=\0?utf-8?q?x?=", "= ?utf-8?q?x?="),
        ("nul\0 en half\ud800", "nul en half\ufffd"),
        ("  \t ", ""),
    ],
)
def test_words_become_one_line_that_says_only_what_it_shows(typed: str, line: str) -> None:
    assert one_line(typed) == line


def test_a_long_subject_is_cut_with_an_ellipsis() -> None:
    line = one_line("woord " * 1_000)

    assert len(line) <= MAX_SUBJECT_CHARS
    assert line.endswith("woord…")


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example, c@d.example", "a@b.example\nBcc: c@d.example", "a@b.example\r\n", "a b@c.example",
        "a@b@c.example", '"a b"@c.example', "<a@b.example>", "a@b.example>", "a;b@c.example", "(naam)a@b.example",
        "a@b..example", "@b.example", "a@", "a", "", "ré\u202e@b.example",
        "a\0@b.example", "a@bü cher.example", "naam <a@b.example>",
    ],
)  # fmt: skip
def test_what_is_not_one_address_is_refused(address: str) -> None:
    with pytest.raises(UnsafeMail):
        checked_address(address)


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("noor.de.wit@lezers.example", "noor.de.wit@lezers.example"),
        ("o'neil+forum@lezers.example", "o'neil+forum@lezers.example"),
        ("renée@lezers.example", "renée@lezers.example"),
        ("noor@bücher.example", "noor@xn--bcher-kva.example"),
    ],
)
def test_one_address_is_taken_with_its_domain_as_the_dns_writes_it(address: str, written: str) -> None:
    assert checked_address(address).addr_spec == written


def test_a_refusal_holds_no_address() -> None:
    with pytest.raises(UnsafeMail) as refusal:
        checked_address("noor.de.wit@lezers.example, iemand@anders.example")

    assert "@" not in str(refusal.value)


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        ("https://forum.example", "forum.example"),
        ("https://bücher.example:8443", "xn--bcher-kva.example"),
        ("http://127.0.0.1:8000", "[127.0.0.1]"),
        ("http://[::1]:8000", "[IPv6:::1]"),
    ],
)
def test_the_host_of_the_site_is_one_that_mail_servers_take(base_url: str, host: str) -> None:
    assert host_of(base_url) == host
