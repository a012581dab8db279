"""Mistyped mail domains are seen through, genuine ones left alone, by the server and by the script alike."""

from __future__ import annotations

import json
import shutil
import subprocess
from itertools import product
from string import ascii_lowercase

import pytest

from forum.comments.mistyped import DOMAINS, FAMILIES, GENUINE, distance, suggest
from forum.config import PROJECT_ROOT
from tests.conftest import skip_or_fail

MISTYPED = {
    "gmial.com": "gmail.com",
    "gmai.com": "gmail.com",
    "gmail.co": "gmail.com",
    "gmail.con": "gmail.com",
    "gmail.cm": "gmail.com",
    "gmali.com": "gmail.com",
    "ggmail.com": "gmail.com",
    "hotmial.com": "hotmail.com",
    "hotnail.com": "hotmail.com",
    "homtial.com": "hotmail.com",
    "hotmail.co": "hotmail.com",
    "hotmali.nl": "hotmail.nl",
    "outlok.com": "outlook.com",
    "outloock.com": "outlook.com",
    "yahooo.com": "yahoo.com",
    "ziggo.ml": "ziggo.nl",
    "zigo.nl": "ziggo.nl",
    "zigggo.nl": "ziggo.nl",
    "kpmnail.nl": "kpnmail.nl",
    "hetnte.nl": "hetnet.nl",
    "planet.n": "planet.nl",
    "telenet.bee": "telenet.be",
    "skynte.be": "skynet.be",
    "iclud.com": "icloud.com",
    "protonmial.com": "protonmail.com",
}
LEFT_ALONE = (
    "lezers.example", "hotmail.de", "hotmail.fr", "hotmail.co.uk", "outlook.de", "live.fr", "yahoo.de", "love.nl",
    "like.com", "love.com", "home.be", "gmx.at", "wed.de", "email.com", "mail.com", "fastmail.nl", "hushmail.com",
    "gmail.nl", "mailbox.org", "kpn.com", "ing.nl", "uva.nl", "redactie.example", "x", "", "a.b", "planetary.example",
    "zoo.com", "bol.com", "ah.nl", "vu.nl", "nos.nl",
)  # fmt: skip


@pytest.mark.parametrize(("typed", "meant"), MISTYPED.items())
def test_a_mistyped_domain_is_seen_through(typed: str, meant: str) -> None:
    assert suggest(f"jan@{typed}") == f"jan@{meant}"


@pytest.mark.parametrize("domain", LEFT_ALONE)
def test_a_domain_that_may_be_meant_is_left_alone(domain: str) -> None:
    assert suggest(f"jan@{domain}") is None


@pytest.mark.parametrize("domain", [*DOMAINS, *GENUINE])
def test_a_known_domain_is_never_questioned(domain: str) -> None:
    assert suggest(f"jan@{domain}") is None


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_has_a_domain_in_every_country(name: str) -> None:
    offered = {
        country
        for pair in product(ascii_lowercase, repeat=2)
        if suggest(f"jan@{name}.{(country := ''.join(pair))}") is not None
    }

    assert offered <= {"cm", "co", "om"}


@pytest.mark.parametrize("local", ["jan", "jan+krant", '"jan @ huis"', "j'n", "é", "<b>"])
def test_what_stands_before_the_at_is_kept_as_it_was(local: str) -> None:
    assert suggest(f"{local}@gmial.com") == f"{local}@gmail.com"


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [("", "", 0), ("abc", "abc", 0), ("abc", "", 3), ("abc", "acb", 1), ("abc", "ab", 1), ("ca", "abc", 3)],
)
def test_the_distance_counts_letters_left_out_added_mistaken_and_swapped(
    a: str, b: str, expected: int
) -> None:
    assert distance(a, b) == distance(b, a) == expected


def test_a_very_long_domain_costs_nothing_and_is_left_alone() -> None:
    assert suggest("jan@" + "gmail." * 40_000 + "com") is None


def test_the_script_offers_what_the_server_offers() -> None:
    node = shutil.which("node")
    if node is None:
        skip_or_fail("Node")
    domains = [*MISTYPED, *LEFT_ALONE, *DOMAINS, *GENUINE]
    domains += [f"{known[:n]}{known[n + 1 :]}" for known in DOMAINS for n in range(len(known))]
    domains += [f"{known[:n]}x{known[n:]}" for known in DOMAINS for n in range(len(known))]
    domains += [f"{known[1::-1]}{known[2:]}x" for known in DOMAINS]
    pure = (PROJECT_ROOT / "static/js/email.js").read_text().partition("function watch")[0]
    script = f"{pure}\nconst all = {json.dumps(domains)};\n"
    script += "console.log(JSON.stringify(all.map((domain) => suggest(`jan@${domain}`) ?? null)));"

    offered = subprocess.run([str(node), "-e", script], capture_output=True, text=True, check=True).stdout

    assert json.loads(offered) == [suggest(f"jan@{domain}") for domain in domains]


def test_the_script_knows_the_domains_that_the_server_knows() -> None:
    script = (PROJECT_ROOT / "static/js/email.js").read_text()

    listed = script.split("const DOMAINS = `")[1].split("`")[0].split()

    assert listed == list(DOMAINS)
