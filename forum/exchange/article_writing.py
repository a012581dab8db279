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
from forum.base.session import lock_key, writing
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
    known = _known(session, origin)
    if (outcome := _outcome(session, origin, known)) in {Outcome.UNCHANGED, Outcome.CONFLICT}:
        return outcome, known.article_id if known else 0
    draft = convert()
    if is_rehearsal:
        return outcome, known.article_id if known else 0
    with writing(session):
        lock_key(session, import_key(origin.source_id))
        known = _known(session, origin)
        # Again: an editor may have been faster than the conversion.
        outcome = _outcome(session, origin, known, locks=True)
        if known is not None and outcome is not Outcome.UPDATED:
            return outcome, known.article_id
        return outcome, _save(session, origin, known, draft, now)


def import_key(source_id: int) -> str:
    """What two imports of one source lock, so that they take turns."""
    return f"import {source_id}"


def _known(session: Session, origin: Origin) -> ImportedArticle | None:
    return session.get(ImportedArticle, (origin.source_id, origin.external_id))


def _outcome(
    session: Session, origin: Origin, known: ImportedArticle | None, *, locks: bool = False
) -> Outcome:
    """What is to become of the article.

    :param locks: keep others from changing it until the transaction ends.
    """
    if known is None:
        return Outcome.CREATED
    if known.digest == origin.mark:
        return Outcome.UNCHANGED
    article = session.get_one(
        Article, known.article_id, with_for_update={"key_share": True} if locks else None
    )
    return Outcome.UPDATED if digest_of_article(article) == known.local_digest else Outcome.CONFLICT


def _save(
    session: Session, origin: Origin, known: ImportedArticle | None, draft: ArticleDraft, now: datetime
) -> int:
    """Save the article. Once it has an address here it keeps that, whatever the file says later."""
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
