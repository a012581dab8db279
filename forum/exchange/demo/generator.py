"""A long discussion that nobody held, in the shapes of real ones: same seed, same discussion.

Pure: no database, no clock. What people say is in `voices`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, log
from random import Random
from statistics import NormalDist

from forum.exchange.demo.voices import Message, Voices, Writer, make_writer, phrases

# Levels of 1,000 branches, answers of 1,000 answered messages. Measured on 35,000 mailing list threads: depth
# p90 4, p99 10, longest 29; 1.2 answers on average, at most 9. The 680 single messages make 49 % replies,
# which is a blog’s share; its text has p50 195 and p99 1,430 characters.
_LEVELS = {1: 680, 2: 140, 3: 65, 4: 60, 5: 20, 6: 8, 7: 5, 8: 5, 9: 5, 10: 6}
_DEEP_LEVELS = {11: 1, 12: 1, 14: 1, 17: 1, 22: 1, 29: 1}
_ANSWERS = {1: 880, 2: 80, 3: 22, 4: 9, 5: 5, 6: 2, 7: 1, 9: 1}
_MEDIAN_CHARS = 195
_P99_CHARS = 1430
_LONGER_CHARS = 50  # added to a text that somebody wrote already
_DAY_MINUTES = 24 * 60
_ROOTS_WITHIN_MINUTES = 30 * _DAY_MINUTES
_ALL_WITHIN_MINUTES = 45 * _DAY_MINUTES
_WRITERS_PER_COMMENT = 0.35


@dataclass(frozen=True)
class DemoComment:
    """One comment; `minutes` counts from the article's publication, `by` is the author when one answers."""

    key: str
    parent: str | None
    name: str
    email: str
    website: str | None
    minutes: int
    body: str
    state: str = "approved"
    reason: str | None = None
    by: str | None = None


def generate_thread(count: int, seed: int) -> list[DemoComment]:
    """Return `count` approved comments in order of time, parents before their answers, no two texts alike.

    :raises ValueError: `count` is negative.
    """
    if count < 0:
        raise ValueError(f"count is {count}, it takes 0 or more")
    messages = _Discussion(count, Random(seed)).messages()  # noqa: S311 - a demo text, not a secret
    keys = {id(message): f"g{number}" for number, message in enumerate(messages, 1)}
    return [_comment(message, keys) for message in messages]


def _comment(message: Message, keys: dict[int, str]) -> DemoComment:
    return DemoComment(
        key=keys[id(message)],
        parent=None if message.parent is None else keys[id(message.parent)],
        name=message.writer.name,
        email=message.writer.email,
        website=message.writer.website,
        minutes=message.minutes,
        body=message.body,
    )


def _shape(count: int, rng: Random) -> list[int | None]:
    """Return the parent's index of each message, branch after branch, each parent before its answers."""
    levels = _deck(list(Counter(_LEVELS | _DEEP_LEVELS).elements()), rng)
    answers = _deck(list(Counter(_ANSWERS).elements()), rng)
    parents: list[int | None] = []
    while len(parents) < count:
        tip = len(parents)
        parents.append(None)
        for _ in range(next(levels) - 1):
            first_answer = len(parents)
            parents.extend([tip] * next(answers))
            tip = first_answer
    return parents[:count]


def _lengths_chars() -> list[int]:
    """Return 1,000 lengths spread evenly over the log-normal distribution with the measured p50 and p99."""
    normal = NormalDist()
    sigma = log(_P99_CHARS / _MEDIAN_CHARS) / normal.inv_cdf(0.99)
    return [int(_MEDIAN_CHARS * exp(sigma * normal.inv_cdf((rank + 0.5) / 1000))) for rank in range(1000)]


def _deck(cards: list[int], rng: Random) -> Iterator[int]:
    """Draw without putting back, so that a long thread has the measured distribution and not one near it."""
    while True:
        rng.shuffle(cards)
        yield from cards


class _Discussion:
    """Decides who writes when, in answer to whom and how much."""

    def __init__(self, count: int, rng: Random) -> None:
        self.rng = rng
        self.count = count
        self.voices = Voices(rng)
        self.lengths_chars = _deck(_lengths_chars(), rng)
        self.bodies: set[str] = set()
        drawn = [make_writer(rng) for _ in range(int(count * _WRITERS_PER_COMMENT) + 12)]
        self.writers = list({writer.email: writer for writer in drawn}.values())

    def messages(self) -> list[Message]:
        """Write in order of time, so that the same sentence comes back as far away as it can."""
        parents = _shape(self.count, self.rng)
        minutes: list[int] = []
        for parent in parents:
            minutes.append(self._minutes_after(None if parent is None else minutes[parent]))
        written: dict[int, Message] = {}
        for index in sorted(range(self.count), key=minutes.__getitem__):
            parent = parents[index]
            written[index] = self._message(None if parent is None else written[parent], minutes[index])
        return list(written.values())

    def _message(self, parent: Message | None, minutes: int) -> Message:
        message = Message(parent, self._writer_for(parent), self._topic_after(parent), minutes)
        if parent is not None:
            message.used = parent.used
        target_chars = next(self.lengths_chars)
        message.body = self.voices.write(message, target_chars)
        while message.body in self.bodies:
            target_chars += _LONGER_CHARS
            message.body = self.voices.write(message, target_chars)
        self.bodies.add(message.body)
        return message

    def _writer_for(self, parent: Message | None) -> Writer:
        """Two people go back and forth often; nobody answers themselves; some write far more than others."""
        if parent and parent.parent and self.rng.random() < 0.4:
            return parent.parent.writer
        others = [writer for writer in self.writers if parent is None or writer != parent.writer]
        return others[int(len(others) * self.rng.random() ** 1.5)]

    def _topic_after(self, parent: Message | None) -> str:
        if parent and self.rng.random() < 0.75:
            return parent.topic
        return self.rng.choice(list(phrases()["topics"]))

    def _minutes_after(self, parent_minutes: int | None) -> int:
        """Most first comments come in the first days, four of five answers within a day of their parent."""
        if parent_minutes is None:
            return 5 + int(self.rng.betavariate(0.7, 2.5) * _ROOTS_WITHIN_MINUTES)
        wait = int(self.rng.lognormvariate(log(150), 2.4))
        return parent_minutes + max(1, min(wait, (_ALL_WITHIN_MINUTES - parent_minutes) // 4))
