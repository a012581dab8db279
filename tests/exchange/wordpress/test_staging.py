"""The scratch file hands back what comes in, in the order to write it in, and is gone afterwards."""

from __future__ import annotations

import io
import stat
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from forum.exchange.wordpress import staging
from forum.exchange.wordpress.records import BrokenExport, CommentRecord, PersonRecord, PostRecord
from forum.exchange.wordpress.staging import Staged, stage
from tests.exchange.wordpress.exports import (
    NO_DATE,
    comment,
    export,
    item,
    item_start,
    person,
    thread,
    write_export,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def ids(staged: Staged, post_id: int = 1) -> list[int | None]:
    return [one.comment_id for one in staged.comments_of(post_id)]


def dated(comment_id: int, parent: int, minute: int | None) -> str:
    gmt = NO_DATE if minute is None else f"2020-03-02 10:{minute:02}:00"
    return comment(comment_id, parent, date_gmt=gmt, date=NO_DATE)


def test_posts_come_back_as_they_were_in_order_of_time() -> None:
    late = item(1, post_date_gmt="2021-01-01 00:00:00", post_password="x", comment_status="closed")
    tied = [item(9, post_date_gmt="2019-01-01 00:00:00"), item(8, post_date_gmt="2019-01-01 00:00:00")]
    undated = item(2, post_date_gmt=NO_DATE, post_date=NO_DATE, pubDate="", title="Ongedateerd")
    old = item(3, post_date_gmt="1960-05-05 05:05:05", post_type="page", post_parent="9", excerpt="kort")

    with stage(export(late, *tied, undated, old), zone=AMSTERDAM) as staged:
        posts = list(staged.posts())

    assert [post.post_id for post in posts] == [3, 8, 9, 1, 2]
    assert posts[0] == PostRecord(
        post_id=3,
        type="page",
        title="Artikel 3",
        link="https://oudeblog.example/2020/03/artikel-3/",
        creator="roos",
        body="<!-- wp:paragraph --><p>Een alinea.</p><!-- /wp:paragraph -->",
        excerpt="kort",
        status="publish",
        slug="artikel-3",
        published_at=datetime(1960, 5, 5, 5, 5, 5, tzinfo=UTC),
        is_protected=False,
        comments_open=True,
        parent_id=9,
        attachment_url="",
        line=posts[0].line,
        item=5,
    )
    assert (posts[3].is_protected, posts[3].comments_open) == (True, False)
    assert posts[4].published_at is None


def test_comments_come_back_as_they_were() -> None:
    given = comment(
        9, 8, author="Noud", author_url="https://noud.example", content="één", approved="0", user_id="3"
    )

    with stage(export(item(4, comment(8), given)), zone=AMSTERDAM) as staged:
        first, second = staged.comments_of(4)

    assert first.parent_id is None
    assert second == CommentRecord(
        comment_id=9,
        post_id=4,
        parent_id=8,
        name="Noud",
        email="sjoerd@lezers.example",
        website="https://noud.example",
        body="één",
        approved="0",
        type="comment",
        user_id=3,
        at=datetime(2020, 3, 2, 10, tzinfo=UTC),
        line=second.line,
        item=1,
    )


def test_comments_stand_in_order_of_time_and_then_of_their_ids() -> None:
    comments = [dated(5, 0, 30), dated(4, 0, 20), dated(3, 0, 20), dated(2, 0, 10)]

    with stage(export(item(1, *comments)), zone=AMSTERDAM) as staged:
        assert ids(staged) == [2, 3, 4, 5]


def test_a_reply_that_claims_to_be_older_than_its_parent_stands_below_it() -> None:
    comments = [dated(1, 2, 5), dated(2, 0, 30), dated(3, 0, 20), dated(4, 1, 1), dated(5, 0, 31)]

    with stage(export(item(1, *comments)), zone=AMSTERDAM) as staged:
        told = [(one.comment_id, one.at.minute if one.at else None) for one in staged.comments_of(1)]

    assert told == [(3, 20), (2, 30), (1, 5), (4, 1), (5, 31)]


def test_a_reply_without_a_time_stands_right_below_its_parent() -> None:
    comments = [dated(1, 0, 10), dated(2, 0, 20), dated(3, 1, None), dated(4, 0, None)]

    with stage(export(item(1, *comments)), zone=AMSTERDAM) as staged:
        assert ids(staged) == [4, 1, 3, 2]
        assert [one.at for one in staged.comments_of(1)][::2] == [None, None]


def test_comments_that_stand_before_their_posts_id_are_found_by_it() -> None:
    text = item_start(5).replace("\t\t<wp:post_id>5</wp:post_id>\n", comment(1) + comment(2, 1))

    with stage(
        export(text + "<wp:post_id>5</wp:post_id></item>", item(6, comment(3))), zone=AMSTERDAM
    ) as staged:
        assert [(one.comment_id, one.post_id) for one in staged.comments_of(5)] == [(1, 5), (2, 5)]
        assert ids(staged, 6) == [3]


def test_a_post_that_is_not_there_has_no_comments() -> None:
    with stage(export(item(1, comment(1)), item(2, comment(2), status="trash")), zone=AMSTERDAM) as staged:
        assert not ids(staged, 2)
        assert not ids(staged, 99)


def test_people_come_back_as_they_were() -> None:
    with stage(export(item(1), people=person("roos") + person("noud", "Noud", "")), zone=AMSTERDAM) as staged:
        roos, noud = staged.people()

    assert roos == PersonRecord("roos", "Roos Verbeek", "roos@oudeblog.example", 1, roos.line)
    assert (noud.login, noud.author_id) == ("noud", None)


def test_attachments_are_found_in_the_order_asked_for() -> None:
    image = {"post_type": "attachment", "status": "inherit"}
    files = [
        item(number, attachment_url=f"https://oudeblog.example/{number}.jpg", **image)
        for number in (11, 12, 13)
    ]

    with stage(export(item(1), *files), zone=AMSTERDAM) as staged:
        assert staged.attachment([13, 99, 1, 11]) == [
            ("https://oudeblog.example/13.jpg", "Artikel 13"),
            ("https://oudeblog.example/11.jpg", "Artikel 11"),
        ]


def test_counts_are_of_all_that_the_file_holds() -> None:
    parts = [
        "<wp:category/><wp:tag/><wp:term/>",
        item(1, comment(1), comment(2, type="pingback"), comment("x")),
        item(2, post_type="page"),
        item(3, post_type="attachment"),
        item(4, status="trash"),
        item(5, post_type="person"),
    ]

    with stage(export(*parts, people=person()), zone=AMSTERDAM) as staged:
        assert staged.counts == {
            "person": 1,
            "comment": 3,
            "term": 3,
            "attachment": 1,
            "page": 1,
            "person (post type)": 1,
            "post": 2,
        }
        assert staged.left_out_counts == {
            ("post", "status"): 1,
            ("attachment", "type"): 1,
            ("person (post type)", "type"): 1,
            ("comment", "no_id"): 1,
            ("comment", "pingback"): 1,
        }


def test_the_site_and_the_dropped_characters_are_told() -> None:
    with stage(export(item(1, comment(1, content="a\x00b\x07c")), lang="en"), zone=AMSTERDAM) as staged:
        assert (staged.site.title, staged.site.language) == ("Oude blog", "en")
        assert staged.dropped_characters == 2


def test_the_scratch_file_has_no_name_so_that_no_kill_leaves_it_behind(tmp_path: Path) -> None:
    with stage(export(item(1)), zone=AMSTERDAM, folder=tmp_path) as staged:
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        [folder] = tmp_path.iterdir()
        mode = stat.S_IMODE(folder.stat().st_mode)
        number = sum(1 for _post in staged.posts())

    assert (files, mode, number) == ([], 0o700, 1)
    assert not list(tmp_path.iterdir())


def test_nothing_stays_behind_of_a_broken_file(tmp_path: Path) -> None:
    data = export(item(1, comment(1))).getvalue()[:-20]

    with pytest.raises(BrokenExport), stage(io.BytesIO(data), zone=AMSTERDAM, folder=tmp_path):
        pytest.fail("a broken file was staged")

    assert not list(tmp_path.iterdir())


def test_nothing_stays_behind_of_work_that_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyError), stage(export(item(1)), zone=AMSTERDAM, folder=tmp_path):
        raise KeyError

    assert not list(tmp_path.iterdir())


def test_a_chain_of_five_thousand_comes_back_link_by_link() -> None:
    comments = list(thread(1, 5000, shape="chain", rng=Random(1), text_chars=1))  # noqa: S311 - a made-up thread
    comments.reverse()

    with stage(export(item(1, *comments)), zone=AMSTERDAM) as staged:
        chain = [(one.comment_id, one.parent_id) for one in staged.comments_of(1)]

    assert chain == [(1, None), *((number, number - 1) for number in range(2, 5001))]


def test_twenty_thousand_comments_in_one_thread_come_back_parents_first() -> None:
    count = 20_000  # `script/prove import` has five times as many
    bare = (
        f"<wp:comment><wp:comment_id>{number}</wp:comment_id><wp:comment_content>t</wp:comment_content>"
        f"<wp:comment_parent>{number // 3}</wp:comment_parent></wp:comment>"
        for number in range(count, 0, -1)
    )
    seen: set[int | None] = {None}

    with stage(export(item(1, *bare)), zone=AMSTERDAM) as staged:
        for one in staged.comments_of(1):
            assert one.parent_id in seen
            seen.add(one.comment_id)

        assert len(seen) == count + 1
        assert not list(staged.problems())


@pytest.mark.parametrize("query", [staging._POSTS, staging._PEOPLE, staging._COMMENTS, *staging._PROBLEMS])
def test_nothing_is_sorted_in_memory_to_be_read_back(query: str) -> None:
    with stage(export(item(1)), zone=AMSTERDAM) as staged:
        plan = staged._connection.execute("EXPLAIN QUERY PLAN " + query, (1,) * query.count("?")).fetchall()

    assert not [row for row in plan if "TEMP B-TREE" in row[-1]]


def test_the_writer_of_exports_writes_the_same_for_the_same_seed(tmp_path: Path) -> None:
    first = write_export(tmp_path / "first.xml", posts=3, comments=50, seed=4, lang="en").read_bytes()
    again = write_export(tmp_path / "again.xml", posts=3, comments=50, seed=4, lang="en").read_bytes()
    other = write_export(tmp_path / "other.xml", posts=3, comments=50, seed=5, lang="en").read_bytes()

    with stage(io.BytesIO(first), zone=AMSTERDAM) as staged:
        counts, problems = staged.counts, list(staged.problems())

    assert first == again != other
    assert (counts["post"], counts["comment"], problems) == (3, 50, [])
