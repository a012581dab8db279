"""Hostile comments: what is posted, which of them may be refused, and what has to be shown of the others."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from forum.comments.forms import MAX_NAME_CHARS, MIN_BODY_CHARS
from forum.text import clean_name, clean_source, is_blank, render_comment
from tests.proofs.client import Answer, Client
from tests.proofs.text_pages import Shown, expected

NAME = "Noor de Wit"
BODY = "Een buurthuis draait op mensen, niet op regels."
HARMLESS = "rustig"
THREADS = ("tekst", "tekst-na-een-witregel", "naam", "naam-na-een-witregel")
_HARMLESS_BODIES = (BODY, f"{BODY} Zie https://a.example en https://b.example.", "> Echt?\n\nJa, *echt*.")
_STAFF_NAME = "Mirjam Aarts"  # a name like the moderator's, so that this hold reason is in the harmless pages
_HARMLESS_REFUSED = ((NAME, ""), ("", BODY), ("", ""), ("N" * 61, BODY), ("N" * 61, ""), (NAME, "<br><br>"))


@dataclass(frozen=True)
class HostilePost:
    """One comment form, filled in."""

    slug: str
    name: str
    body: str
    submission_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def send(self, client: Client) -> Answer:
        """Post it."""
        email = f"lezer-{self.submission_id}@voorbeeld.example"
        return client.post_form(
            f"/articles/{self.slug}/comments",
            {"name": self.name, "body": self.body, "email": email, "submission_id": self.submission_id},
        )

    @property
    def is_fit(self) -> bool:
        """Whether the rules take it: a name of 1 to 60 characters, a text of which something can be read."""
        source = clean_source(self.body)
        is_readable = len(source) >= MIN_BODY_CHARS and not is_blank(render_comment(source))
        return is_readable and 1 <= len(clean_name(self.name)) <= MAX_NAME_CHARS

    @property
    def shown(self) -> Shown:
        """How its page has to show it."""
        return expected(self.name, self.body)


def hostile_posts(texts: list[str]) -> Iterator[HostilePost]:
    """Every text four times: as body and as name, bare and after a blank line, each in a thread of its own."""
    for text in texts:
        for slug, blank in zip(THREADS, ("", "\n\n", "", "\n\n"), strict=True):
            is_body = slug.startswith("tekst")
            yield HostilePost(slug, NAME if is_body else blank + text, blank + text if is_body else BODY)


def harmless_posts(count: int) -> list[HostilePost]:
    """Comments that need nothing but the templates: their pages say what a page may hold."""
    bodies = [_HARMLESS_BODIES[n % len(_HARMLESS_BODIES)] for n in range(count)]
    return [HostilePost(HARMLESS, _STAFF_NAME if n % 7 == 0 else NAME, body) for n, body in enumerate(bodies)]


def harmless_refused() -> list[HostilePost]:
    """Forms without anything hostile that are refused, each for another reason."""
    return [HostilePost(HARMLESS, name, body) for name, body in _HARMLESS_REFUSED]
