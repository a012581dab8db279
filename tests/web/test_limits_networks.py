"""What limits store of networks: nothing that outlives the key of its week; until then all processes count together."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from forum.base.engine import sqlite_module
from forum.base.session import db
from forum.base.signing import Signer
from forum.web.limit_keys import LimitKeys
from forum.web.limit_storage import SqliteLimits
from forum.web.limits import Limits, TooManyPosts
from tests.factories import Site as WholeSite
from tests.factories import csrf_token
from tests.web.limit_places import END_OF_WEEK_S, SECRET, START, delete_keys, signers_in
from tests.web.test_limits import HOME, OTHER, READER, Site
from tests.web.test_limits import site as site

WEEK_S = 7 * 86_400
_SPAWN = multiprocessing.get_context("spawn")


def _stored(folder: Path) -> set[str]:
    # The same SQLite as the limits: another one in this process would take their locks away when it closes the file.
    connection = sqlite_module().connect(folder / "limits.sqlite3")
    keys = {row[0] for row in connection.execute("SELECT key FROM limit_entries")}
    connection.close()
    return keys


def _windows_of_home(folder: Path, now: float) -> set[str]:
    """All that who holds the secret key and the database can make of the address."""
    keys = LimitKeys(Signer(SECRET), signers_in(folder, lambda: now))
    hashes = {keys.network(f"{HOME}/32"), *keys.pairs(READER, HOME)}
    for signer in (Signer(SECRET), *keys._networks.living()):
        hashes |= {signer.keyed_hash("limits.network", f"{HOME}/32")}
        hashes |= {signer.keyed_hash("limits.pair", READER, f"{HOME}/32")}
    return hashes


def _use_everything(limits: Limits) -> None:
    limits.check_flood(HOME)
    limits.check_preview(HOME)
    limits.check_mail_request(HOME)
    limits.reserve(email=READER, address=HOME)
    limits.sign_in_succeeded(limits.check_sign_in(email=READER, address=HOME))
    limits.check_sign_in(email=OTHER, address=HOME)


def _found(stored: set[str], hashes: set[str]) -> set[str]:
    return {key for key in stored if any(made in key for made in hashes)}


def test_once_its_key_is_deleted_nobody_finds_a_network_in_what_is_stored(site: Site) -> None:
    _use_everything(site.limits())
    before = _found(_stored(site.folder), _windows_of_home(site.folder, site.now))

    delete_keys(site.folder)
    after = _found(_stored(site.folder), _windows_of_home(site.folder, site.now))

    assert len(before) >= 6
    assert after == set()


def test_a_network_leaves_another_trace_in_the_next_week(site: Site) -> None:
    limits = site.limits()
    limits.check_flood(HOME)
    first = _stored(site.folder)

    site.now += WEEK_S
    limits.check_flood(HOME)

    assert len(_stored(site.folder) - first) == 1


def test_a_limit_of_a_network_begins_anew_with_the_week(site: Site) -> None:
    limits = site.limits(flood_limit="1 per day")
    site.now = END_OF_WEEK_S - 1
    limits.check_flood(HOME)
    with pytest.raises(TooManyPosts):
        limits.check_flood(HOME)

    site.now += 1

    limits.check_flood(HOME)


def test_a_limit_of_an_address_goes_on_in_the_next_week(site: Site) -> None:
    limits = site.limits(comment_limits="1 per day")
    site.now = END_OF_WEEK_S - 1
    limits.reserve(email=READER, address=HOME)

    site.now += 1

    with pytest.raises(TooManyPosts) as refused:
        limits.reserve(email=READER, address=ip_address("198.51.100.1"))
    assert refused.value.scope == "address"


def _post_often(folder: Path, barrier: Any, results: Any) -> None:
    made = Site(folder)
    limits = made.limits(flood_limit="10 per day")
    barrier.wait(30)
    results.put(sum(_is_let_in(limits) for _ in range(8)))
    made.close()


def _is_let_in(limits: Limits) -> bool:
    try:
        limits.check_flood(HOME)
    except TooManyPosts:
        return False
    return True


def test_processes_that_begin_at_once_let_no_more_in_than_one(tmp_path: Path) -> None:
    signers_in(tmp_path, lambda: START)  # the table is there, no key is
    barrier, results = _SPAWN.Barrier(4), _SPAWN.Queue()
    processes = [_SPAWN.Process(target=_post_often, args=(tmp_path, barrier, results)) for _ in range(4)]
    for process in processes:
        process.start()
    let_in = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(30)

    assert sum(let_in) == 10


def test_two_sites_of_one_database_limit_a_network_together(
    database_url: str, make_app: Any, tmp_path: Path
) -> None:
    apps = [make_app(database_url, FORUM_FLOOD_LIMIT="3 per day") for _ in range(2)]

    let_in = [_is_let_in(apps[number % 2].extensions["forum_limits"]) for number in range(6)]

    assert let_in == [True] * 3 + [False] * 3


@pytest.fixture
def posted(both_sites: WholeSite) -> Iterator[WholeSite]:
    """A site on which somebody posted, signed in wrongly and asked for mails."""
    both_sites.post()
    client = both_sites.reader()
    guess = {"email": READER, "password": "geraden", "csrf_token": csrf_token(client, "/login")}
    client.post("/login", data=guess)
    client.post("/login/forgotten", data={"email": READER})
    client.post("/writer/link", data={"email": READER})
    yield both_sites
    limits: Limits = both_sites.app.extensions["forum_limits"]
    if isinstance(limits.storage, SqliteLimits):
        limits.storage.close()


def test_every_form_counts_a_network_with_the_key_of_the_week(posted: WholeSite) -> None:
    limits: Limits = posted.app.extensions["forum_limits"]
    signer = posted.app.extensions["forum_signer"]
    network = "127.0.0.1/32"
    stored = _all_stored(posted)

    lasting = {
        signer.keyed_hash("limits.network", network),
        signer.keyed_hash("limits.pair", READER, network),
    }
    weekly = {limits._keys.network(network), *limits._keys.pairs(READER, ip_address("127.0.0.1"))}

    assert _found(stored, lasting) == set()
    assert {key.split("/")[2] for key in _found(stored, weekly)} >= {
        "flood", "comments", "sign-in", "sign-in-failures", "pair", "account-mails-from", "mail",
    }  # fmt: skip


def _all_stored(site: WholeSite) -> set[str]:
    if site.app.extensions["forum_settings"].database_url.startswith("sqlite"):
        return _stored(site.app.extensions["forum_settings"].instance_path)
    with site.app.app_context():
        return set(db.session.scalars(text("SELECT key FROM limit_entries")))
