"""What a deep or long branch looks like: it steps in no further, so comments say whom they answer."""

from __future__ import annotations

from itertools import pairwise

from forum.comments.thread import MAX_REPLIES_SHOWN
from forum.comments.thread_tree import STEPS_TOLD_BY_PLACE, STEPS_TOLD_ON_A_DESK
from tests.factories import MODERATOR, READER, Site
from tests.pages.pages import by_id, shape, with_class, words


def _page(site: Site, query: str = "") -> str:
    answer = site.reader().get(f"/articles/{site.slug}{query}")
    assert answer.status_code == 200
    return answer.text


def _chain(site: Site, length: int) -> list[int]:
    ids = [site.approved()]
    while len(ids) < length:
        ids.append(site.approved(parent_id=ids[-1]))
    return ids


def test_every_answer_links_to_what_it_answers_and_tells_it_in_words_where_its_place_does_not(
    site: Site,
) -> None:
    chain = _chain(site, STEPS_TOLD_ON_A_DESK + 1)

    page = _page(site)

    assert not with_class(by_id(page, f"comment-{chain[0]}"), "answers")
    classes = []
    for number, (above, comment_id) in enumerate(pairwise(chain), start=1):
        (link,) = with_class(by_id(page, f"comment-{comment_id}"), "answers")
        assert link.get("href") == f"#comment-{above}"
        assert words(link) == f"antwoord op reactie {number} van {READER.name}"
        classes.append(link.get("class"))
    by_place = STEPS_TOLD_BY_PLACE - 1
    on_a_desk = STEPS_TOLD_ON_A_DESK - STEPS_TOLD_BY_PLACE
    assert classes == ["answers told-by-place"] * by_place + ["answers told-by-desk"] * on_a_desk + [
        "answers"
    ]


def test_a_branch_on_its_own_page_says_what_its_first_comment_answers(site: Site) -> None:
    first, second, _ = _chain(site, 3)

    page = _page(site, f"?branch={second}")

    (link,) = with_class(by_id(page, f"comment-{second}"), "answers")
    assert link.get("href") == f"/comments/{first}"


def test_the_way_to_the_rest_of_a_long_branch_stands_after_what_is_shown(site: Site) -> None:
    top = site.approved()
    replies = [site.approved(parent_id=top) for _ in range(MAX_REPLIES_SHOWN + 2)]
    other = site.approved()

    (thread,) = with_class(by_id(_page(site), "comments"), "thread")

    assert [comment for comment, _ in shape(thread)] == [f"comment-{top}", f"comment-{other}"]
    assert [element.tag for element in thread[0]] == ["article", "p", "ol", "p"]
    (more,) = with_class(thread, "more-replies")
    assert more is thread[0][-1]
    assert "2" in words(more)
    assert f"comment-{replies[MAX_REPLIES_SHOWN]}" not in str(shape(thread))


def test_a_signed_in_moderator_gets_links_to_answer_and_to_moderate(site: Site) -> None:
    comment_id = site.approved()

    page = site.moderator().get(f"/articles/{site.slug}").text

    links = [link.get("href") for link in by_id(page, f"comment-{comment_id}").iter("a")]
    assert f"/articles/{site.slug}/replies/new?parent={comment_id}" in links
    assert f"/moderation/comments/{comment_id}" in links
    assert MODERATOR.name in words(by_id(page, f"comment-{comment_id}"))
