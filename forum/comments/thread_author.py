"""The author's answers by themselves: each below the comment that it answers, and nothing between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from forum.comments.models import Badge, Comment, State
from forum.comments.thread import NoSuchPage, Sort, ThreadPage, count_thread
from forum.comments.thread_tree import Bone, grow, read_skeleton

_PARENTS_AT_ONCE = 500


def read_author_answers(
    session: Session, article_id: int, *, page: int, sort: Sort, questions: int
) -> ThreadPage:
    """One page of what the author of the article wrote in its thread, with what each answers.

    :param questions: comments with their answers on one page.
    :raises NoSuchPage: `page` is beyond the end.
    """
    groups = _by_question(_read_bones(session, article_id))
    if sort is Sort.NEWEST:
        groups.reverse()
    pages = max(1, -(-len(groups) // questions))
    if not 1 <= page <= pages:
        raise NoSuchPage
    shown = [bone for group in groups[(page - 1) * questions : page * questions] for bone in group]
    counts = count_thread(session, article_id)
    return ThreadPage(grow(session, shown, {}), counts, page, pages, sort, is_by_author=True)


def _read_bones(session: Session, article_id: int) -> list[Bone]:
    """The author's comments and what they answer, in thread order."""
    is_authors = (Comment.badge == Badge.AUTHOR) & (Comment.state == State.APPROVED)
    bones = {bone.id: bone for bone in read_skeleton(session, article_id, is_authors)}
    parents = sorted({bone.parent_id for bone in bones.values() if bone.parent_id} - bones.keys())
    for start in range(0, len(parents), _PARENTS_AT_ONCE):
        some = Comment.id.in_(parents[start : start + _PARENTS_AT_ONCE])
        bones |= {bone.id: bone for bone in read_skeleton(session, article_id, some)}
    return sorted(bones.values(), key=lambda bone: (bone.root_number, bone.path))


def _by_question(bones: Iterable[Bone]) -> list[Sequence[Bone]]:
    """Each question with the answers below it. What answers nothing on the page is a question of its own."""
    groups: dict[int, list[Bone]] = {}
    question_of: dict[int, int] = {}
    for bone in bones:
        question = question_of[bone.id] = question_of.get(bone.parent_id or 0, bone.id)
        groups.setdefault(question, []).append(bone)
    return list(groups.values())
