"""Comments are written in batches so short that readers who post do not notice: what is new, then what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from forum.base.ids import take_ids
from forum.base.session import writing
from forum.comments.commenters import commenter_id_for
from forum.comments.errors import DecidedAlready
from forum.comments.imported import bring_in
from forum.comments.models import Comment
from forum.exchange.models import ImportedComment
from forum.exchange.report import Outcome
from forum.exchange.wordpress.comments import (
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
            if record.comment_id in known and known[record.comment_id].digest != digest_of_comment(record)
        ]  # fmt: skip
        run.report.count("comment", Outcome.UNCHANGED, len(batch) - len(fresh) - len(changed))
        if fresh:
            _create(run, post, article_id, fresh)
        for record in changed:
            _update(run, post, record)
        run.step(len(batch))


def _batches(records: Iterator[CommentRecord]) -> Iterator[list[CommentRecord]]:
    while batch := list(islice(records, BATCH_COMMENTS)):
        yield batch


def _known(run: Run, records: Iterable[CommentRecord]) -> dict[int | None, ImportedComment]:
    ids = {id_ for record in records for id_ in (record.comment_id, record.parent_id) if id_ is not None}
    return dict(known_comments(run.session, run.source_id, ids).items())


def _create(run: Run, post: PostRecord, article_id: int, records: Sequence[CommentRecord]) -> None:
    run.report.count("comment", Outcome.CREATED, len(records))
    prepared = [_prepare(run, post, record) for record in records]
    if run.is_rehearsal:
        return
    with writing(run.session):
        known = _known(run, records)  # again: now nobody else writes
        new = [row for row in prepared if row.external_id not in known]
        ids = dict(
            zip((row.external_id for row in new), take_ids(run.session, Comment, len(new)), strict=True)
        )
        here = {external_id: row.comment_id for external_id, row in known.items()} | ids
        arrivals = [
            arrival_of(
                row,
                id_=ids[row.external_id],
                parent_id=here[row.parent_id] if row.parent_id is not None else None,
                commenter_id=_commenter(run, row),
                lang=run.lang,
            )
            for row in new
        ]
        bring_in(run.session, article_id, arrivals, now=run.now)
        _remember(run, new, ids)


def _update(run: Run, post: PostRecord, record: CommentRecord) -> None:
    """Bring one comment to what a newer export says, unless it changed here."""
    prepared = _prepare(run, post, record)
    known = _known(run, [record])
    parent_id = known[record.parent_id].comment_id if record.parent_id is not None else None
    if run.is_rehearsal:
        is_free = is_untouched(run.session, known[record.comment_id], parent_id=parent_id)
    else:
        is_free = _write_update(run, prepared, parent_id)
    if not is_free:
        run.remark("comment", record.line, record.comment_id, "conflict")
    run.report.count("comment", Outcome.UPDATED if is_free else Outcome.CONFLICT)


def _write_update(run: Run, prepared: Prepared, parent_id: int | None) -> bool:
    """Whether the comment was still as it came in, and so could be updated."""
    try:
        with writing(run.session):
            known = known_comments(run.session, run.source_id, [prepared.external_id])[prepared.external_id]
            update_comment(
                run.session, known, prepared, parent_id=parent_id, commenter_id=_commenter(run, prepared),
                now=run.now,
            )  # fmt: skip
    except DecidedAlready:
        return False
    return True


def _prepare(run: Run, post: PostRecord, record: CommentRecord) -> Prepared:
    if record.at is None:
        run.remark("comment", record.line, record.comment_id, "no_time")
    prepared = prepare(
        record, writer=run.people.get(post.creator), written_at=post.published_at or run.now, now=run.now
    )
    for code in prepared.remarks:
        run.remark("comment", record.line, record.comment_id, code)
    return prepared


def _commenter(run: Run, row: Prepared) -> int | None:
    return None if row.email is None else commenter_id_for(run.session, row.email, now=row.at)


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
