"""An article from elsewhere is written: created, brought up to date, or left alone because it changed here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.articles.former_addresses import keep_address, normalise_address
from forum.articles.models import Article
from forum.articles.service import ArticleDraft, free_slug, save_article
from forum.base.session import writing
from forum.exchange.digests import digest_of_article
from forum.exchange.models import ImportedArticle, ImportSource
from forum.exchange.report import Outcome


@dataclass(frozen=True)
class Origin:
    """Where an article comes from.

    :param source_id: our row for the site or folder; 0 in a rehearsal of one that never came in.
    :param external_id: its id there; `mark` is a digest of all that the file holds of it.
    :param addresses: where it stood: they lead to the article from now on.
    """

    source_id: int
    external_id: int
    mark: str
    addresses: Sequence[str] = ()


def source_id_for(session: Session, address: str, *, now: datetime, is_rehearsal: bool) -> int:
    """Our row for a site or folder, made when new; 0 in a rehearsal of one that never came in."""
    wanted = select(ImportSource.id).where(ImportSource.address == address)
    found = session.scalar(wanted)
    if found is not None or is_rehearsal:
        return found or 0
    with writing(session):
        session.add(ImportSource(address=address, created_at=now))
    return session.scalars(wanted).one()


def write_article(
    session: Session,
    origin: Origin,
    convert: Callable[[], ArticleDraft],
    *,
    now: datetime,
    is_rehearsal: bool,
) -> tuple[Outcome, int]:
    """Write an article, in a transaction of its own, and tell what became of it.

    :param convert: makes the draft; asked only when it is needed, outside the transaction.
    :returns: the outcome, and the article's id (0 for one that a rehearsal would make).
    """
    known = session.get(ImportedArticle, (origin.source_id, origin.external_id))
    if known is not None and known.digest == origin.mark:
        return Outcome.UNCHANGED, known.article_id
    if known is not None and _has_changed_here(session, known):
        return Outcome.CONFLICT, known.article_id
    outcome = Outcome.CREATED if known is None else Outcome.UPDATED
    draft = convert()
    if is_rehearsal:
        return outcome, known.article_id if known else 0
    with writing(session):
        return outcome, _save(session, origin, draft, now)


def _has_changed_here(session: Session, known: ImportedArticle) -> bool:
    return digest_of_article(session.get_one(Article, known.article_id)) != known.local_digest


def _save(session: Session, origin: Origin, draft: ArticleDraft, now: datetime) -> int:
    """Save the article. Once it has an address here it keeps that, whatever the file says later."""
    known = session.get(ImportedArticle, (origin.source_id, origin.external_id))
    article = session.get_one(Article, known.article_id) if known else None
    slug = article.slug if article else free_slug(session, draft.slug)
    article, _changed = save_article(session, replace(draft, slug=slug), now=now, article=article)
    if known is None:
        known = ImportedArticle(
            source_id=origin.source_id, external_id=origin.external_id, article_id=article.id
        )
    known.digest, known.local_digest = origin.mark, digest_of_article(article)
    session.add(known)
    for address in origin.addresses:
        keep_address(session, normalise_address(address), article.id)
    return article.id
