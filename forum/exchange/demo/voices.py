"""What the people of a generated discussion say: sentences from `phrases.json`, chosen so that they fit.

Pure. Every writer keeps one opinion, one neighbourhood and one introduction; a reply takes up its parent's
subject, and a sentence is not said twice in a branch while another is left.
"""

import json
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Literal, TypedDict, cast

_ONE_LINER_CHARS = 65
_ASIDE_CHARS = 200  # a question, or no more than a greeting and a sentence, stays below this
_HALF_SENTENCE_CHARS = 50
_PARAGRAPH_CHARS = 330
_UNFOLDED = str.maketrans({"ı": "i", "ł": "l", "ø": "o"})  # letters that NFKD leaves whole

Stance = Literal["voor", "tegen", "midden"]


class Names(TypedDict):
    """First and last names that are heard together, and how often of a hundred."""

    weight: int
    first: list[str]
    last: list[str]


class Phrases(TypedDict):
    """`phrases.json`: sentences with slots in braces, each able to stand by itself."""

    names: list[Names]
    places: list[str]
    slots: dict[str, list[str]]
    introductions: list[str]
    topics: dict[str, dict[Stance, list[str]]]
    replies: dict[str, list[str]]
    one_liners: dict[str, list[str]]
    closers: list[str]
    links: list[str]
    turns: list[str]
    lists: dict[Stance, list[str]]


@dataclass(frozen=True)
class Writer:
    """Somebody who takes part, with the name that is shown and the first name that others use."""

    name: str
    first: str
    email: str
    website: str | None
    stance: Stance
    home: str


@dataclass
class Message:
    """A message under construction, with what its answers need to know of it."""

    parent: "Message | None"
    writer: Writer
    topic: str
    minutes: int
    used: set[str] = field(default_factory=set)  # sentences said in this branch, one set for all of it
    body: str = ""
    point: str = ""  # the last argument, which an answer may quote


@cache
def phrases() -> Phrases:
    """Return the stock of sentences, read once."""
    text = Path(__file__).with_name("phrases.json").read_text(encoding="utf-8")
    return cast(Phrases, json.loads(text))


def make_writer(rng: Random) -> Writer:
    """Return somebody with a name, an opinion and a neighbourhood; a few show only a part of their name."""
    stock = phrases()
    group = rng.choices(stock["names"], [names["weight"] for names in stock["names"]])[0]
    first, last = rng.choice(group["first"]), rng.choice(group["last"])
    address = f"{_address_part(first)}.{_address_part(last)}"
    stances: list[Stance] = ["voor", "tegen", "midden"]
    return Writer(
        name=rng.choices([f"{first} {last}", first, f"{first} {_capitalised(last)[0]}."], [84, 8, 8])[0],
        first=first,
        email=f"{address}@voorbeeld.example",
        website=f"https://{address.replace('.', '-')}.voorbeeld.example/" if rng.random() < 0.08 else None,
        stance=rng.choices(stances, [40, 36, 24])[0],
        home=rng.choice(stock["places"]),
    )


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _address_part(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name.lower().translate(_UNFOLDED))
    return "".join(letter for letter in folded.replace(" ", ".") if letter.isascii())


class Voices:
    """Writes bodies, and counts how often each sentence was used so that the least used comes next."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.uses: Counter[str] = Counter()
        self.introduced: set[str] = set()

    def write(self, message: Message, target_chars: int) -> str:
        """Return a body of about `target_chars` characters of Markdown, and note the message's point."""
        facts = self._facts(message)
        relation = self._relation(message, target_chars)
        if target_chars < _ONE_LINER_CHARS:
            return self._said(phrases()["one_liners"][relation], facts, message.used)
        opening = self._opening(message, relation, target_chars, facts)
        ending = self._ending(message, target_chars, facts)
        room = target_chars - sum(map(len, opening + ending))
        return "\n\n".join(opening[:-1] + self._paragraphs(message, opening[-1:], room, facts) + ending)

    def _facts(self, message: Message) -> dict[str, str]:
        """Fill every slot once a comment, so that its sentences do not contradict each other."""
        home = message.writer.home
        facts = {slot: self.rng.choice(values) for slot, values in phrases()["slots"].items()}
        facts["buurt"] = home
        facts["elders"] = self.rng.choice([place for place in phrases()["places"] if place != home])
        facts["naam"] = message.parent.writer.first if message.parent else ""
        return facts

    def _relation(self, message: Message, target_chars: int) -> str:
        if message.parent is None:
            return message.writer.stance
        if target_chars >= _ONE_LINER_CHARS:
            if len(message.parent.body) < _ONE_LINER_CHARS:
                return "aside"  # too little was said to agree or to disagree with at length
            if target_chars < _ASIDE_CHARS and message.parent.point and self.rng.random() < 0.15:
                return "ask"
        mine, theirs = message.writer.stance, message.parent.writer.stance
        if mine == theirs:
            return "agree"
        return "nuance" if "midden" in (mine, theirs) else "disagree"

    def _opening(
        self, message: Message, relation: str, target_chars: int, facts: dict[str, str]
    ) -> list[str]:
        """Return blocks; the last is the start of the first paragraph and may be empty."""
        if message.parent is not None:
            start = self._said(phrases()["replies"][relation], facts, message.used)
            quote = message.parent.point
            quotable = 0 < len(quote) < target_chars // 2 and relation != "aside"
            return [f"> {quote}", start] if quotable and self.rng.random() < 0.3 else [start]
        writer = message.writer
        if target_chars > 160 and writer.email not in self.introduced and self.rng.random() < 0.6:
            self.introduced.add(writer.email)
            return [self._said(phrases()["introductions"], facts, message.used)]
        return [""]

    def _ending(self, message: Message, target_chars: int, facts: dict[str, str]) -> list[str]:
        stock, blocks = phrases(), []
        if target_chars > 420 and self.rng.random() < 0.2:
            blocks.append(self._said(stock["lists"][message.writer.stance], facts, message.used))
        if target_chars > 170 and self.rng.random() < 0.1:
            blocks.append(self._said(stock["links"], facts, message.used))
        if target_chars > 220 and self.rng.random() < 0.3:
            blocks.append(self._said(stock["closers"], facts, message.used))
        return blocks

    def _paragraphs(self, message: Message, start: list[str], room: int, facts: dict[str, str]) -> list[str]:
        """Return paragraphs of arguments, one at least; each further one turns to another subject."""
        paragraphs: list[str] = []
        sentences, topic = [part for part in start if part], message.topic
        while True:
            message.point = self._argument(message, topic, facts)
            fresh_start = bool(paragraphs) and not sentences
            said = self._turned(message.point, message.used) if fresh_start else message.point
            sentences.append(said)
            room -= len(said) + 1
            if room < _HALF_SENTENCE_CHARS:
                return [*paragraphs, " ".join(sentences)]
            if sum(map(len, sentences)) > _PARAGRAPH_CHARS:
                paragraphs.append(" ".join(sentences))
                sentences, topic = (
                    [],
                    self.rng.choice([name for name in phrases()["topics"] if name != topic]),
                )

    def _argument(self, message: Message, topic: str, facts: dict[str, str]) -> str:
        """Say something new on the topic; on another, when all has been said in this branch."""
        topics, stance = phrases()["topics"], message.writer.stance
        unfinished = [name for name in topics if not message.used.issuperset(topics[name][stance])]
        if unfinished and topic not in unfinished:
            topic = self.rng.choice(unfinished)
        return self._said(topics[topic][stance], facts, message.used)

    def _turned(self, point: str, used: set[str]) -> str:
        """Put a turn of speech before a sentence that bears it: no colon of its own, no name in front."""
        if ":" in point or not point[0].isalpha() or point.startswith("Bas ") or self.rng.random() < 0.35:
            return point
        return self._pick(phrases()["turns"], used) + point[0].lower() + point[1:]

    def _said(self, stock: Sequence[str], facts: dict[str, str], used: set[str]) -> str:
        phrase = self._pick(stock, used)
        used.add(phrase)
        return _capitalised(phrase.format_map(facts))

    def _pick(self, stock: Sequence[str], used: set[str]) -> str:
        """Pick among the phrases used least, those new to the branch first."""
        fresh = [phrase for phrase in stock if phrase not in used] or stock
        fewest = min(self.uses[phrase] for phrase in fresh)
        phrase = self.rng.choice([phrase for phrase in fresh if self.uses[phrase] == fewest])
        self.uses[phrase] += 1
        return phrase
