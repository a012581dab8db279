"""Numbers in addresses, and addresses to go on to."""

from __future__ import annotations

import re

from forum.base.errors import NotFound, Refusal, Unprocessable

_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_LOCK_NUMBER = re.compile(r"[0-9]{1,9}")
_OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")


def positive_int(raw: str | None, *, default: int | None = None) -> int:
    """A whole number of at least 1, as pages and ids are.

    :param default: for an absent value.
    :raises NotFound: anything else, which names no page.
    """
    if raw is None and default is not None:
        return default
    if raw is None or not _NUMBER.fullmatch(raw):
        raise NotFound
    return int(raw)


def lock_number(raw: str, *, refusal: type[Refusal] = Unprocessable) -> int:
    """The version of a comment that a form was made for.

    :raises Unprocessable: it says none; or `refusal` in its place.
    """
    if not _LOCK_NUMBER.fullmatch(raw):
        raise refusal
    return int(raw)


def is_own_path(target: str) -> bool:
    """Whether `target` leads to a page of this site, in the eyes of every browser.

    Browsers drop white space and control characters and take a backslash for a slash, so that `/\\evil.example` and
    `/<tab>/evil.example` lead elsewhere. What holds one of these, or is not ASCII, is no path of ours.
    """
    return _OWN_PATH.fullmatch(target) is not None
