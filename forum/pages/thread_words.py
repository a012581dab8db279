"""What a discussion says the same way for every comment, put in words once: translating costs more than a comment."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from babel import Locale
from flask import url_for
from flask_babel import get_locale, gettext, ngettext

from forum.accounts.models import Account
from forum.articles.models import Article
from forum.comments.models import State
from forum.comments.thread import Sort, ThreadPage
from forum.comments.thread_tree import Head
from forum.web.filters import number

_ = gettext
_GAP = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands where a sentence is cut in two; nobody types it."""


def thread_words(
    article: Article, thread: ThreadPage, *, is_open: bool, staff: Account | None
) -> dict[str, Any]:
    """Sentences and addresses for the comment macros.

    Addresses get the comment's id at their end (`permalink_end` after it); sentences are filled in by `format`.
    """
    return _addresses(article, thread.sort, is_open=is_open) | {
        "reply": _("Reply"),
        "to": _("to %(name)s", name="%(name)s"),
        "in_reply_to": _("in reply to %(number)s", number=_GAP).partition(_GAP),
        "in_reply_to_name": _("in reply to %(number)s, %(name)s", number=_GAP, name="%(name)s").partition(
            _GAP
        ),
        "author_answered": None if thread.is_by_author else _("The author answered"),
        "nameless": _("anonymous"),
        "redacted": _("text changed by the moderators"),
        "answer_as": _("Answer as %(name)s", name=staff.name) if staff else None,
        "moderate_word": _("Moderate"),
        "not_public": _("This comment is not public."),
        "gone": {
            State.REMOVED: _("This comment was removed by the moderators."),
            State.WITHDRAWN: _("This comment was withdrawn by its writer."),
            State.ERASED: _("This comment has been erased."),
        },
        "gone_by_writer": _("This comment was erased at the request of its writer."),
    }


def _addresses(article: Article, sort: Sort, *, is_open: bool) -> dict[str, str | None]:
    order = sort_parameter(sort)
    return {
        "sort": order,
        "permalink": url_for("comments.permalink", comment_id=""),
        "permalink_end": f"?sort={order}" if order else "",
        "branch": url_for("pages.article_page", slug=article.slug, sort=order, branch=""),
        "reply_to": url_for("comments.new_comment", slug=article.slug, parent="") if is_open else None,
        "staff_reply_to": url_for("desk.new_reply", slug=article.slug, parent=""),
        "moderate": url_for("moderation.comment_page", comment_id=""),
    }


def sort_parameter(sort: Sort) -> str | None:
    """The order as links carry it: the usual one is left out."""
    return sort.value if sort is not Sort.OLDEST else None


def in_short(head: Head) -> str:
    """`12 answers from 8 names`: what a branch holds below its first comment."""
    return _in_short(head.replies, head.names, get_locale())


@lru_cache(maxsize=1_000)
def _in_short(replies: int, names: int, _locale: Locale) -> str:
    """A long thread has many branches, and most of them are short."""
    answers = ngettext("%(n)s answer", "%(n)s answers", replies, n=number(replies))
    return str(
        ngettext(
            "%(answers)s from %(n)s name",
            "%(answers)s from %(n)s names",
            names,
            answers=answers,
            n=number(names),
        )
    )
