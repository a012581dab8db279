"""The generated discussion has the shapes of real ones, and is the same for the same seed."""

from collections import Counter
from collections.abc import Sequence
from functools import cache

import pytest

from forum.exchange.demo.generator import DemoComment, generate_thread
from forum.exchange.demo.voices import phrases

SEEDS = (1, 7, 2026)


@cache
def debate(seed: int) -> list[DemoComment]:
    return generate_thread(2000, seed)


def at(values: Sequence[int], share: float) -> int:
    return sorted(values)[int(share * (len(values) - 1))]


def branch_levels(comments: list[DemoComment]) -> list[int]:
    level: dict[str, int] = {}
    root: dict[str, str] = {}
    deepest: Counter[str] = Counter()
    for comment in comments:
        level[comment.key] = 1 + (level[comment.parent] if comment.parent else 0)
        root[comment.key] = root[comment.parent] if comment.parent else comment.key
        deepest[root[comment.key]] = max(deepest[root[comment.key]], level[comment.key])
    return list(deepest.values())


def test_the_same_seed_writes_the_same_discussion_and_another_seed_another() -> None:
    first, again, other = generate_thread(200, 7), generate_thread(200, 7), generate_thread(200, 8)

    assert first == again
    assert first != other


@pytest.mark.parametrize("count", [0, 1, 2, 17, 2000])
def test_as_many_comments_come_as_were_asked_for(count: int) -> None:
    comments = generate_thread(count, 7)

    assert len(comments) == len({comment.key for comment in comments}) == count


def test_fewer_than_none_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        generate_thread(-1, 7)


@pytest.mark.parametrize("seed", SEEDS)
def test_text_lengths_are_those_of_a_blog(seed: int) -> None:
    lengths = [len(comment.body) for comment in debate(seed)]

    assert 175 <= at(lengths, 0.5) <= 215
    assert 1290 <= at(lengths, 0.99) <= 1570
    assert min(lengths) >= 2
    assert max(lengths) <= 4000


@pytest.mark.parametrize("seed", SEEDS)
def test_about_half_are_answers_and_few_messages_get_many(seed: int) -> None:
    comments = debate(seed)

    answers = Counter(comment.parent for comment in comments if comment.parent)

    assert 0.47 <= answers.total() / len(comments) <= 0.52
    assert 1.1 <= answers.total() / len(answers) <= 1.3
    assert 4 <= max(answers.values()) <= 9


@pytest.mark.parametrize("seed", SEEDS)
def test_most_branches_are_shallow_and_one_is_very_deep(seed: int) -> None:
    depths = branch_levels(debate(seed))

    assert 3 <= at(depths, 0.9) <= 4
    assert 8 <= at(depths, 0.99) <= 12
    assert max(depths) == 29


@pytest.mark.parametrize("seed", SEEDS)
def test_answers_follow_their_parents_mostly_within_a_day_and_all_within_45_days(seed: int) -> None:
    minutes = {comment.key: comment.minutes for comment in debate(seed)}
    waits = [c.minutes - minutes[c.parent] for c in debate(seed) if c.parent]

    assert list(minutes.values()) == sorted(minutes.values())
    assert min(waits) >= 1
    assert 0.66 <= sum(wait <= 24 * 60 for wait in waits) / len(waits) <= 0.9
    assert max(minutes.values()) <= 45 * 24 * 60


def test_nobody_answers_themselves_and_many_come_back() -> None:
    comments = debate(7)
    writers = {comment.key: comment.email for comment in comments}

    assert all(comment.email != writers[comment.parent] for comment in comments if comment.parent)
    assert 400 <= len(set(writers.values())) <= 800


def test_some_comments_quote_link_list_and_stress() -> None:
    bodies = [comment.body for comment in debate(7)]

    assert sum(body.startswith("> ") for body in bodies) >= 50
    assert sum("](https://" in body for body in bodies) >= 30
    assert sum("\n- " in body for body in bodies) >= 20
    assert sum("**" in body or "*gemiddeld*" in body for body in bodies) >= 10


def test_no_slot_is_left_open_and_no_comment_repeats_a_sentence() -> None:
    bodies = [comment.body for comment in debate(7)]

    assert [body for body in bodies if "{" in body or "}" in body] == []
    for body in bodies:
        sentences = [part for part in body.replace("\n", " ").split(". ") if len(part) > 40]
        assert len(set(sentences)) == len(sentences), body


def test_the_stock_of_sentences_and_names_is_large_and_without_doubles() -> None:
    stock = phrases()
    arguments = [
        sentence for stances in stock["topics"].values() for side in stances.values() for sentence in side
    ]
    first = [name for group in stock["names"] for name in group["first"]]
    last = [name for group in stock["names"] for name in group["last"]]

    assert len(set(arguments)) == len(arguments) >= 250
    assert len(set(first)) == len(first) >= 150
    assert len(set(last)) == len(last) >= 100
