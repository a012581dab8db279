"""Taking everything along, and being forgotten at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask_babel import gettext
from sqlalchemy import func, select

from forum.accounts.models import Cadence
from forum.articles.models import Article
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.comments.lifecycle import Reason
from forum.comments.models import Commenter, Follow, Move, State
from forum.comments.writer.words import MAILS
from forum.mail.kinds import mail_kinds
from forum.mail.outbox import NewMail, put
from tests.comments.writer.pages import NEIGHBOUR, addresses, decide, send_back, stored, writer
from tests.factories import READER, Site, make_comment, token_of


def anonymous(site: Site) -> str:
    """What stands in the place of a name, in the site's language."""
    with site.app.test_request_context():
        return str(gettext("anonymous"))


def everything(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(writer(site).page("/writer/everything.json"))
    return found


@pytest.mark.parametrize("ending", ["json", "html"])
def test_everything_comes_as_a_file_that_no_cache_keeps(site: Site, ending: str) -> None:
    answer = writer(site).client.get(f"/writer/everything.{ending}")

    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["Content-Disposition"].endswith(f'.{ending}"')
    assert answer.headers["Cache-Control"] == "no-store"


def test_every_version_and_event_is_in_it_with_its_reason(site: Site) -> None:
    comment_id = site.comment(source="Eerst.")
    send_back(site, comment_id, "Wat bedoel je?", ["Eerst"])
    writer(site).send(comment_id, "Daarna.")
    decide(site, comment_id, Move.REJECT, reason=Reason("insult"), note="Nee.")

    (comment,) = everything(site)["comments"]

    assert [version["text"] for version in comment["versions"]] == ["Eerst.", "Daarna."]
    assert comment["versions"][0]["asked_by_moderators"] == "Wat bedoel je?"
    assert [event["what"] for event in comment["events"]] == ["submit", "return", "resubmit", "reject"]
    assert comment["events"][-1]["reason"] == "Beledigt iemand of valt iemand persoonlijk aan"


@pytest.mark.parametrize("ending", ["json", "html"])
def test_nothing_of_others_is_in_it(site: Site, ending: str) -> None:
    parent = site.approved(name=NEIGHBOUR.name, email=NEIGHBOUR.email, source="Van de buurman.")
    comment_id = site.comment(parent_id=parent)
    decide(site, comment_id, Move.REJECT, reason=Reason("insult"), note="Onder ons.")

    page = writer(site).page(f"/writer/everything.{ending}")

    for others in (NEIGHBOUR.name, NEIGHBOUR.email, "Van de buurman.", "Mirjam", "Onder ons."):
        assert others not in page
    assert READER.email in page


def test_follows_and_mails_are_in_it(site: Site) -> None:
    noor = writer(site)
    noor.press(f"/writer/follows/{site.slug}", cadence="weekly")
    with site.app.app_context(), writing(db.session):
        put(db.session, NewMail(key="a", kind="writer_link", recipient=READER.email), now=utc_now())
        put(
            db.session, NewMail(key="b", kind="summary", recipient=READER.email, to_staff=True), now=utc_now()
        )

    found = everything(site)

    assert [follow["how_often"] for follow in found["follows"]] == ["weekly"]
    assert [mail["kind"] for mail in found["mails"]] == ["writer_link"]


def test_a_text_in_the_page_is_what_readers_get_and_no_more(site: Site) -> None:
    site.comment(source="<script>alert(1)</script> Hallo", name="<b>Noor</b>")

    page = writer(site).page("/writer/everything.html")

    assert "<script>" not in page
    assert "<b>Noor</b>" not in page


def test_many_comments_fit_in_one_file(site: Site) -> None:
    with site.app.app_context(), writing(db.session):
        article = db.session.get_one(Article, site.article_id)
        for n in range(300):
            make_comment(db.session, article, source=f"Reactie {n}.")

    assert len(everything(site)["comments"]) == 300


def test_without_a_session_there_is_nothing_to_take_along(site: Site) -> None:
    site.comment()

    for ending in ("json", "html"):
        assert site.reader().get(f"/writer/everything.{ending}").status_code == 303


def test_two_pages_stand_before_an_erasure_and_change_nothing(site: Site) -> None:
    comment_id, noor = site.approved(), writer(site)

    for path in ("/writer/erase", "/writer/erase?what=name", "/writer/erase?what=texts"):
        noor.page(path)

    assert stored(site, comment_id).state is State.APPROVED
    assert addresses(site) == [READER.email]


def test_a_choice_that_is_none_is_refused(site: Site) -> None:
    noor = writer(site)

    assert noor.client.get("/writer/erase?what=all").status_code == 404
    assert noor.press("/writer/erase", what="").status_code == 422
    assert addresses(site) == [READER.email]


def test_with_the_name_gone_the_text_stands_there_anonymous(both_sites: Site) -> None:
    site = both_sites
    comment_id = site.approved(source="Wat blijft.")
    site.approved(name=NEIGHBOUR.name, email=NEIGHBOUR.email, parent_id=comment_id, source="Eens!")
    reader = site.reader()
    assert READER.name in reader.get(f"/articles/{site.slug}").text

    answer = writer(site).press("/writer/erase", what="name")

    page = reader.get(f"/articles/{site.slug}").text
    assert (answer.status_code, answer.headers["Location"]) == (303, "/writer/erased")
    assert READER.name not in page
    assert "Wat blijft." in page
    assert "Eens!" in page
    assert f'<bdi class="name">{anonymous(site)}</bdi>' in page


def test_with_the_texts_gone_a_line_stays_where_others_answered(both_sites: Site) -> None:
    site = both_sites
    comment_id = site.approved(source="Wat gaat.")
    site.approved(name=NEIGHBOUR.name, email=NEIGHBOUR.email, parent_id=comment_id, source="Eens!")
    alone = site.approved(source="Wat ook gaat.")

    writer(site).press("/writer/erase", what="texts")

    page = site.reader().get(f"/articles/{site.slug}").text
    assert f'<article class="comment tombstone" id="comment-{comment_id}"' in page
    assert "op verzoek van de schrijver" in page
    assert f'id="comment-{alone}"' not in page
    assert "Eens!" in page
    for gone in ("Wat gaat.", "Wat ook gaat.", READER.name):
        assert gone not in page


@pytest.mark.parametrize("what", ["name", "texts"])
def test_an_erasure_is_complete_at_once(site: Site, what: str) -> None:
    comment_id = site.approved()
    site.comment()
    noor = writer(site)
    noor.press(f"/writer/follows/{site.slug}", cadence="daily")
    token = token_of(site, comment_id)

    noor.press("/writer/erase", what=what)

    assert addresses(site) == []
    assert noor.client.get("/writer").status_code == 303
    assert site.reader().get(f"/submissions/{token}").status_code == 404
    with site.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Follow)) == 0


def test_the_other_browser_of_somebody_erased_can_still_read_that_it_is_done(site: Site) -> None:
    assert site.reader().get("/writer/erased").status_code == 200


def test_a_second_press_leads_to_the_door(site: Site) -> None:
    noor, twin = writer(site), writer(site)
    noor.press("/writer/erase", what="texts")

    answer = twin.press("/writer/erase", what="texts")

    assert answer.status_code == 403


def test_the_form_to_answer_somebody_anonymous_says_so(site: Site) -> None:
    comment_id = site.approved()
    writer(site).press("/writer/erase", what="name")

    page = site.reader().get(f"/articles/{site.slug}/comments/new?parent={comment_id}").text

    assert f"<bdi>{anonymous(site)}</bdi>" in page


def test_whoever_comes_back_begins_anew(site: Site) -> None:
    site.approved()
    writer(site).press("/writer/erase", what="name")
    site.comment(source="Toch weer ik.")

    page = writer(site).page()

    assert "Toch weer ik." in page
    assert page.count('class="own-comment"') == 1


def test_an_erasure_calls_what_was_registered_for_it(site: Site) -> None:
    called: list[list[str]] = []
    site.app.extensions["forum_after_erasure"] = lambda: called.append(addresses(site))
    site.comment()

    writer(site).press("/writer/erase", what="texts")

    assert called == [[]]


def test_a_follow_needs_no_comment(site: Site) -> None:
    noor = writer(site)
    with site.app.app_context(), writing(db.session):
        commenter = db.session.scalars(select(Commenter)).one()
        db.session.add(
            Follow(
                commenter_id=commenter.id,
                article_id=site.article_id,
                cadence=Cadence.DAILY,
                created_at=utc_now(),
            )
        )

    noor.press("/writer/erase", what="name")

    assert addresses(site) == []


def test_every_mail_to_readers_has_a_name_in_words(site: Site) -> None:
    to_others = ("account_", "author_", "queue_", "test")

    kinds = {kind for kind in mail_kinds(site.app) if not kind.startswith(to_others)}

    assert kinds == MAILS.keys()


def test_the_page_to_read_holds_no_code_words(site: Site) -> None:
    noor = writer(site)
    noor.press(f"/writer/follows/{site.slug}", cadence="weekly")
    with site.app.app_context(), writing(db.session):
        for kind in MAILS:
            put(db.session, NewMail(key=kind, kind=kind, recipient=READER.email), now=utc_now())

    page = noor.page("/writer/everything.html")

    assert "<code>" not in page
    for code in ("follow_digest", "writer_link", "approved", "weekly"):
        assert code not in page
    for words in ("Reactie geplaatst", "Eén keer per week"):
        assert words in page
