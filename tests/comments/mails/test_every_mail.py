"""Every kind of mail, in both languages: to the right person, without others' addresses, without visitors' links."""

from __future__ import annotations

import re
from datetime import timedelta
from shutil import copy

import pytest

from forum import create_app
from forum.accounts.mail_preferences import OFFERS
from forum.accounts.models import Account, MailTopic
from forum.mail.kinds import mail_kinds
from forum.mail.outbox import NewMail, put
from forum.moderation.queue_mails.service import put_overdue_mails
from tests.comments.mails.happenings import FOLLOWER, MORNING, NEWCOMER, every_mail
from tests.comments.mails.post import NEIGHBOUR, Post, Sent
from tests.conftest import AppFactory, settings_for
from tests.factories import AUTHOR, MODERATOR, NOW, READER, make_site

SUBSCRIPTIONS = {
    "reply", "follow_comment", "follow_digest", "author_comment", "author_digest", "queue_waiting", "queue_overdue",
    "queue_summary",
}  # fmt: skip
ABOUT_OWN = {"approved", "refused", "removed", "returned", "edit_approved", "edit_declined"}
ALL = SUBSCRIPTIONS | ABOUT_OWN | {"follow_confirm"}
LINK = re.compile(r"""https?://[^\s"'<>)]+""")


@pytest.fixture(scope="module", params=["nl", "en"])
def mails(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Sent]:
    """One mail of every kind at least, in one language."""
    folder = tmp_path_factory.mktemp("mails")
    copy(request.getfixturevalue("migrated_sqlite"), folder / "forum.sqlite3")
    app = create_app(
        settings_for(f"sqlite:///{folder / 'forum.sqlite3'}", folder, FORUM_LOCALE=request.param)
    )
    return every_mail(Post(make_site(app)))


def test_every_kind_was_sent(mails: list[Sent]) -> None:
    assert {mail.kind for mail in mails} == ALL


def test_every_kind_says_something_in_all_its_parts(mails: list[Sent]) -> None:
    for mail in mails:
        assert mail.words.subject.strip(), mail.kind
        assert len(mail.words.text) > 150, mail.kind
        assert "<p>" in mail.words.html, mail.kind
        assert "None" not in mail.words.text + mail.words.html, mail.kind


def test_no_template_leaves_something_unsaid(mails: list[Sent]) -> None:
    for mail in mails:
        assert not re.search(r"[{}]|%\(", mail.words.text + mail.words.subject), mail.kind


def test_nobody_reads_the_address_of_another_or_of_themselves(mails: list[Sent]) -> None:
    people = (READER, NEIGHBOUR, FOLLOWER, NEWCOMER, AUTHOR, MODERATOR)
    for mail in mails:
        said = mail.words.subject + mail.words.text + mail.words.html
        assert not any(person.email in said for person in people), mail.kind
        assert "wethouder@" not in said, mail.kind


def test_every_link_leads_to_the_site_itself(mails: list[Sent]) -> None:
    for mail in mails:
        links = LINK.findall(mail.words.text + mail.words.html)
        assert links, mail.kind
        assert all(link.startswith("http://127.0.0.1:8000") for link in links), mail.kind


def test_nothing_is_loaded_from_anywhere(mails: list[Sent]) -> None:
    for mail in mails:
        assert not re.search(r"<(img|script|link|iframe|form)\b|url\(", mail.words.html), mail.kind


def test_the_name_of_a_visitor_is_in_no_subject(mails: list[Sent]) -> None:
    for mail in mails:
        assert "kwaad" not in mail.words.subject, mail.kind
        assert READER.name not in mail.words.subject, mail.kind


def test_exactly_the_subscriptions_can_be_ended(mails: list[Sent]) -> None:
    for mail in mails:
        link = mail.words.unsubscribe_url
        assert (link is not None) is (mail.kind in SUBSCRIPTIONS), mail.kind
        if link is not None:
            assert link in mail.words.text, mail.kind
            assert link.replace("&", "&amp;") in mail.words.html, mail.kind


def test_every_mail_to_a_reader_who_wrote_links_to_the_own_page(mails: list[Sent]) -> None:
    for mail in mails:
        if mail.recipient in {READER.email, NEIGHBOUR.email, FOLLOWER.email}:
            assert "/writer/" in mail.words.text, mail.kind


def test_an_authors_link_opens_the_answer_form(mails: list[Sent]) -> None:
    for mail in mails:
        if mail.recipient == AUTHOR.email:
            assert "/replies/new?parent=" in mail.words.text, mail.kind


def test_moderators_get_numbers_and_no_visitors_words(mails: list[Sent]) -> None:
    for mail in mails:
        if mail.kind.startswith("queue_"):
            assert "buurthuis" not in mail.words.text
            assert "kwaad" not in mail.words.text
            assert "/moderation" in mail.words.text


def test_staff_read_their_own_language(sqlite_url: str, make_app: AppFactory) -> None:
    post = Post(make_site(make_app(sqlite_url, FORUM_LOCALE="nl")))
    post.write(lambda s: setattr(s.get_one(Account, post.site.moderator_id), "locale", "en"))
    post.site.comment()
    post.write(lambda s: put_overdue_mails(s, alarm_after=timedelta(hours=1), now=MORNING))
    post.clock.now += timedelta(hours=24)

    (mail,) = post.send()

    assert mail.words.subject == "A comment has been waiting for too long"
    assert '<html lang="en">' in mail.words.html


def test_every_topic_of_staff_has_a_default_that_it_offers() -> None:
    assert all(offer.default in offer.cadences for offer in OFFERS.values())
    assert set(OFFERS) == set(MailTopic)


@pytest.mark.parametrize("kind", sorted(ALL))
def test_a_mail_whose_recipient_is_gone_is_not_sent(post: Post, kind: str) -> None:
    facts = {"follow": 99, "article": 99, "cadence": "daily", "after": 0, "upto": 9, "day": "2026-11-19"}
    post.site.comment()
    post.write(
        lambda s: put(
            s,
            NewMail(key="x", kind=kind, recipient="weg@lezers.example", commenter_id=99, facts=facts),
            now=NOW,
        )
    )

    assert post.send() == []


def test_every_kind_here_has_a_composer(post: Post) -> None:
    assert mail_kinds(post.site.app).keys() >= ALL
