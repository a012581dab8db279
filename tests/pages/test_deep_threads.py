"""What a deep or long branch looks like: it steps in no further, so comments say whom they answer."""

from __future__ import annotations

from forum.comments.thread import LEVELS_TOLD_APART, MAX_REPLIES_SHOWN
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


def test_a_comment_deeper_than_the_page_steps_in_says_whom_it_answers(site: Site) -> None:
    *shown_by_place, above, deep = _chain(site, LEVELS_TOLD_APART + 1)

    page = _page(site)

    (link,) = with_class(by_id(page, f"comment-{deep}"), "answers")
    assert link.get("href") == f"#comment-{above}"
    assert READER.name in words(link)
    for comment_id in [*shown_by_place, above]:
        assert not with_class(by_id(page, f"comment-{comment_id}"), "answers")


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
    assert [element.tag for element in thread[0]] == ["article", "ol", "p"]
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
