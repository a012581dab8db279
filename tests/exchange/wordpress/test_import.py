"""A WordPress site moves in: what comes in as what."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from forum.articles.models import Article, ArticleKind, ArticleState, CommentPolicy
from forum.base.session import writing
from forum.comments.models import Badge, Comment, State
from forum.exchange.wordpress.records import BrokenExport
from tests.exchange.wordpress.exports import cdata, comment, export, item, person
from tests.exchange.wordpress.scene import CREATED, Stage, outcomes


def test_a_post_comes_in_as_an_article_with_its_byline_and_date(stage: Stage) -> None:
    stage.run(export(item(1, title="Groen in de wijk", excerpt="Waarom bomen."), people=person()))

    article = stage.article()
    assert (article.title, article.lede, article.kind, article.lang) == (
        "Groen in de wijk", "Waarom bomen.", ArticleKind.NEWS, "nl",
    )  # fmt: skip
    assert [b.person.name for b in article.bylines] == ["Roos Verbeek"]
    assert article.published_at == datetime(2020, 3, 1, 8, 0, tzinfo=UTC)
    assert (article.state, article.comment_policy) == (ArticleState.PUBLISHED, CommentPolicy.PREMODERATED)
    assert article.html == "<p>Een alinea.</p>"


@pytest.mark.parametrize(
    ("fields", "state", "is_public"),
    [
        ({"status": "draft"}, ArticleState.DRAFT, False),
        ({"status": "pending"}, ArticleState.DRAFT, False),
        ({"status": "private"}, ArticleState.PRIVATE, False),
        ({"status": "onbekend"}, ArticleState.DRAFT, False),
        ({"status": "publish", "post_password": "geheim"}, ArticleState.DRAFT, False),
        ({"status": "future", "post_date_gmt": "2099-01-01 08:00:00"}, ArticleState.PUBLISHED, False),
        ({"status": "future"}, ArticleState.DRAFT, False),
        ({"status": "publish"}, ArticleState.PUBLISHED, True),
    ],
    ids=["draft", "pending", "private", "unknown", "protected", "scheduled", "schedule passed", "published"],
)
def test_only_what_was_public_there_is_public_here(
    stage: Stage, fields: dict[str, str], state: ArticleState, is_public: bool
) -> None:
    stage.run(export(item(1, **fields)))

    assert stage.article().state is state
    answer = stage.app.test_client().get("/articles/artikel-1")
    assert answer.status_code == (200 if is_public else 404)


def test_a_closed_discussion_stays_closed_and_a_page_stays_off_the_front_page(stage: Stage) -> None:
    stage.run(export(item(1, comment_status="closed", post_type="page", title="Over ons")))

    assert stage.article().comment_policy is CommentPolicy.CLOSED
    assert stage.article().kind is ArticleKind.PAGE


@pytest.mark.parametrize(
    ("approved", "state"),
    [("1", State.APPROVED), ("0", State.PENDING), ("spam", State.SPAM), ("trash", State.REJECTED)],
)
def test_a_comment_keeps_its_state_and_its_writer(stage: Stage, approved: str, state: State) -> None:
    stage.run(
        export(
            item(
                1,
                comment(
                    7, approved=approved, author_url="http://haan.example", content="Ja & nee <em>!</em>"
                ),
            )
        )
    )

    (found,) = stage.comments()
    assert found.state is state
    assert (found.author_name, found.website) == ("Sjoerd Haan", "http://haan.example")
    assert found.commenter is not None
    assert (found.commenter.email, found.commenter.proven_at) == ("sjoerd@lezers.example", None)
    assert found.newest_revision.source == "Ja & nee <em>!</em>"
    assert found.newest_revision.html == "<p>Ja &amp; nee <em>!</em></p>"
    assert found.submitted_at == datetime(2020, 3, 2, 10, 0, tzinfo=UTC)


def test_threads_keep_their_shape(stage: Stage) -> None:
    stage.run(export(item(1, comment(3, 2), comment(1), comment(2, 1), comment(4))))

    by_text = {c.newest_revision.source: c for c in stage.comments()}
    first, second, third = (by_text[f"Reactie {n}."] for n in (1, 2, 3))
    assert (second.parent_id, third.parent_id) == (first.id, second.id)
    assert [c.depth for c in (first, second, third)] == [0, 1, 2]
    assert {c.root_number for c in (first, second, third)} == {first.root_number}


def test_an_answer_to_nothing_starts_a_branch_and_is_listed(stage: Stage) -> None:
    report = stage.run(export(item(1, comment(1, 99))))

    (found,) = stage.comments()
    assert found.parent_id is None
    assert [entry.code for entry in report.listed] == ["parent_missing"]


def test_what_the_author_wrote_signed_in_has_the_badge_and_what_others_typed_has_not(stage: Stage) -> None:
    own = {"author_email": "roos@oudeblog.example"}
    stage.run(
        export(item(1, comment(1, user_id="1", **own), comment(2, user_id="0", **own), comment(3, user_id="8")),
               people=person())
    )  # fmt: skip

    assert [c.badge for c in stage.comments()] == [Badge.AUTHOR, None, None]


def test_an_address_that_is_none_is_left_out_and_the_comment_comes_in(stage: Stage) -> None:
    report = stage.run(
        export(item(1, comment(1, author_email="geen adres", author="", author_url="javascript:x")))
    )

    (found,) = stage.comments()
    assert (found.commenter_id, found.author_name, found.website) == (None, "Anoniem", None)
    assert report.remarks["email"] == report.remarks["website"] == 1


def test_old_addresses_lead_to_the_articles(stage: Stage) -> None:
    stage.run(
        export(
            item(1, link="https://oudeblog.example/2020/03/groen%20en%20caf%C3%A9/"),
            item(2, post_type="page", post_name="over"),
            item(3, status="draft", link="https://oudeblog.example/?p=3"),
        )
    )
    client = stage.app.test_client()

    followed = {
        path: (client.get(path).status_code, client.get(path).headers.get("Location"))
        for path in (
            "/2020/03/groen en café/",
            "/2020/03/groen%20en%20caf%C3%A9",
            "/?p=1",
            "/?page_id=2",
            "/?p=3",
            "/?p=9",
        )
    }

    assert followed == {
        "/2020/03/groen en café/": (301, "/articles/artikel-1"),
        "/2020/03/groen%20en%20caf%C3%A9": (301, "/articles/artikel-1"),
        "/?p=1": (301, "/articles/artikel-1"),
        "/?page_id=2": (301, "/articles/over"),
        "/?p=3": (404, None),
        "/?p=9": (404, None),
    }


def test_an_address_that_is_taken_here_gets_a_number(stage: Stage) -> None:
    stage.run(export(item(1), item(2, post_name="artikel-1", post_type="page")))

    assert {a.slug for a in stage.session.scalars(select(Article))} == {"artikel-1", "artikel-1-2"}


def test_a_rehearsal_tells_the_same_and_writes_nothing(stage: Stage) -> None:
    def file() -> io.BytesIO:
        return export(item(1, comment(1), comment(2, 1)), item(2, status="trash"), people=person())

    before = stage.rows()
    rehearsed = stage.run(file(), is_rehearsal=True)
    after = stage.rows()
    real = stage.run(file())

    assert after == before
    assert rehearsed.tallies == real.tallies


@pytest.mark.parametrize(
    "broken", ["<item><title>", "\t<item></rss>", "&nbsp;", "<!DOCTYPE x [<!ENTITY a 'b'>]>"], ids=repr
)
def test_a_broken_file_writes_nothing(stage: Stage, broken: str) -> None:
    before = stage.rows()

    with pytest.raises(BrokenExport) as refused:
        stage.run(export(item(1, comment(1)), broken))

    assert refused.value.line > 1
    assert stage.rows() == before


def test_what_does_not_come_in_is_counted_with_its_cause(stage: Stage) -> None:
    report = stage.run(
        export(
            item(1, comment(1, type="pingback"), comment(2, type="trackback"), comment(3, content=" ")),
            item(2, comment(4), status="trash"),
            item(3, post_type="attachment", status="inherit"),
            "\t<wp:category><wp:term_id>1</wp:term_id></wp:category>\n",
            people=person() + person("stil", "Stille Schrijver", 2),
        )
    )

    assert {kind: dict(t.left_out) for kind, t in report.tallies.items() if t.left_out} == {
        "post": {"status": 1},
        "comment": {"pingback": 1, "trackback": 1, "empty": 1, "article_left_out": 1},
        "attachment": {"type": 1},
        "person": {"no_article": 1},
        "term": {"not_taken": 1},
    }


def test_hostile_texts_come_in_harmless(stage: Stage) -> None:
    attack = (
        '<script>alert(1)</script><img src=x onerror=alert(1)> <a href="javascript:alert(1)">klik</a> ]]>'
    )
    stage.run(
        export(item(1, comment(1, author="<b>Jan</b>", content=attack), body=attack, title=cdata(attack)))
    )

    page = stage.app.test_client().get("/articles/artikel-1").text

    assert "<script>alert" not in page
    assert "onerror=alert" not in page.replace("&lt;img src=x onerror=alert", "")
    assert 'href="javascript' not in page
    assert "&lt;b&gt;Jan&lt;/b&gt;" in page


def test_no_page_asks_another_host_for_a_picture(stage: Stage) -> None:
    stage.run(export(item(1, body='<p><img src="https://beeld.example/a.jpg" alt="Een plein"></p>')))

    page = stage.app.test_client().get("/articles/artikel-1").text

    assert "<img" not in page
    assert '<a href="https://beeld.example/a.jpg" rel="noopener noreferrer">Een plein</a>' in page


def test_an_english_export_stays_english(stage: Stage) -> None:
    stage.run(export(item(1, comment(1)), lang="en-GB"))

    assert (stage.article().lang, stage.comments()[0].lang) == ("en", "en")


def test_a_deep_chain_comes_in_whole(stage: Stage) -> None:
    chain = (comment(n, n - 1, content=f"Stap {n}.") for n in range(1, 601))
    stage.run(export(item(1, *chain)))

    depths = stage.session.scalars(select(Comment.depth).order_by(Comment.depth)).all()

    assert depths == list(range(600))
    assert stage.article().last_number == 600


def test_a_site_is_the_same_with_and_without_https_www_and_a_slash(stage: Stage) -> None:
    def from_address(address: str) -> io.BytesIO:
        return io.BytesIO(
            export(item(1)).getvalue().replace(b"https://oudeblog.example<", f"{address}<".encode())
        )

    stage.run(from_address("http://www.oudeblog.example/"))

    report = stage.run(from_address("https://oudeblog.example"))

    assert stage.rows()["import_sources"] == 1
    assert stage.rows()["articles"] == 1
    assert CREATED not in outcomes(report, "post")


def test_a_file_that_does_not_tell_its_site_is_refused(stage: Stage) -> None:
    nameless = export(item(1)).getvalue().replace(b"https://oudeblog.example<", b"<")

    with pytest.raises(BrokenExport):
        stage.run(io.BytesIO(nameless))


def test_a_draft_does_not_take_the_address_of_a_published_article(stage: Stage) -> None:
    link = "https://oudeblog.example/over/"
    stage.run(export(item(1, link=link), item(2, link=link, status="draft")))

    answer = stage.app.test_client().get("/over/")

    assert answer.headers["Location"] == "/articles/artikel-1"


@pytest.mark.parametrize(
    "address",
    ["/blog/?p=1", "/blog/2020/03/x/comment-page-2/", "/blog/2020/03/x/feed/", "/blog/2020/03/x/amp"],
)
def test_addresses_below_an_article_and_below_a_folder_lead_to_it(stage: Stage, address: str) -> None:
    site = b"https://oudeblog.example/blog<"
    file = export(item(1, link="https://oudeblog.example/blog/2020/03/x/"))
    stage.run(io.BytesIO(file.getvalue().replace(b"https://oudeblog.example<", site)))

    answer = stage.app.test_client().get(address)

    assert (answer.status_code, answer.headers.get("Location")) == (301, "/articles/artikel-1")


def test_an_address_used_as_a_name_is_not_shown_whole(stage: Stage) -> None:
    stage.run(export(item(1, comment(1, author="sjoerd@lezers.example"), creator="roos@prive.example")))

    page = stage.app.test_client().get("/articles/artikel-1").text

    assert "@lezers.example" not in page
    assert "@prive.example" not in page
    assert [c.author_name for c in stage.comments()] == ["sjoerd"]


def test_a_comment_that_nobody_can_read_is_not_public_and_its_answers_stay(stage: Stage) -> None:
    report = stage.run(export(item(1, comment(1, content="&nbsp;"), comment(2, 1))))

    blank, answer = stage.comments()
    assert (blank.state, answer.state, answer.parent_id) == (State.REJECTED, State.APPROVED, blank.id)
    assert report.remarks["blank"] == 1


def test_a_title_in_another_script_gets_an_address_of_its_own(stage: Stage) -> None:
    stage.run(
        export(item(7, title="Зелёный район", post_name="%d0%b7"), item(8, title="Ещё один", post_name=""))
    )

    assert {a.slug for a in stage.session.scalars(select(Article))} == {"artikel-7", "artikel-8"}


def test_nobody_is_counted_new_who_did_not_come_in(stage: Stage) -> None:
    stage.run(export(item(1), people=person()))
    with writing(stage.session):
        stage.article().lede = "Van hier."

    report = stage.run(export(item(1, creator="jan"), people=person() + person("jan", "Jan Mulder", 2)))

    assert outcomes(report, "person") == {}
    assert dict(report.tally("person").left_out) == {"no_article": 2}
