"""Digests that tell whether a row of a file, or an article here, is the same as last time."""

from __future__ import annotations

import hashlib

from forum.articles.models import Article
from forum.base.signing import Signer

_DIGEST_BYTES = 16


def digest(*values: object) -> str:
    """A digest of plain values (32 characters); the same values always give the same one."""
    return hashlib.blake2b(repr(values).encode(), digest_size=_DIGEST_BYTES).hexdigest()


def keyed_digest(signer: Signer, *values: object) -> str:
    """The same with the installation's key, for what a person said: who has only the digest can try nobody's words.

    So it may stay after an erasure, and an import run again still knows the comment.
    """
    return signer.keyed_hash("imported comment", repr(values))


def digest_of_article(article: Article) -> str:
    """A digest of what an editor can change about an article."""
    people = tuple((byline.person.name, byline.text) for byline in article.bylines)
    return digest(
        article.slug, article.title, article.lede, article.source, article.kind.value, article.state.value,
        article.lang, article.comment_policy.value, article.published_at, article.comments_close_at,
        article.source_name, article.source_url, article.source_reporter, people,
    )  # fmt: skip
