"""The text of a WordPress post becomes plain HTML: what a reader saw of it, without what made it look so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from forum.exchange.wordpress.blocks import Blocks
from forum.exchange.wordpress.elements import Elements
from forum.exchange.wordpress.shortcodes import Pictures, Shortcodes
from forum.text import tidy_article_html
from forum.text.html_tokens import tokens


@dataclass(frozen=True)
class Body:
    """An article body as it comes in: plain HTML (`source`), and what could not come along, by name."""

    source: str
    left_out: Counter[str]


def convert_body(raw: str, *, base_url: str, pictures: Pictures | None = None) -> Body:
    """The body of a post as HTML that :func:`forum.text.render_article_html` prints and an editor can change.

    No picture, film or script of the old site stays: pictures and films become links.

    :param base_url: the post's old address, against which relative ones are read.
    :param pictures: (address, title) of the attachments with these numbers, for galleries that only name them.
    :raises TextTooLong: as :func:`forum.text.tidy_article_html`, of what the body has become.
    """
    left_out: Counter[str] = Counter()
    html = raw.replace("\r\n", "\n").replace("\r", "\n")
    html = Shortcodes(base_url, pictures, left_out).turned(html)
    blocks = Blocks(base_url, pictures, left_out)
    elements = Elements(base_url, blocks, left_out, has_line_ends="<!-- wp:" not in raw)
    for token in tokens(html):
        elements.take(token)
    return Body(tidy_article_html(elements.finish()), left_out)
