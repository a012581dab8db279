"""Every record of an export comes in, or is left out for one reason that is listed."""

from __future__ import annotations

import io
from array import array
from random import Random
from zoneinfo import ZoneInfo

import pytest

from forum.exchange.wordpress import checks
from forum.exchange.wordpress.checks import LEFT_OUT, MAX_COMMENT_CHARS, Problem
from forum.exchange.wordpress.staging import stage
from tests.exchange.wordpress.exports import comment, export, item, person, thread

Listed = tuple[str, int | str | None, str]
Shown = dict[int | None, int | None]
"""Parents by comment, in the order that they come out in."""


def staged(file: io.BytesIO) -> tuple[Shown, list[Problem]]:
    """Parents of all comments that come in, and what is listed."""
    with stage(file, zone=ZoneInfo("Europe/Amsterdam")) as export_file:
        come_in = [
            (one.comment_id, one.parent_id)
            for post in export_file.posts()
            for one in export_file.comments_of(post.post_id or 0)
        ]
        listed = list(export_file.problems())
        left_out = sum(one.is_left_out for one in listed if one.kind == "comment")
        assert len(come_in) + left_out == export_file.counts["comment"]
    assert len(dict(come_in)) == len(come_in)
    return dict(come_in), listed


def brief(problems: list[Problem]) -> list[Listed]:
    return [(one.kind, one.id, one.code) for one in problems]


def at(hour: int) -> dict[str, str]:
    return {"date_gmt": f"2020-03-02 {hour:02}:00:00"}


def test_a_sound_thread_comes_in_without_a_word() -> None:
    shown, problems = staged(export(item(1, comment(1), comment(2, 1), comment(3, 2), comment(4))))

    assert shown == {1: None, 2: 1, 3: 2, 4: None}
    assert not problems


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"type": "pingback"}, "pingback"),
        ({"type": "trackback"}, "trackback"),
        ({"type": "order_note"}, "comment_type"),
        ({"type": "action_log"}, "comment_type"),
        ({"content": ""}, "empty"),
        ({"content": " \n\t"}, "empty"),
        ({"content": "x" * (MAX_COMMENT_CHARS + 1)}, "too_long"),
    ],
)
def test_what_is_no_comment_of_a_reader_is_left_out(fields: dict[str, str], code: str) -> None:
    shown, problems = staged(export(item(1, comment(1), comment(2, **fields))))

    assert shown == {1: None}
    assert brief(problems) == [("comment", 2, code)]
    assert problems[0].is_left_out


@pytest.mark.parametrize("kind", ["", "comment", "review"])
def test_comments_of_readers_come_in(kind: str) -> None:
    assert staged(export(item(1, comment(1, type=kind)))) == ({1: None}, [])


def test_the_longest_text_comes_in() -> None:
    assert staged(export(item(1, comment(1, content="é" * MAX_COMMENT_CHARS)))) == ({1: None}, [])


@pytest.mark.parametrize("approved", ["0", "1", "spam", "trash", "post-trashed"])
def test_comments_come_in_whatever_was_decided_about_them(approved: str) -> None:
    assert staged(export(item(1, comment(1, approved=approved)))) == ({1: None}, [])


@pytest.mark.parametrize("given", ["", "0", "abc", str(2**63), "-7"])
def test_a_comment_without_a_usable_id_is_left_out(given: str) -> None:
    shown, problems = staged(export(item(1, comment(given))))

    assert not shown
    assert brief(problems) == [("comment", None, "no_id")]


def test_the_first_of_two_comments_with_one_id_comes_in() -> None:
    first, second = comment(5, content="eerste"), comment(5, content="tweede")

    shown, problems = staged(export(item(1, first), item(2, second, comment(6, 5))))

    assert shown == {5: None, 6: None}
    assert brief(problems) == [("comment", 5, "duplicate"), ("comment", 6, "parent_missing")]


def test_the_first_that_can_come_in_counts() -> None:
    shown, problems = staged(export(item(1, comment(5, content=""), comment(5), comment(6, 5))))

    assert shown == {5: None, 6: 5}
    assert brief(problems) == [("comment", 5, "empty")]


@pytest.mark.parametrize("parent", ["99", "abc", str(2**63)])
def test_a_comment_whose_parent_is_missing_starts_a_branch(parent: str) -> None:
    shown, problems = staged(export(item(1, comment(2, parent), comment(3, 2))))

    assert shown == {2: None, 3: 2}
    assert brief(problems) == [("comment", 2, "parent_missing")]
    assert not problems[0].is_left_out


def test_a_parent_under_another_post_counts_as_missing() -> None:
    shown, problems = staged(export(item(1, comment(1)), item(2, comment(2, 1))))

    assert shown == {1: None, 2: None}
    assert brief(problems) == [("comment", 2, "parent_missing")]


@pytest.mark.parametrize("fields", [{"type": "pingback"}, {"content": ""}])
def test_a_reply_to_what_is_left_out_starts_a_branch(fields: dict[str, str]) -> None:
    shown, problems = staged(export(item(1, comment(1, **fields), comment(2, 1))))

    assert shown == {2: None}
    assert brief(problems)[1] == ("comment", 2, "parent_missing")


def test_a_parent_may_stand_after_its_replies() -> None:
    assert staged(export(item(1, comment(3, 2), comment(2, 1), comment(1)))) == ({1: None, 2: 1, 3: 2}, [])


def test_a_comment_that_answers_itself_starts_a_branch() -> None:
    shown, problems = staged(export(item(1, comment(1, 1), comment(2, 1))))

    assert shown == {1: None, 2: 1}
    assert brief(problems) == [("comment", 1, "cycle")]


def test_two_that_answer_each_other_are_cut_at_the_earlier_one() -> None:
    shown, problems = staged(export(item(1, comment(1, 2, **at(12)), comment(2, 1, **at(10)))))

    assert shown == {2: None, 1: 2}
    assert brief(problems) == [("comment", 2, "cycle")]


def test_of_two_at_the_same_moment_the_smaller_id_is_the_earlier() -> None:
    assert staged(export(item(1, comment(8, 7), comment(7, 8))))[0] == {7: None, 8: 7}


def test_replies_below_a_cycle_keep_their_places() -> None:
    ring = [comment(number, 1 + number % 5, **at(10)) for number in range(1, 6)]
    below = [comment(11, 3, **at(9)), comment(12, 11, **at(8)), comment(13, 12, **at(11))]

    shown, problems = staged(export(item(1, *below, *ring, comment(20), comment(21, 20))))

    assert shown == {1: None, 5: 1, 4: 5, 3: 4, 2: 3, 11: 3, 12: 11, 13: 12, 20: None, 21: 20}
    assert brief(problems) == [("comment", 1, "cycle")]


def test_every_cycle_is_found_once() -> None:
    rng = Random(7)  # noqa: S311 - a made-up thread, not a secret
    for _ in range(200):
        size = rng.randrange(1, 30)
        parents = [0] + [rng.randrange(1, size + 1) for _ in range(size)]

        assert sorted(checks._firsts_of_cycles(array("q", parents))) == _firsts_the_slow_way(parents)


def _firsts_the_slow_way(parents: list[int]) -> list[int]:
    firsts = set()
    for start in range(1, len(parents)):
        way = [start]
        while parents[way[-1]] not in way:
            way.append(parents[way[-1]])
        firsts.add(min(way[way.index(parents[way[-1]]) :]))
    return sorted(firsts)


def test_a_hundred_thousand_cycles_are_found_in_one_walk() -> None:
    pairs = array("q", [0, *((number - 1 ^ 1) + 1 for number in range(1, 200_001))])
    ring_with_tail = array("q", [0, 2, 1, *range(2, 200_000)])

    assert sum(1 for _ in checks._firsts_of_cycles(pairs)) == 100_000
    assert list(checks._firsts_of_cycles(ring_with_tail)) == [1]


def test_thousands_of_pairs_that_answer_each_other_all_come_in() -> None:
    comments = thread(1, 4000, shape="pairs", rng=Random(1), text_chars=1)  # noqa: S311 - a made-up thread

    shown, problems = staged(export(item(1, *comments)))

    assert len(shown) == 4000
    assert brief(problems) == [("comment", number, "cycle") for number in range(1, 4001, 2)]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"post_type": "attachment", "status": "inherit"}, "type"),
        ({"post_type": "nav_menu_item"}, "type"),
        ({"post_type": "product"}, "type"),
        ({"status": "trash"}, "status"),
        ({"status": "auto-draft"}, "status"),
        ({"status": "inherit"}, "status"),
    ],
)
def test_posts_of_other_kinds_are_left_out_with_their_comments(fields: dict[str, str], code: str) -> None:
    shown, problems = staged(export(item(1, comment(1), comment(2, 1), **fields), item(2, comment(3))))

    assert shown == {3: None}
    assert brief(problems) == [
        (fields.get("post_type", "post"), 1, code),
        ("comment", 1, "article_left_out"),
        ("comment", 2, "article_left_out"),
    ]


@pytest.mark.parametrize("status", ["publish", "draft", "pending", "future", "private"])
@pytest.mark.parametrize("kind", ["post", "page"])
def test_posts_and_pages_come_in(kind: str, status: str) -> None:
    assert staged(export(item(1, comment(1), post_type=kind, status=status))) == ({1: None}, [])


def test_the_first_of_two_posts_with_one_id_comes_in() -> None:
    shown, problems = staged(export(item(1, comment(1)), item(1, comment(2))))

    assert shown == {1: None}
    assert brief(problems) == [("post", 1, "duplicate"), ("comment", 2, "article_left_out")]


def test_a_post_without_a_usable_id_is_left_out() -> None:
    assert brief(staged(export(item("abc")))[1]) == [("post", None, "no_id")]


def test_a_person_is_listed_once() -> None:
    people = person("roos") + person("noud") + person("roos", "Een ander") + person("")

    assert brief(staged(export(people=people))[1]) == [
        ("person", 1, "duplicate"),
        ("person", 1, "no_id"),
    ]


def test_a_problem_names_its_line_and_its_cause() -> None:
    file = export(item(1, comment(1), comment(2, type="order_note"), comment(3, 77)), item(2, status="trash"))
    lines = [number for number, text in enumerate(file.getvalue().split(b"\n"), 1) if b"<wp:comment>" in text]

    post, note, orphan = staged(file)[1]

    assert "“trash”" in post.text
    assert (note.line, "“order_note”" in note.text) == (lines[1], True)
    assert (orphan.line, "(77)" in orphan.text) == (lines[2], True)


def test_a_comment_has_one_reason_even_where_all_fit() -> None:
    worst = [comment("x", "y", type="pingback", content="")] * 2

    _, problems = staged(export(item("z", *worst, post_type="attachment")))

    assert brief(problems) == [("attachment", None, "type"), *[("comment", None, "pingback")] * 2]


def test_any_thread_is_told_completely() -> None:
    rng = Random(3)  # noqa: S311 - a made-up thread, not a secret
    for _ in range(15):
        posts = [
            item(
                rng.randrange(1, 5),
                *(
                    comment(
                        rng.randrange(12),
                        rng.randrange(14),
                        type=rng.choice(["", "", "pingback"]),
                        **at(rng.randrange(24)),
                    )
                    for _ in range(12)
                ),
                status=rng.choice(["publish", "publish", "trash"]),
            )
            for _ in range(3)
        ]

        shown, problems = staged(export(*posts))

        places = {comment_id: place for place, comment_id in enumerate(shown)}
        assert all(parent is None or places[parent] < places[one] for one, parent in shown.items())
        assert {one.id for one in problems if not one.is_left_out and one.kind == "comment"} <= set(shown)
        assert all((one.code in LEFT_OUT) == one.is_left_out for one in problems)
