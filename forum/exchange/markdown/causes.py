"""Why a file does not come in, or what of it comes in otherwise: a word for programs, a sentence for people."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

LEFT_OUT = {
    "outside": _l("is a link that leads out of the folder"),
    "unreadable": _l("cannot be read: %(detail)s"),
    "too_large": _l("is larger than 5 MB"),
    "not_utf8": _l("is not UTF-8 (%(detail)s)"),
    "characters": _l("holds NUL or half a character, which no text has"),
    "front_matter": _l("its front matter cannot be read: %(detail)s"),
    "value": _l("this cannot be used: %(detail)s"),
    "section": _l("describes a section of the site and is no article"),
    "empty": _l("has no text"),
    "too_long": _l("its text is too long for an article"),
}
REMARKS = {
    "conflict": _l("changed there and here since it came in; it stays as it is here"),
    "not_converted": _l("could not be taken along: %(detail)s"),
    "no_front_matter": _l("has no front matter; it came in as a draft"),
    "not_public": _l("was not public there (%(detail)s); it came in as a draft"),
    "no_date": _l("has no date; it got the moment of the import"),
    "same_slug": _l("wants the same address as %(detail)s; it got a number behind it"),
    "shortened": _l("was too long and was shortened: %(detail)s"),
    "ignored": _l("was left out, because it is not what the field takes: %(detail)s"),
    "skipped_folder": _l("this folder was not looked into"),
}


class LeftOut(Exception):  # noqa: N818 - no error of the program: a file that does not come in
    """A file that does not come in, for a reason of `LEFT_OUT`. `line` is 0 when it is about the whole file."""

    def __init__(self, code: str, *, line: int = 0, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.line, self.detail = code, line, detail


@dataclass(frozen=True)
class Remark:
    """Something that comes in otherwise than it was; `code` is one of `REMARKS`."""

    code: str
    detail: str = ""
    line: int = 0
