"""Posts and pages of an export are written as articles."""

from __future__ import annotations

from forum.articles.service import ArticleDraft
from forum.exchange.article_writing import Origin, write_article
from forum.exchange.report import Outcome
from forum.exchange.wordpress.posts import byline_name, convert_post, digest_of_post
from forum.exchange.wordpress.records import PostRecord
from forum.exchange.wordpress.run import Run
from forum.text import TextTooLong


def write_post(run: Run, post: PostRecord) -> int | None:
    """Write a post.

    :returns: the id of its article; 0 when a rehearsal would make it; None when it is left out.
    """
    addresses = _addresses(post, run.staged.site.base_url)
    origin = Origin(run.source_id, post.post_id or 0, digest_of_post(post, run.people), addresses)
    try:
        outcome, article_id = write_article(
            run.session, origin, lambda: _convert(run, post), now=run.now, is_rehearsal=run.is_rehearsal
        )
    except TextTooLong:
        _leave_out(run, post)
        return None
    if outcome is Outcome.CONFLICT:
        run.remark(post.type, post.line, post.post_id, "conflict")
    else:
        run.written_by.add(byline_name(post.creator, run.people))
    run.seen.add(post.post_id or 0)
    run.report.count(post.type, outcome)
    run.step(1)
    return article_id


def _convert(run: Run, post: PostRecord) -> ArticleDraft:
    converted = convert_post(post, run.staged, run.people, lang=run.lang, now=run.now)
    for code in converted.remarks:
        run.remark(post.type, post.line, post.post_id, code)
    for what, number in sorted(converted.left_out.items()):
        run.remark(post.type, post.line, post.post_id, "not_converted", f"{what} × {number}")
    return converted.draft


def _addresses(post: PostRecord, site: str) -> tuple[str, str]:
    """Where it stood, and the plain address by its number that WordPress always answers."""
    return post.link, f"{site.rstrip('/')}/?{'page_id' if post.type == 'page' else 'p'}={post.post_id}"


def _leave_out(run: Run, post: PostRecord) -> None:
    """A post that is too long for an article, and its comments."""
    run.report.leave_out(post.type, "too_long")
    run.remark(post.type, post.line, post.post_id, "too_long")
    number = sum(1 for _comment in run.staged.comments_of(post.post_id or 0))
    run.report.leave_out("comment", "article_left_out", number)
    run.step(1 + number)
