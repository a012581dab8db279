"""After any sequence of decisions and mistakes everybody has heard what is so, once, and nothing else.

Every sequence up to `LENGTH` moves is tried: decisions, changes of the text, undo, and at any moment the worker that
empties the outbox. After each, the last mails leave, and what writer, follower, author and the writer of the comment
above heard is held against what is true. In one process on SQLite, each step a savepoint.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum import create_app
from forum.accounts.mail_preferences import preference_of
from forum.accounts.models import Cadence, MailTopic
from forum.base.errors import Refusal
from forum.base.session import db
from forum.comments import lifecycle, revisions
from forum.comments.lifecycle import Reason
from forum.comments.models import Comment, CommentEvent, Move, State
from forum.config import load_settings
from forum.mail.kinds import mail_kinds
from forum.mail.models import MailState, OutboxMail
from forum.operations.migrate import upgrade
from tests.comments.mails.post import NEIGHBOUR, Post
from tests.factories import AUTHOR, NOW, READER, SECRET_KEY, Person, Site, make_site

LENGTH = 6
SEND, EDIT = "SEND", "edit"
MOVES = {
    "states": ("approve", "reject", "return", "remove", "spam", "reopen", "undo", SEND),
    "changes": ("approve", "reject", "remove", "undo", EDIT, SEND),
}
MAX_CHANGES, MAX_RETURNS = 2, 1
FOLLOWER = Person("Ali Baba", "ali.baba@lezers.example")
KNOWS = {
    "approved": State.APPROVED,
    "refused": State.REJECTED,
    "removed": State.REMOVED,
    "returned": State.RETURNED,
}
NEWS = {"reply": NEIGHBOUR.email, "follow_comment": FOLLOWER.email, "author_comment": AUTHOR.email}


@dataclass(frozen=True)
class Heard:
    """A mail that left: its kind, to whom, and the version and reason that it was about."""

    kind: str
    recipient: str | None
    revision_id: int | None
    reason_code: str | None


@dataclass
class Tree:
    """Walks every sequence from one comment that waits."""

    site: Site
    session: Session
    comment_id: int
    tried: int = 0
    wrong: list[str] = field(default_factory=list)

    def walk(
        self, moves: Sequence[str], length: int, path: tuple[str, ...] = (), heard: tuple[Heard, ...] = ()
    ) -> None:
        """Try each move that is possible here, judge what everybody knows then, and go on from there."""
        for move in moves:
            if not _is_worth_trying(move, path):
                continue
            step = self.session.begin_nested()
            try:
                now_heard = heard + tuple(self._act(move))
            except Refusal:
                step.rollback()
                self.session.expire_all()
                continue
            self.tried += 1
            self._judge((*path, move), now_heard)
            if length > 1:
                self.walk(moves, length - 1, (*path, move), now_heard)
            step.rollback()
            self.session.expire_all()

    def _act(self, move: str) -> Iterator[Heard]:
        comment = self.session.get_one(Comment, self.comment_id)
        if move == SEND:
            yield from self._send()
        elif move == EDIT:
            source = f"Tekst nummer {len(comment.revisions) + 1}."
            revisions.edit(self.session, comment, source, version=comment.version, now=NOW)
        else:
            needs_reason = move in {"reject", "remove"}
            lifecycle.move(
                self.session, comment, Move(move), by=lifecycle.staff(self.site.moderator_id), version=comment.version,
                now=NOW, reason=Reason("off_topic") if needs_reason else None,
            )  # fmt: skip

    def _send(self) -> Iterator[Heard]:
        """What the worker does: mails whose cause stands leave, in order; the others are dropped."""
        of_comment = OutboxMail.comment_id == self.comment_id
        waiting = (
            select(OutboxMail)
            .where(of_comment, OutboxMail.state == MailState.WAITING)
            .order_by(OutboxMail.id)
        )
        for mail in self.session.scalars(waiting).all():
            content = mail_kinds(self.site.app)[mail.kind](self.session, mail, NOW)
            mail.state = MailState.STOPPED
            if content is not None:
                mail.state, mail.sent_at = MailState.SENT, self._next_moment()
                event = self.session.get_one(CommentEvent, mail.event_id)
                yield Heard(mail.kind, mail.recipient, event.revision_id, event.reason_code)
            self.session.flush()

    def _next_moment(self) -> datetime:
        """Each mail leaves a moment after the last one."""
        last = self.session.scalar(
            select(OutboxMail.sent_at)
            .where(OutboxMail.sent_at.is_not(None))
            .order_by(OutboxMail.sent_at.desc())
            .limit(1)
        )
        return (last or NOW) + NOW.resolution

    def _judge(self, path: tuple[str, ...], heard: tuple[Heard, ...]) -> None:
        step = self.session.begin_nested()
        all_heard = heard + tuple(self._send())
        state = self.session.get_one(Comment, self.comment_id).state
        self.wrong += [f"{' '.join(path)}: {fault}" for fault in _faults(state, all_heard)]
        step.rollback()
        self.session.expire_all()


def _is_worth_trying(move: str, path: tuple[str, ...]) -> bool:
    """Sending twice in a row changes nothing; a few changes and one return are enough."""
    if move == SEND:
        return bool(path) and path[-1] != SEND
    return path.count(move) < {EDIT: MAX_CHANGES, "return": MAX_RETURNS}.get(move, len(path) + 1)


def _faults(state: State, heard: tuple[Heard, ...]) -> Iterator[str]:
    """What somebody believes that is not so, heard twice, or never heard."""
    told = [mail for mail in heard if mail.recipient == READER.email and mail.kind in KNOWS]
    if state in KNOWS.values() and (not told or KNOWS[told[-1].kind] is not state):
        yield f"it is {state.value}, and the writer was last told {told[-1].kind if told else 'nothing'}"
    for earlier, later in pairwise(told):
        if earlier == later and later.kind != "returned":
            yield f"the writer was told {later.kind} twice"
    news = Counter(mail.kind for mail in heard if mail.kind in NEWS)
    for kind in NEWS:
        if news[kind] > 1 or (state is State.APPROVED and not news[kind]):
            yield f"{news[kind]} mails of the kind {kind}"


def prove() -> bool:
    """Try every sequence of both sets of moves."""
    with tempfile.TemporaryDirectory() as folder:
        wrong = [fault for name, moves in MOVES.items() for fault in _tried(Path(folder) / name, name, moves)]
    for fault in wrong[:20]:
        print(f"  WRONG: {fault}")
    print(f"{len(wrong)} problems")
    return not wrong


def _tried(folder: Path, name: str, moves: Sequence[str]) -> list[str]:
    folder.mkdir()
    settings = load_settings({"FORUM_INSTANCE_PATH": str(folder), "FORUM_SECRET_KEY": SECRET_KEY})
    upgrade(settings)
    site = make_site(create_app(settings))
    comment_id = _scene(Post(site))
    with site.app.test_request_context(base_url=settings.base_url):
        tree = Tree(site, db.session, comment_id)
        tree.walk(moves, LENGTH)
        db.session.rollback()
        db.engine.dispose()
    print(
        f"  {name}: {tree.tried:,} sequences of up to {LENGTH} moves, {len(tree.wrong)} problems", flush=True
    )
    return tree.wrong


def _scene(post: Post) -> int:
    """A comment that waits, and everybody who wants to hear of it; its id."""
    parent_id = post.site.approved(email=NEIGHBOUR.email, name=NEIGHBOUR.name, notify_replies=True)
    post.follow(FOLLOWER, Cadence.AT_ONCE)
    author = post.site.author_id
    post.write(
        lambda s: setattr(preference_of(s, author, MailTopic.NEW_COMMENTS), "cadence", Cadence.AT_ONCE)
    )
    post.send()
    return post.site.comment(parent_id=parent_id)
