"""What a mail scanner does with the links of a mail, and what a database holds before and after."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from forum.articles.models import Article
from forum.base.models import Model
from forum.base.session import db, writing
from forum.comments import lifecycle
from forum.comments.models import Comment, Commenter, Move
from tests.comments.proving.mailbox import Clock, Town
from tests.factories import MODERATOR, READER, make_comment

OTHER = "anna@lezers.example"
_LINK = re.compile(r"https?://[^\s<>\"]+")
_FORM = re.compile(r"<form\b(?P<tag>[^>]*)>(?P<inside>.*?)</form>", re.DOTALL)
_FIELD = re.compile(r"<(?:input|button)\b[^>]*\bname=\"([^\"]+)\"(?:[^>]*\bvalue=\"([^\"]*)\")?")
FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:152.0) Gecko/20100101 Firefox/152.0"}
CHROME = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/148.0.0.0 Safari/537.36"}
SCRIPTS = (
    FIREFOX | {"Sec-Fetch-Mode": "navigate"},
    CHROME | {"Sec-Fetch-Mode": "navigate", "Sec-CH-UA": '"Chromium";v="148"'},
    {"Sec-Fetch-Mode": "cors"},
)
"""What browsers send along when a script, and no person, sends a form or asks for something."""
COUNTED_VIEWS = ("articles", "view_count")
"""What a look may change."""
OF_THE_WORKER = "heartbeats"
"""What a running site writes by itself."""


def mail_everybody(town: Town) -> None:
    """Let happen all that readers and staff are mailed about."""
    town.post()
    town.browser().post("/writer/link", data={"email": READER.email})
    _decide_about_many(town)
    town.browser().post(f"/articles/{town.site.slug}/follow", data={"email": OTHER, "cadence": "daily"})
    town.browser().post("/login/forgotten", data={"email": MODERATOR.email})


def _decide_about_many(town: Town) -> None:
    """Comments of a proven address: one of them approved and answered, one refused, one removed."""
    staff, now = lifecycle.staff(town.site.moderator_id), town.clock.now
    with town.site.app.app_context(), writing(db.session):
        place = db.session.get_one(Article, town.site.article_id)
        made = [
            make_comment(db.session, place, email=OTHER, notify_replies=True, source=f"Reactie {n}.", now=now)
            for n in range(3)
        ]
        db.session.execute(update(Commenter).where(Commenter.email == OTHER).values(proven_at=now))
        db.session.execute(update(Comment).where(Comment.id.in_([c.id for c in made])).values(proven_at=now))
        insult = lifecycle.Reason("insult")
        for comment, moves in zip(
            made, ((Move.APPROVE,), (Move.REJECT,), (Move.APPROVE, Move.REMOVE)), strict=True
        ):
            for kind in moves:
                needs = insult if kind in {Move.REJECT, Move.REMOVE} else None
                lifecycle.move(
                    db.session, comment, kind, by=staff, version=comment.version, now=now, reason=needs
                )
        answer = make_comment(db.session, place, parent_id=made[0].id, source="Een antwoord.", now=now)
        lifecycle.move(db.session, answer, Move.APPROVE, by=staff, version=answer.version, now=now)


def links_of_mails(town: Town) -> dict[str, set[str]]:
    """Kind of mail → every address of the site that such a mail links to, in its text, its HTML and its headers."""
    found: dict[str, set[str]] = {}
    for mail in town.outbox():
        words = town.words(mail)
        if words is not None:
            everything = f"{words.text} {unescape(words.html)} {words.unsubscribe_url or ''}"
            found.setdefault(mail.kind, set()).update(map(_path, _LINK.findall(everything)))
    return found


def dump(app: Flask) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, but how often articles were looked at."""
    with app.app_context():
        return {
            table.name: [
                tuple(row)
                for row in db.session.execute(
                    select(*(c for c in table.columns if (table.name, c.name) != COUNTED_VIEWS))
                )
            ]
            for table in Model.metadata.sorted_tables
            if table.name != OF_THE_WORKER
        }


def forms_of(page: str, path: str) -> list[tuple[str, dict[str, str]]]:
    """The forms of a page that are posted: where to, and their fields as they stand, buttons too."""
    return [
        (
            _attribute(form["tag"], "action") or path,
            {k: unescape(v) for k, v in _FIELD.findall(form["inside"])},
        )
        for form in _FORM.finditer(page)
        if 'method="post"' in form["tag"]
    ]


def scan(app: Flask, path: str) -> list[int]:
    """Look with HEAD and GET, post nothing there, and post its forms: with the cookies, and without. All at once."""
    scanner, forgetful = app.test_client(), app.test_client(use_cookies=False)
    answers = [
        scanner.head(path),
        scanner.get(path),
        forgetful.get(path),
        scanner.post(path),
        forgetful.post(path),
    ]
    for action, fields in forms_of(scanner.get(path).text, path):
        answers += [_post(client, action, fields) for client in (scanner, forgetful)]
    return [answer.status_code for answer in answers]


def scan_slowly(app: Flask, path: str, clock: Clock, *, wait_s: float) -> list[int]:
    """Look, wait as a reader does, and post the forms: without the cookies, and by the scripts of a real browser."""
    scanner, forgetful = app.test_client(), app.test_client(use_cookies=False)
    page, forgotten_page = scanner.get(path).text, forgetful.get(path).text
    clock.wait(seconds=wait_s)
    answers = [_post(forgetful, action, fields) for action, fields in forms_of(forgotten_page, path)]
    for action, fields in forms_of(page, path):
        answers += [_post(scanner, action, fields, headers) for headers in SCRIPTS]
    return [answer.status_code for answer in answers]


def _post(
    client: FlaskClient,
    action: str,
    fields: dict[str, str],
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Any:
    return client.post(action, data=fields, headers=dict(headers))


def _attribute(tag: str, name: str) -> str | None:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else None


def _path(link: str) -> str:
    parts = urlsplit(link)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
