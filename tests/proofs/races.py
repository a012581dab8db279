"""Of two moderators who decide at once one wins; of many identical posts at once one comment comes.

1,000 races of two moderators, 100 double presses of one moderator, 200 times 50 identical posts with a
`submission_id`, 20 times 50 without.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier

from tests.proofs.client import Answer, Client
from tests.proofs.posts import Database, Post
from tests.proofs.site import NO_LIMITS, Site, running_site

DECISION_RACES = 1_000
DOUBLE_PRESSES = 100
POST_RACES = 200
POST_RACES_WITHOUT_ID = 20
POSTERS = 50
SLUG = "stelling"
PASSWORD = "drie zeer lange woorden"
MODERATORS = (("sanne@voorbeeld.example", "Sanne de Wit"), ("yusuf@voorbeeld.example", "Yusuf Aydin"))
_VERSION = re.compile(r'data-version="(\d+)"')
_DECISIONS = "SELECT comment_id, kind FROM comment_events WHERE kind IN ('approve', 'reject')"


class Moderator:
    """Somebody signed in, with a connection of their own."""

    def __init__(self, site: Site, email: str) -> None:
        self.client = Client(site.base_url)
        self.client.sign_in(email, PASSWORD)
        self._token = ""

    def version_of(self, comment_id: int) -> int:
        """The lock number that the comment's page shows."""
        page = self.client.get(f"/moderation/comments/{comment_id}")
        self._token = page.csrf_token()
        found = _VERSION.search(page.text)
        assert found, f"no data-version in the page of comment {comment_id} (status {page.status})"
        return int(found[1])

    def decide(self, comment_id: int, version: int, action: str) -> Answer:
        """Approve, or reject for being off topic."""
        reason = "off_topic" if action == "reject" else ""
        fields: dict[str, str | int] = {
            "action": action,
            "reason": reason,
            "version": version,
            "csrf_token": self._token,
        }
        return self.client.post_form(f"/moderation/comments/{comment_id}/decisions", fields)


def prove() -> bool:
    """Run all four kinds of race against one site."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site = stack.enter_context(running_site(folder, env=NO_LIMITS))
        site.add_article(SLUG)
        for email, name in MODERATORS:
            site.add_moderator(email, name, PASSWORD)
        database = Database(site.database_url)
        stack.callback(database.close)
        problems = [
            *_race_decisions(site, database),
            *_race_posts(site, database, POST_RACES, with_id=True),
            *_race_posts(site, database, POST_RACES_WITHOUT_ID, with_id=False),
            *database.faults(),
        ]
    for line in problems[:20]:
        print(f"  {line}")
    print(f"{len(problems)} problems")
    return not problems


def at_once(tasks: Sequence[Callable[[], Answer]], pool: ThreadPoolExecutor) -> list[Answer]:
    """Run all tasks at the same moment."""
    barrier = Barrier(len(tasks))

    def run(task: Callable[[], Answer]) -> Answer:
        barrier.wait()
        return task()

    return list(pool.map(run, tasks))


def _race_decisions(site: Site, database: Database) -> list[str]:
    with Client(site.base_url) as reader:
        for number in range(DECISION_RACES + DOUBLE_PRESSES):
            assert Post(number, SLUG).send(reader).status == 303
    ids = [row[0] for row in database.rows("SELECT id FROM comments ORDER BY id")]
    problems: list[str] = []
    won: Counter[str] = Counter()
    first, second = (Moderator(site, email) for email, _ in MODERATORS)
    pressed_twice = Moderator(site, MODERATORS[0][0])
    with ThreadPoolExecutor(2) as pool:
        for comment_id in ids[:DECISION_RACES]:
            answers = _decide_at_once(pool, comment_id, (first, "approve"), (second, "reject"))
            winner = _winner(answers)
            won[winner or "nobody"] += 1
            if winner is None:
                problems.append(f"comment {comment_id}: answered with {[a.status for a in answers]}")
        for comment_id in ids[DECISION_RACES:]:
            answers = _decide_at_once(pool, comment_id, (first, "approve"), (pressed_twice, "approve"))
            if [answer.status for answer in answers] != [303, 303]:
                problems.append(f"comment {comment_id}, pressed twice: {[a.status for a in answers]}")
    print(
        f"{DECISION_RACES} races of two moderators: {dict(won)}; {DOUBLE_PRESSES} double presses", flush=True
    )
    return problems + _wrong_decisions(database, ids)


def _decide_at_once(
    pool: ThreadPoolExecutor, comment_id: int, one: tuple[Moderator, str], other: tuple[Moderator, str]
) -> list[Answer]:
    seen = [(moderator, moderator.version_of(comment_id), action) for moderator, action in (one, other)]
    return at_once(
        [lambda seen=choice: seen[0].decide(comment_id, seen[1], seen[2]) for choice in seen],  # type: ignore[misc]
        pool,
    )


def _winner(answers: Sequence[Answer]) -> str | None:
    """Whose decision stands, if one was taken and the other was told so."""
    return {(303, 409): "approve", (409, 303): "reject"}.get(tuple(answer.status for answer in answers))  # type: ignore[arg-type]


def _wrong_decisions(database: Database, ids: Sequence[int]) -> list[str]:
    """Comments without exactly one decision, or in another state than it says."""
    decided: dict[int, list[str]] = {comment_id: [] for comment_id in ids}
    for comment_id, kind in database.rows(_DECISIONS):
        decided[comment_id].append(kind)
    states = dict(database.rows("SELECT id, state FROM comments"))
    outcome = {"approve": "approved", "reject": "rejected"}
    wrong = [f"comment {key}: decided {kinds}" for key, kinds in decided.items() if len(kinds) != 1]
    return wrong + [
        f"comment {key}: decided {kinds} but is {states[key]}"
        for key, kinds in decided.items()
        if len(kinds) == 1 and states[key] != outcome[kinds[0]]
    ]


def _race_posts(site: Site, database: Database, races: int, *, with_id: bool) -> list[str]:
    clients = [Client(site.base_url) for _ in range(POSTERS)]
    problems: list[str] = []
    with ThreadPoolExecutor(POSTERS) as pool:
        for number in range(races):
            post = Post(number, SLUG)
            answers = at_once([lambda c=c, p=post: p.send(c, with_id=with_id) for c in clients], pool)  # type: ignore[misc]
            problems += _wrong_answers(post, answers, with_id=with_id)
            times = database.rows(f"SELECT count(*) FROM comment_revisions WHERE source = '{post.body}'")[0][
                0
            ]
            if times != 1:
                problems.append(f"race {number}: {times} comments")
    for client in clients:
        client.close()
    kind = "with" if with_id else "without"
    print(f"{races} x {POSTERS} identical posts {kind} a submission_id", flush=True)
    return problems


def _wrong_answers(post: Post, answers: Sequence[Answer], *, with_id: bool) -> list[str]:
    """With an id all are answered alike; without, one gets the link and the others hear that it is there."""
    links = Counter(answer.location for answer in answers if answer.status == 303)
    told = sum(answer.status == 200 and not answer.location for answer in answers)
    if with_id:
        is_right = len(links) == 1 and links.total() == len(answers)
    else:
        is_right = links.total() == 1 and told == len(answers) - 1
    statuses = dict(Counter(answer.status for answer in answers))
    return [] if is_right else [f"race {post.number}: {statuses}, {len(links)} different links"]
