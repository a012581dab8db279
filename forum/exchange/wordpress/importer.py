"""An import from beginning to end: the file is read and checked, then what is sound is written, then the account.

Each batch is one transaction that also writes where its rows came from. So an import that was stopped half-way is
completed by the next one, and a second one changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO
from urllib.parse import urlsplit

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.articles.models import Person
from forum.config import Settings
from forum.exchange.article_writing import source_id_for
from forum.exchange.models import ImportedArticle
from forum.exchange.report import Listed, Outcome, Report
from forum.exchange.wordpress.comment_batches import write_comments
from forum.exchange.wordpress.post_writing import write_post
from forum.exchange.wordpress.posts import byline_name
from forum.exchange.wordpress.records import BrokenExport
from forum.exchange.wordpress.run import Progress, Run
from forum.exchange.wordpress.staging import Staged, stage

MAX_SITE_CHARS = 500
TAKEN = ("post", "page", "comment", "person")
"""The kinds that come in, in the order of the account."""


def _say_nothing(_step: str, _done: int, _of: int) -> None:
    """No progress is shown."""


def import_wordpress(
    session: Session,
    file: BinaryIO,
    settings: Settings,
    *,
    now: datetime,
    size_bytes: int = 0,
    is_rehearsal: bool = False,
    on_progress: Progress = _say_nothing,
) -> Report:
    """Bring in a whole export, or rehearse it: then nothing is written and the report tells what would be.

    :param size_bytes: of the file, for the progress.
    :raises BrokenExport: the file is not sound; nothing was written.
    """
    with stage(
        file, zone=settings.timezone, on_progress=lambda done: on_progress("read", done, size_bytes)
    ) as staged:
        report = Report(staged.site.base_url, is_rehearsal=is_rehearsal)
        _account_for_file(report, staged)
        people = {person.login: person for person in staged.people()}
        names_before = set(session.scalars(select(Person.name)))
        source_id = source_id_for(session, site_key(staged.site.base_url), now=now, is_rehearsal=is_rehearsal)
        run = Run(session, staged, report, settings, now, on_progress, source_id, people)
        for post in staged.posts():
            article_id = write_post(run, post)
            if article_id is not None:
                write_comments(run, post, article_id)
        _account_for_people(run, names_before)
        _account_for_what_is_gone(run)
        return report


def _account_for_file(report: Report, staged: Staged) -> None:
    """All that the file holds, and what of it does not come in."""
    counts = staged.counts
    for kind in (*TAKEN, *sorted(counts.keys() - set(TAKEN))):
        report.tally(kind).read = counts.get(kind, 0)
    for (kind, code), number in staged.left_out_counts.items():
        report.leave_out(kind, code, number)
    report.leave_out("term", "not_taken", counts["term"])
    for problem in staged.problems():
        if not problem.is_left_out:
            report.remarks[problem.code] += 1
        report.list(
            Listed(str(problem.line), problem.kind, str(problem.id or ""), problem.code, problem.text)
        )
    if staged.dropped_characters:
        report.remarks["dropped_characters"] += staged.dropped_characters


def site_key(address: str) -> str:
    """What a site is known by: its host without `www.`, and its path.

    :raises BrokenExport: the file does not tell, or the address is longer than anybody's.
    """
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        host = ""
    if not host or len(address) > MAX_SITE_CHARS:
        raise BrokenExport(1, _("the file does not tell the address of its site"))
    return f"{host}{parts.path.rstrip('/')}"


def _account_for_what_is_gone(run: Run) -> None:
    """What came in from an earlier export and is not in this one stays, and is listed."""
    rows = run.session.execute(
        select(ImportedArticle.external_id).where(ImportedArticle.source_id == run.source_id)
    )
    for (external_id,) in rows:
        if external_id not in run.seen:
            run.remark("post", 0, external_id, "gone_there")


def _account_for_people(run: Run, names_before: set[str]) -> None:
    """A person comes in with a first article; who has none in the file is left out."""
    for person in run.people.values():
        name = byline_name(person.login, run.people)
        if name not in run.written_by:
            run.report.leave_out("person", "no_article")
        elif name in names_before:
            run.report.count("person", Outcome.UNCHANGED)
        else:
            run.report.count("person", Outcome.CREATED)
            names_before.add(name)
