"""Comments are written in batches so short that readers who post do not notice: what is new, then what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from forum.base.ids import take_ids
from forum.base.session import lock_key, writing
from forum.comments.commenters import commenter_id_for
from forum.comments.errors import DecidedAlready
from forum.comments.imported import bring_in
from forum.comments.models import Comment
from forum.exchange.article_writing import import_key
from forum.exchange.models import ImportedComment
from forum.exchange.report import Outcome
from forum.exchange.wordpress.comments import (
    Known,
    Prepared,
    arrival_of,
    digest_of_comment,
    is_untouched,
    known_comments,
    prepare,
    update_comment,
)
from forum.exchange.wordpress.records import CommentRecord, PostRecord
from forum.exchange.wordpress.run import Run

BATCH_COMMENTS = 100
"""Comments in one transaction, some 15 ms; `script/bench import` measures what posting readers notice of it."""


def write_comments(run: Run, post: PostRecord, article_id: int) -> None:
    """Write the comments of a post, parents before replies.

    :param article_id: 0 for an article that a rehearsal would make.
    """
    for batch in _batches(run.staged.comments_of(post.post_id or 0)):
        known = _known(run, batch)
        fresh = [record for record in batch if record.comment_id not in known]
        changed = [
            record for record in batch
            if record.comment_id in known and known[record.comment_id].digest != digest_of_comment(run.signer, record)
        ]  # fmt: skip
        run.report.count("comment", Outcome.UNCHANGED, len(batch) - len(fresh) - len(changed))
        if fresh:
            _create(run, post, article_id, fresh)
        for record in changed:
            _update(run, post, article_id, record)
        run.step(len(batch))


def _batches(records: Iterator[CommentRecord]) -> Iterator[list[CommentRecord]]:
    while batch := list(islice(records, BATCH_COMMENTS)):
        yield batch


def _known(run: Run, records: Iterable[CommentRecord]) -> dict[int | None, Known]:
    """What came in before of these comments and of those that they answer."""
    ids = {id_ for record in records for id_ in (record.comment_id, record.parent_id) if id_ is not None}
    return dict(known_comments(run.session, run.source_id, ids).items())


def _create(run: Run, post: PostRecord, article_id: int, records: Sequence[CommentRecord]) -> None:
    run.report.count("comment", Outcome.CREATED, len(records))
    prepared = [_prepare(run, post, record) for record in records]
    if run.is_rehearsal:
        return
    with writing(run.session):
        lock_key(run.session, import_key(run.source_id))
        known = _known(run, records)  # again: another import may have been faster
        new = [row for row in prepared if row.external_id not in known]
        ids = dict(
            zip((row.external_id for row in new), take_ids(run.session, Comment, len(new)), strict=True)
        )
        here = {key: row.comment_id for key, row in known.items() if row.article_id == article_id} | ids
        writers = _commenters(run, new)
        arrivals = [
            arrival_of(
                row,
                id_=ids[row.external_id],
                parent_id=here.get(row.parent_id),
                commenter_id=writers.get(row.email),
                lang=run.lang,
            )
            for row in new
        ]
        bring_in(run.session, article_id, arrivals, now=run.now)
        _remember(run, new, ids)
    for record in records:
        if record.parent_id is not None and record.parent_id not in here:
            run.remark("comment", record.line, record.comment_id, "parent_elsewhere")


def _update(run: Run, post: PostRecord, article_id: int, record: CommentRecord) -> None:
    """Bring one comment to what a newer export says, unless it changed here or stands elsewhere now."""
    prepared = _prepare(run, post, record)
    if run.is_rehearsal:
        is_free = _is_free(run, article_id, record)
    else:
        with writing(run.session):
            lock_key(run.session, import_key(run.source_id))
            is_free = _is_free(run, article_id, record) and _write_update(run, record, prepared)
    if not is_free:
        run.remark("comment", record.line, record.comment_id, "conflict")
    run.report.count("comment", Outcome.UPDATED if is_free else Outcome.CONFLICT)


def _is_free(run: Run, article_id: int, record: CommentRecord) -> bool:
    """Whether the comment is as it came in, and the file has it where it stands."""
    known = _known(run, [record])
    parent = known.get(record.parent_id)
    if record.parent_id is not None and parent is None:
        return False  # it answers something that came in only now
    parent_id = parent.comment_id if parent else None
    return is_untouched(run.session, known[record.comment_id], article_id=article_id, parent_id=parent_id)


def _write_update(run: Run, record: CommentRecord, prepared: Prepared) -> bool:
    """Whether the comment was still as it came in when its row was written."""
    known = _known(run, [record])[record.comment_id]
    commenter_id = _commenters(run, [prepared]).get(prepared.email)
    try:
        update_comment(run.session, run.source_id, known, prepared, commenter_id=commenter_id, now=run.now)
    except DecidedAlready:
        return False
    return True


def _prepare(run: Run, post: PostRecord, record: CommentRecord) -> Prepared:
    if record.at is None:
        run.remark("comment", record.line, record.comment_id, "no_time")
    prepared = prepare(
        record,
        mark=digest_of_comment(run.signer, record),
        writer=run.people.get(post.creator),
        written_at=post.published_at or run.now,
        now=run.now,
    )
    for code in prepared.remarks:
        run.remark("comment", record.line, record.comment_id, code)
    return prepared


def _commenters(run: Run, rows: Sequence[Prepared]) -> dict[str | None, int]:
    """The ids of the writers' addresses. In one order for all, so that nobody waits for each other in a circle."""
    since = {row.email: row.at for row in reversed(rows) if row.email is not None}
    return {email: commenter_id_for(run.session, email, now=since[email]) for email in sorted(since)}


def _remember(run: Run, rows: Sequence[Prepared], ids: dict[int, int]) -> None:
    """Write down where the comments came from."""
    run.session.bulk_insert_mappings(
        ImportedComment,
        [
            {"source_id": run.source_id, "external_id": row.external_id, "comment_id": ids[row.external_id],
             "digest": row.mark, "version": 1}
            for row in rows
        ],
    )  # fmt: skip
