"""A sample of the long proof: forty hostile texts through the forms, and every page that shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.base.session import db, writing
from forum.comments.models import Comment
from tests import factories
from tests.proofs.text_pages import Reading, differences, expected, read_page, wrong_comments, wrong_with_text

NASTY = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    '" onmouseover="alert(1)" autofocus onfocus="alert(1)',
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</bdi></h3></article><h1>Gekaapt</h1>",
    "</div></article></li></ol></section>buiten de lijst",
    "<div class=comment-body>nep</div>",
    '<article class="comment" id="comment-1">nep</article>',
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?php echo 1 ?><img src=x>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<form action=//evil.example><input name=csrf_token><button>klik</button></form>",
    "<a href='javascript:alert(1)'>klik</a>",
    "<a href='jav&#x09;ascript:alert(1)'>klik</a>",
    "<a href='javascript:123'>klik</a>",
    "<a href='//evil.example/x'>klik</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>klik</a>",
    "[klik](javascript:alert(1))",
    "[klik](//evil.example)",
    "![x](https://evil.example/x.png)",
    '[klik](https://a.example "><script>alert(1)</script>")',
    "<https://a.example/\"onclick='alert(1)'>",
    'https://a.example/"><script>alert(1)</script>',
    "```html\n</code></pre><script>alert(1)</script>\n```",
    "`</code><script>alert(1)</script>`",
    "> <b>niet gesloten\n\n<i>ook niet",
    "<b style='position:fixed' id=main class=x>dik</b>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x onerror=alert(1)&#62;",
    "{{ 7 * 7 }} {% raw %} ${7*7} %(name)s",
    "\u202e<b>omgekeerd\u2066 tekst",
    "=cmd|' /C calc'!A0 <a\x08 href=x>\x0b\u2028",
)
BASE_URL = "http://127.0.0.1"
HARMLESS = [
    ("Noor de Wit", "Ja, *echt*."),
    ("Mirjam Aarts", "Zie https://a.example en https://b.example."),
] * 14
KINDS = (
    "/articles/{slug}?all=1",
    "/articles/{slug}?sort=newest",
    "/moderation?state=approved&article={article}",
    "/moderation/comments/{comment}",
)


def test_nothing_that_a_reader_types_becomes_part_of_a_page(site: factories.Site) -> None:
    forms = [("Noor de Wit", text) for text in NASTY]
    forms += [(text, "Een buurthuis draait op mensen.") for text in NASTY if len(text) <= 60]
    calm, harsh = _thread(site, "rustig", HARMLESS), _thread(site, "ruig", forms)

    waiting = _read(site, ["/moderation?state=pending&article={article}"], calm, harsh)
    receipts = [_page(site.reader(), receipt) for receipt in harsh.receipts]
    with site.app.app_context(), writing(db.session):
        for comment_id in (*calm.ids, *harsh.ids):
            factories.approve(db.session, db.session.get_one(Comment, comment_id), by=site.moderator_id)
    approved = _read(site, KINDS, calm, harsh)

    wanted = dict(zip(harsh.ids, (expected(*form) for form in forms), strict=True))
    calm_receipt = [_page(site.reader(), calm.receipts[0])]
    wrong = [what for _, text in forms for what in wrong_with_text(text)]
    for reading, harmless in (*waiting, *approved, *((reading, calm_receipt) for reading in receipts)):
        wrong += differences(reading, harmless, BASE_URL)
    for reading, _ in (*waiting, *approved):
        wrong += wrong_comments(reading, wanted)
    assert wrong == []
    assert [reading.comments for reading in receipts] == [{0: shown} for shown in wanted.values()]
    assert [len(reading.comments) for reading, _ in (*waiting, *approved)] == [25, len(forms), 25, 25, 1]


@pytest.mark.parametrize(
    ("name", "body"), [("Noor de Wit", "\x01<"), ("</title><b>" * 9, NASTY[7]), ("", NASTY[0])]
)
def test_a_hostile_form_that_is_sent_back_holds_what_was_typed_and_nothing_else(
    site: factories.Site, name: str, body: str
) -> None:
    refused = (("N" * 61, ""), ("", ""), ("", factories.comment_fields()["body"]), ("Noor de Wit", ""))
    harmless = [read_page(site.post(name=a_name, body=a_body).text) for a_name, a_body in refused]

    answer = site.post(name=name, body=body)

    reading = read_page(answer.text)
    assert answer.status_code == 422
    assert (reading.fields["name"], reading.fields["body"]) == (name, body)
    assert reading.places <= set[str]().union(*(other.places for other in harmless))


@pytest.mark.parametrize("raw", [b"a%00b", b"%ED%A0%80", b"%ff"])
@pytest.mark.parametrize("field", [b"name", b"body"])
def test_what_no_database_can_keep_is_a_malformed_request(
    site: factories.Site, field: bytes, raw: bytes
) -> None:
    form = b"email=noor%40lezers.example&" + field + b"=" + raw

    answer = site.reader().post(
        f"/articles/{site.slug}/comments", data=form, content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "page", ["<b>{}</b>", "<a href=//evil.example>{}</a>", "<p onclick=x>{}</p>", "</p>{}"]
)
def test_the_check_notices_what_is_not_in_the_template(page: str) -> None:
    template = "<!doctype html><html><head><title>x</title></head><body><p>{}</p></body></html>"

    found = differences(read_page(template.format(page)), [read_page(template.format("tekst"))], BASE_URL)

    assert found != []


@dataclass(frozen=True)
class _Thread:
    """An article with comments that were posted through its form."""

    slug: str
    article_id: int
    ids: list[int]
    receipts: list[str]


def _thread(site: factories.Site, slug: str, forms: list[tuple[str, str]]) -> _Thread:
    with site.app.app_context(), writing(db.session):
        article_id = factories.make_article(db.session, slug=slug).id
    reader = site.reader()
    receipts = []
    for name, body in forms:
        fields = factories.comment_fields(name=name, body=body)
        answer = reader.post(f"/articles/{slug}/comments", data=fields)
        assert answer.status_code == 303, (name, body)
        receipts.append(answer.location)
    with site.app.app_context():
        stored = select(Comment.id).where(Comment.article_id == article_id).order_by(Comment.id)
        return _Thread(slug, article_id, list(db.session.scalars(stored)), receipts)


def _read(
    site: factories.Site, kinds: Iterable[str], calm: _Thread, harsh: _Thread
) -> list[tuple[Reading, list[Reading]]]:
    """Each kind of page of the one thread, beside the same kind of the other."""
    moderator = site.moderator()

    def page(kind: str, thread: _Thread, comment_id: int) -> Reading:
        client = moderator if kind.startswith("/moderation") else site.reader()
        return _page(client, kind.format(slug=thread.slug, article=thread.article_id, comment=comment_id))

    return [
        (
            page(kind, harsh, harsh.ids[-1]),
            [page(kind, calm, one) for one in calm.ids[: 1 + ("{comment}" in kind)]],
        )
        for kind in kinds
    ]


def _page(client: FlaskClient, path: str) -> Reading:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return read_page(answer.text)
