"""What the second pass carries along: where it reads, where it writes, and the account that it gives."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from forum.base.signing import Signer
from forum.config import Settings
from forum.exchange.report import Listed, Report
from forum.exchange.wordpress.records import PersonRecord
from forum.exchange.wordpress.staging import Staged

Progress = Callable[[str, int, int], None]
"""Called with what is being done (`read` or `write`), how far it is, and how far it will go: bytes, or rows."""

REMARKS = {
    "conflict": _l("changed there and here since it came in; it stays as it is here"),
    "protected": _l("was protected with a password there; it came in as a draft"),
    "schedule_passed": _l("its moment of publication has passed meanwhile; it came in as a draft"),
    "not_converted": _l("could not be taken along: %(detail)s"),
    "email": _l("its e-mail address is none and was left out"),
    "website": _l("its web site is none and was left out"),
    "name_shortened": _l("its name was longer than 60 characters and was shortened"),
    "blank": _l("holds nothing that can be read; it came in as refused"),
    "parent_elsewhere": _l(
        "the comment that it answers stands below another article here; it starts a branch"
    ),
    "gone_there": _l("is in the bin there, or gone; it stays here as it is"),
    "no_time": _l("has no time; it got that of its article"),
    "too_long": _l("its text is too long for an article"),
}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")


@dataclass
class Run:
    """One second pass.

    :param source_id: our row for the site; 0 in a rehearsal of a site that never came in.
    :param people: by their login there.
    :param written_by: the names in the bylines of what came in; `seen` are the posts that did.
    """

    session: Session
    staged: Staged
    report: Report
    settings: Settings
    now: datetime
    on_progress: Progress
    source_id: int
    people: dict[str, PersonRecord]
    written_by: set[str] = field(default_factory=set)
    seen: set[int] = field(default_factory=set)
    _done: int = 0

    @cached_property
    def signer(self) -> Signer:
        """Of this installation."""
        return Signer(self.settings.secret_key)

    @property
    def is_rehearsal(self) -> bool:
        """Whether nothing is to be written."""
        return self.report.is_rehearsal

    @property
    def lang(self) -> str:
        """The language of the site, else of this one."""
        match = _LANGUAGE.match(self.staged.site.language)
        return match[0].lower() if match else self.settings.locale

    def remark(self, kind: str, line: int, id_: int | None, code: str, detail: str = "") -> None:
        """Count and list something worth a look."""
        self.report.remarks[code] += 1
        self.report.list(
            Listed(str(line), kind, str(id_ or ""), code, str(REMARKS[code]) % {"detail": detail})
        )

    def step(self, rows: int) -> None:
        """So many posts and comments have been dealt with."""
        self._done += rows
        self.on_progress("write", self._done, self._to_do)

    @cached_property
    def _to_do(self) -> int:
        """Posts and comments that come in."""
        kinds = ("post", "page", "comment")
        left_out = self.staged.left_out_counts
        held = sum(self.staged.counts.get(kind, 0) for kind in kinds)
        return held - sum(number for (kind, _code), number in left_out.items() if kind in kinds)
