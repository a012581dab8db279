"""A file becomes an article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import PurePosixPath

from flask_babel import gettext as _

from forum import text
from forum.articles.models import ArticleKind, ArticleState, CommentPolicy
from forum.articles.service import ArticleDraft, slugify
from forum.exchange.digests import digest
from forum.exchange.markdown.body import convert_body, without_heading
from forum.exchange.markdown.causes import LeftOut, Remark
from forum.exchange.markdown.fields import Fields, cleaned
from forum.exchange.markdown.front_matter import Parts, take_apart
from forum.exchange.markdown.places import MAX_SLUG_CHARS, Place, addresses_of, as_slug, read_place

_MAX_TITLE_CHARS, _MAX_LEDE_CHARS, _MAX_SOURCE_CHARS = 300, 2_000, 200
_MAX_TYPED_CHARS = 10_000
_LEDES = ("lede", "description", "summary", "excerpt")
_DATES = ("publishedat", "publishdate", "pubdate", "date")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


@dataclass(frozen=True)
class Page:
    """An article of a file as it is to be saved.

    :param addresses: where it stood.
    :param not_taken: the names of the fields that nothing was made of.
    """

    draft: ArticleDraft
    addresses: Sequence[str]
    remarks: Sequence[Remark]
    not_taken: Sequence[str]

    @property
    def mark(self) -> str:
        """Tells whether a file says something else than the last time."""
        draft = self.draft
        return digest(
            draft.slug, draft.title, draft.lede, draft.source, draft.kind.value, draft.state.value, draft.lang,
            draft.people, draft.published_at, draft.comment_policy.value, draft.comments_close_at,
            draft.source_name, draft.source_url, draft.source_reporter, tuple(self.addresses),
        )  # fmt: skip


def read_page(path: PurePosixPath, content: str, *, zone: tzinfo, lang: str, now: datetime) -> Page:
    """The article that a file holds.

    :param zone: of moments that name none.
    :param lang: of articles that name none.
    :raises LeftOut: it is none, or something in it cannot be read.
    """
    place = read_place(path)
    if place.stem.lower() == "_index":
        raise LeftOut("section")
    parts = take_apart(content)
    fields = Fields(parts.fields, zone)
    title, source = _title_and_source(fields, parts, path)
    slug, addresses = _slug_and_addresses(fields, place, title)
    state = _state(fields, parts, place, now)
    draft = ArticleDraft(
        slug=slug, title=title or place.title or _("Untitled"), source=source, lede=_lede(fields), state=state,
        kind=fields.choice("kind", ArticleKind) or ArticleKind.NEWS,
        lang=_language(fields) or place.lang or lang,
        people=fields.people("people", "author", "authors"),
        published_at=_published_at(fields, place, zone),
        comment_policy=_comment_policy(fields),
        comments_close_at=fields.moment("commentscloseat"),
        source_name=fields.text("sourcename", max_chars=_MAX_SOURCE_CHARS),
        source_reporter=fields.text("sourcereporter", max_chars=_MAX_SOURCE_CHARS),
        source_url=fields.link("sourceurl"),
    )  # fmt: skip
    return Page(draft, addresses, tuple(fields.remarks), tuple(fields.not_taken()))


def _title_and_source(fields: Fields, parts: Parts, path: PurePosixPath) -> tuple[str, str]:
    """The title, empty when there is none, and the text. A heading that serves as the title leaves the text."""
    if len(parts.body) > text.MAX_RENDER_CHARS:
        raise LeftOut("too_long", line=parts.body_line)
    body = convert_body(parts.body, is_mdx=path.suffix.lower() == ".mdx")
    fields.remarks += [
        Remark("not_converted", f"{what} × {number}") for what, number in sorted(body.left_out.items())
    ]
    title, source = fields.text("title", max_chars=_MAX_TITLE_CHARS), body.source
    if not title:
        heading, source = without_heading(source)
        plain = text.plain_text(text.render_article(f"# {heading}")) if heading else ""
        title = fields.shortened(" ".join(plain.split()), "title", _MAX_TITLE_CHARS)
    source = cleaned(source, parts.body_line)
    if not source:
        raise LeftOut("empty", line=parts.body_line)
    if len(source) > text.MAX_RENDER_CHARS:
        raise LeftOut("too_long", line=parts.body_line)
    return title, source


def _slug_and_addresses(fields: Fields, place: Place, title: str) -> tuple[str, list[str]]:
    wanted = fields.text("slug", max_chars=MAX_SLUG_CHARS)
    slug = as_slug(wanted.strip("/").rpartition("/")[2]) if wanted else place.slug or slugify(title)
    former = fields.text("formerslug", max_chars=MAX_SLUG_CHARS)
    aliases = fields.texts("aliases", "redirectfrom")
    permalinks = [*fields.texts("url", "permalink"), *([f"/articles/{former}"] if former else [])]
    return slug, addresses_of(place, slug if wanted else None, permalinks, aliases)


def _state(fields: Fields, parts: Parts, place: Place, now: datetime) -> ArticleState:
    """The state. What was not public there must not become so here."""
    if not parts.has_front_matter:
        fields.remarks.append(Remark("no_front_matter"))
        return ArticleState.DRAFT
    if _is_draft(fields) or place.is_draft:
        return ArticleState.DRAFT
    expires_at = fields.moment("expirydate")
    hidden = {
        "expiryDate": expires_at is not None and expires_at <= now,
        "headless": fields.switch("headless") is True,
        "permalink: false": fields.switch("permalink") is False,
    }
    causes = [cause for cause, is_so in hidden.items() if is_so]
    if causes:
        fields.remarks.append(Remark("not_public", ", ".join(causes)))
        return ArticleState.DRAFT
    return fields.choice("state", ArticleState) or ArticleState.PUBLISHED


def _is_draft(fields: Fields) -> bool:
    """`draft` with a word that is neither yes nor no is one: it was certainly not a plain article."""
    draft, published = fields.switch("draft"), fields.switch("published")
    return draft is True or published is False or (draft is None and fields.has("draft"))


def _published_at(fields: Fields, place: Place, zone: tzinfo) -> datetime | None:
    """The moment of publication: of the fields, of the file's name, else None with a remark."""
    names = _DATES if fields.switch("published") is not None else (*_DATES, "published")
    moment = fields.moment(*names)
    if moment is None and place.date is not None:
        moment = datetime.combine(place.date, datetime.min.time(), tzinfo=zone)
    if moment is None:
        fields.remarks.append(Remark("no_date"))
    return moment


def _lede(fields: Fields) -> str:
    """The first words below the title, without marks."""
    typed = fields.text(*_LEDES, max_chars=_MAX_TYPED_CHARS)
    plain = " ".join(text.plain_text(text.render_article(typed)).split()) if typed else ""
    return fields.shortened(plain, "lede", _MAX_LEDE_CHARS)


def _language(fields: Fields) -> str | None:
    typed = fields.text("lang", "language", "locale", max_chars=100)
    if typed is None:
        return None
    if not _LANGUAGE.fullmatch(typed):
        fields.remarks.append(Remark("ignored", f"lang: {typed}"))
        return None
    return typed.replace("_", "-")


def _comment_policy(fields: Fields) -> CommentPolicy:
    is_closed = fields.switch("comments") is False
    policy = fields.choice("commentpolicy", CommentPolicy)
    return CommentPolicy.CLOSED if is_closed else policy or CommentPolicy.PREMODERATED
