"""An import from beginning to end: all files are read and checked, then what is sound is written, then the account.

Each article is a transaction that also writes which file it came from. So an import that was stopped half-way is
completed by the next one, and a second one changes nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.articles.models import Person
from forum.config import Settings
from forum.exchange.article_writing import Origin, source_id_for, write_article
from forum.exchange.markdown.causes import LEFT_OUT, REMARKS, LeftOut, Remark
from forum.exchange.markdown.files import MarkdownFile, find_files, read_text
from forum.exchange.markdown.pages import Page, read_page
from forum.exchange.report import Listed, Outcome, Report

_WRITTEN = frozenset({Outcome.CREATED, Outcome.UPDATED})


def import_markdown(
    session: Session, folder: Path, settings: Settings, *, now: datetime, is_rehearsal: bool = False
) -> Report:
    """Bring in a folder of Markdown files, or rehearse it: then nothing is written and the report tells what would be.

    A file that cannot be read is left out, with its line and the cause; the others come in.
    """
    folder = folder.resolve()
    address = f"markdown:{folder.name}".encode("utf-8", "replace").decode()
    run = _Run(session, folder, settings, now, Report(address, is_rehearsal=is_rehearsal))
    pages = run.read_all()
    names_before = set(session.scalars(select(Person.name)))
    run.source_id = source_id_for(session, address, now=now, is_rehearsal=is_rehearsal)
    for file, page in pages:
        run.write(file, page)
    run.account_for_fields(pages)
    run.account_for_people(pages, names_before)
    return run.report


@dataclass
class _Run:
    """One import, from file to file.

    :param source_id: our row for the folder; 0 in a rehearsal of one that never came in.
    :param written_by: the names in the bylines of what came in.
    """

    session: Session
    folder: Path
    settings: Settings
    now: datetime
    report: Report
    source_id: int = 0
    written_by: set[str] = field(default_factory=set)
    _file_by_slug: dict[str, str] = field(default_factory=dict)
    _same_slug: dict[str, str] = field(default_factory=dict)

    def read_all(self) -> list[tuple[MarkdownFile, Page]]:
        """The first pass: every file that comes in, checked; nothing is written."""
        found = find_files(self.folder)
        self.report.tally("article").read = len(found.files)
        for skipped in found.skipped:
            self._remark(skipped, "", Remark("skipped_folder"))
        pages = []
        for file in found.files:
            try:
                pages.append((file, self._read(file)))
            except LeftOut as reason:
                self._leave_out(file, reason)
        return pages

    def write(self, file: MarkdownFile, page: Page) -> None:
        """The second pass: one article."""
        origin = Origin(self.source_id, file.external_id, page.mark, page.addresses)
        outcome, _article_id = write_article(
            self.session, origin, lambda: page.draft, now=self.now, is_rehearsal=self.report.is_rehearsal
        )
        self.report.count("article", outcome)
        if outcome is Outcome.CONFLICT:
            self._remark(file.shown, page.draft.slug, Remark("conflict"))
            return
        self.written_by.update(name for name, _byline in page.draft.people)
        if outcome in _WRITTEN:
            for remark in page.remarks:
                self._remark(file.shown, page.draft.slug, remark)
        if outcome is Outcome.CREATED and file.shown in self._same_slug:
            self._remark(file.shown, page.draft.slug, Remark("same_slug", self._same_slug[file.shown]))

    def account_for_fields(self, pages: list[tuple[MarkdownFile, Page]]) -> None:
        """The fields that nothing was made of: each once, however many files have it."""
        number_of: Counter[str] = Counter()
        first_in: dict[str, str] = {}
        for file, page in pages:
            for name in page.not_taken:
                number_of[name] += 1
                first_in.setdefault(name, file.shown)
        for name, number in sorted(number_of.items()):
            sentence = ngettext(
                "is a field that is not taken over",
                "is a field that is not taken over (in %(num)d files)",
                number,
            )
            self.report.remarks["field"] += number
            self.report.list(Listed(first_in[name], "article", name[:100], "field", sentence))

    def account_for_people(self, pages: list[tuple[MarkdownFile, Page]], names_before: set[str]) -> None:
        """A person comes in with a first article; who has none that came in is left out."""
        names = {name for _file, page in pages for name, _byline in page.draft.people}
        self.report.tally("person").read = len(names)
        for name in names:
            if name in names_before:
                self.report.count("person", Outcome.UNCHANGED)
            elif name in self.written_by:
                self.report.count("person", Outcome.CREATED)
            else:
                self.report.leave_out("person", "no_article")

    def _read(self, file: MarkdownFile) -> Page:
        page = read_page(
            file.path, read_text(file, self.folder),
            zone=self.settings.timezone, lang=self.settings.locale, now=self.now,
        )  # fmt: skip
        first = self._file_by_slug.setdefault(page.draft.slug, file.shown)
        if first != file.shown:
            self._same_slug[file.shown] = first
        return page

    def _leave_out(self, file: MarkdownFile, reason: LeftOut) -> None:
        self.report.leave_out("article", reason.code)
        sentence = str(LEFT_OUT[reason.code]) % {"detail": reason.detail}
        self._list(file.shown, file.path.stem, reason.code, sentence, reason.line)

    def _remark(self, where: str, slug: str, remark: Remark) -> None:
        self.report.remarks[remark.code] += 1
        sentence = str(REMARKS[remark.code]) % {"detail": remark.detail}
        self._list(where, slug, remark.code, sentence, remark.line)

    def _list(self, where: str, name: str, code: str, sentence: str, line: int) -> None:
        place = f"{where}:{line}" if line else where
        shown = name.encode("utf-8", "replace").decode()
        self.report.list(Listed(place, "article", shown, code, sentence))
