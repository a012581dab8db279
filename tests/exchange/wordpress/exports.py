"""Writes WordPress exports for tests and benchmarks: by hand, record by record, or whole ones of any size.

`python -m tests.exchange.wordpress.exports PATH --comments 1000000` writes a large one.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

SITE = "https://oudeblog.example"
FIRST_POST_AT = datetime(2020, 3, 1, 8, 0, tzinfo=UTC)
NO_DATE = "0000-00-00 00:00:00"
SHAPES = ("blog", "flat", "chain", "pairs")
"""`blog`: half of the comments answer an earlier one; `flat`: none does; `chain`: each answers the one before;
`pairs`: a answers b and b answers a."""

SENTENCES = {
    "nl": (
        "De bus rijdt sinds maandag een andere route, en niemand in onze straat wist ervan.",
        "Ik werk er al elf jaar en herken hier weinig van.",
        "Wie betaalt dat onderhoud over twintig jaar?",
        "Mijn buurvrouw van 83 vond de inspraakavond juist heel prettig — koffie, koek en eerlijke antwoorden.",
        "Dat cijfer klopt niet: in het jaarverslag staat € 340.000, geen 430.000.",
        "Eén vraag blijft liggen: waarom moest het vóór de zomer?",
        "Goed stuk. Graag ook eens over de wijken aan de overkant van het spoor.",
        "We hebben met z’n allen een zaterdag geverfd en sindsdien blijft het heel.",
    ),
    "en": (
        "The bus has taken another route since Monday, and nobody in our street was told.",
        "I have worked there for eleven years and recognise little of this.",
        "Who pays for the upkeep in twenty years' time?",
        "My neighbour, who is 83, rather enjoyed the hearing: coffee, cake and straight answers.",
        "That figure is wrong: the annual report says £340,000, not 430,000.",
        "One question remains: why did it have to be done before the summer?",
        "Good piece. Please write about the streets beyond the railway some day.",
        "All of us spent a Saturday painting it, and it has stayed whole ever since.",
    ),
}
_NAMES = ("Roos Verbeek", "Sjoerd Haan", "Fenna de Wit", "Yusuf Demir", "Grace O’Malley", "Noud Peeters")


def cdata(text: str) -> str:
    """A CDATA section as WordPress writes it: an end mark in the text is split over two sections."""
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def head(*, lang: str = "nl", version: str = "1.2", encoding: str = "UTF-8", people: str = "") -> str:
    """Everything before the first item."""
    export = f"http://wordpress.org/export/{version}"
    return (
        f'<?xml version="1.0" encoding="{encoding}" ?>\n<!-- generator="WordPress/6.4" -->\n<rss version="2.0"\n'
        f'\txmlns:excerpt="{export}/excerpt/"\n\txmlns:content="http://purl.org/rss/1.0/modules/content/"\n'
        f'\txmlns:dc="http://purl.org/dc/elements/1.1/"\n\txmlns:wp="{export}/"\n>\n\n<channel>\n'
        f"\t<title>Oude blog</title>\n\t<link>{SITE}</link>\n\t<language>{lang}</language>\n"
        f"\t<wp:wxr_version>{version}</wp:wxr_version>\n\t<wp:base_site_url>{SITE}</wp:base_site_url>\n"
        f"\t<wp:base_blog_url>{SITE}</wp:base_blog_url>\n{people}"
    )


TAIL = "</channel>\n</rss>\n"


def export(*parts: str, **about: str) -> io.BytesIO:
    """A whole file, open: `head(**about)`, the parts, and the end."""
    encoding = about.get("encoding", "UTF-8")
    return io.BytesIO((head(**about) + "".join(parts) + TAIL).encode(encoding))


def person(login: str = "roos", name: str = "Roos Verbeek", author_id: object = 1) -> str:
    """A `wp:author`."""
    return (
        f"\t<wp:author><wp:author_id>{author_id}</wp:author_id><wp:author_login>{cdata(login)}</wp:author_login>"
        f"<wp:author_email>{cdata(f'{login}@oudeblog.example')}</wp:author_email>"
        f"<wp:author_display_name>{cdata(name)}</wp:author_display_name></wp:author>\n"
    )


def item(post_id: object = 1, *comments: str, **fields: str) -> str:
    """A post with its comments; `fields` replace texts by element name (`status="draft"`)."""
    return item_start(post_id, **fields) + "".join(comments) + "\t</item>\n"


def item_start(post_id: object = 1, **fields: str) -> str:
    """A post up to where its comments begin."""
    given = {
        "title": f"Artikel {post_id}",
        "link": f"{SITE}/2020/03/artikel-{post_id}/",
        "pubDate": "Sun, 01 Mar 2020 08:00:00 +0000",
        "creator": "roos",
        "body": "<!-- wp:paragraph --><p>Een alinea.</p><!-- /wp:paragraph -->",
        "excerpt": "",
        "post_date": "2020-03-01 09:00:00",
        "post_date_gmt": "2020-03-01 08:00:00",
        "comment_status": "open",
        "post_name": f"artikel-{post_id}",
        "status": "publish",
        "post_parent": "0",
        "post_type": "post",
        "post_password": "",
    } | fields
    plain = ("title", "link", "pubDate")
    text = "\t<item>\n" + "".join(f"\t\t<{name}>{given[name]}</{name}>\n" for name in plain)
    text += f"\t\t<dc:creator>{cdata(given['creator'])}</dc:creator>\n"
    text += f"\t\t<content:encoded>{cdata(given['body'])}</content:encoded>\n"
    text += f"\t\t<excerpt:encoded>{cdata(given['excerpt'])}</excerpt:encoded>\n"
    text += f"\t\t<wp:post_id>{post_id}</wp:post_id>\n"
    rest = [name for name in given if name not in (*plain, "creator", "body", "excerpt")]
    return text + "".join(f"\t\t<wp:{name}>{cdata(given[name])}</wp:{name}>\n" for name in rest)


def comment(comment_id: object = 1, parent: object = 0, **fields: str) -> str:
    """A comment; `fields` replace texts by element name without `comment_` (`type="pingback"`)."""
    given = {
        "author": "Sjoerd Haan",
        "author_email": "sjoerd@lezers.example",
        "author_url": "",
        "date": "2020-03-02 11:00:00",
        "date_gmt": "2020-03-02 10:00:00",
        "content": f"Reactie {comment_id}.",
        "approved": "1",
        "type": "comment",
        "user_id": "0",
    } | fields
    children = "".join(
        f"\t\t\t<wp:comment_{name}>{cdata(text)}</wp:comment_{name}>\n" for name, text in given.items()
    )
    return (
        f"\t\t<wp:comment>\n\t\t\t<wp:comment_id>{comment_id}</wp:comment_id>\n{children}"
        f"\t\t\t<wp:comment_parent>{parent}</wp:comment_parent>\n\t\t</wp:comment>\n"
    )


def thread(
    first_id: int, count: int, *, shape: str, rng: Random, lang: str = "nl", text_chars: int = 200
) -> Iterator[str]:
    """`count` comments of one post in a shape (see `SHAPES`), a minute apart."""
    for place in range(count):
        at = FIRST_POST_AT + timedelta(minutes=place + 1)
        name = rng.choice(_NAMES)
        yield comment(
            first_id + place,
            _parent(first_id, place, shape, rng),
            author=name,
            author_email=f"lezer{rng.randrange(5000)}@lezers.example",
            content=_text(rng, lang, text_chars),
            date=f"{at + timedelta(hours=1):%Y-%m-%d %H:%M:%S}",
            date_gmt=f"{at:%Y-%m-%d %H:%M:%S}",
        )


def _parent(first_id: int, place: int, shape: str, rng: Random) -> int:
    match shape:
        case "pairs":
            return first_id + (place ^ 1)
        case "chain" if place:
            return first_id + place - 1
        case "blog" if place and rng.random() < 0.5:
            return first_id + rng.randrange(max(0, place - 50), place)
    return 0


def _text(rng: Random, lang: str, chars: int) -> str:
    text = rng.choice(SENTENCES[lang])
    while len(text) < chars:
        text += rng.choice((" ", " ", "\n\n")) + rng.choice(SENTENCES[lang])
    return text


def export_pieces(
    *,
    posts: int = 1,
    comments: int = 0,
    shape: str = "blog",
    seed: int = 1,
    lang: str = "nl",
    text_chars: int = 200,
) -> Iterator[str]:
    """The text of a whole export, piece by piece: `comments` spread evenly over `posts`; same seed, same file."""
    rng = Random(seed)  # noqa: S311 - a text for tests, not a secret
    yield head(lang=lang, people=person())
    first_id = 1
    for place in range(posts):
        count = comments // posts + (1 if place < comments % posts else 0)
        yield item_start(place + 1, body="".join(f"<p>{_text(rng, lang, 400)}</p>" for _ in range(3)))
        yield from thread(first_id, count, shape=shape, rng=rng, lang=lang, text_chars=text_chars)
        yield "\t</item>\n"
        first_id += count
    yield TAIL


def write_export(
    path: Path,
    *,
    posts: int = 1,
    comments: int = 0,
    shape: str = "blog",
    seed: int = 1,
    lang: str = "nl",
    text_chars: int = 200,
) -> Path:
    """Write `export_pieces` to a file without holding it, and return its path."""
    pieces: Iterable[str] = export_pieces(
        posts=posts, comments=comments, shape=shape, seed=seed, lang=lang, text_chars=text_chars
    )
    with path.open("w", encoding="utf-8") as file:
        file.writelines(pieces)
    return path


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("path", type=Path)
    arguments.add_argument("--posts", type=int, default=1)
    arguments.add_argument("--comments", type=int, default=1000)
    arguments.add_argument("--shape", choices=SHAPES, default="blog")
    arguments.add_argument("--text-chars", type=int, default=200)
    given = arguments.parse_args()
    write_export(
        given.path, posts=given.posts, comments=given.comments, shape=given.shape, text_chars=given.text_chars
    )
