"""Reading a posted form strictly: what cannot be read for sure is refused, not guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from flask import request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, UnsupportedMediaType

from forum.base.errors import MalformedRequest

_URLENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_MAX_FIELDS = 1000
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
View = TypeVar("View", bound=Callable[..., Any])


def takes_at_most(max_bytes: int) -> Callable[[View], View]:
    """Mark a view whose body may be at most `max_bytes` long; the others take the size of a comment form."""

    def mark(view: View) -> View:
        view.max_bytes = max_bytes  # type: ignore[attr-defined]
        return view

    return mark


def refuse_unreadable_path() -> None:
    """Before each request. :raises MalformedRequest: NUL in the path, or bytes that are no UTF-8."""
    if "\0" in request.path or "\ufffd" in request.path:
        raise MalformedRequest


def bound_streamed_body() -> None:
    """Before each request, once its size is set: read a body whose length was not told, up to that size.

    Werkzeug cuts such a body off at the limit, and says nothing, when it is read in one go: part of a text would be
    taken for the whole.

    :raises RequestEntityTooLarge: it is longer.
    """
    if request.method in _BODILESS or request.content_length is not None:
        return
    stream, limit = request.environ["wsgi.input"], request.max_content_length or 0
    if not request.environ.get("wsgi.input_terminated"):
        return
    body = b""
    while len(body) <= limit and (part := stream.read(limit + 1 - len(body))):
        body += part
    if len(body) > limit:
        raise RequestEntityTooLarge
    request.environ["wsgi.input"] = BytesIO(body)


def read_form(single: Iterable[str], multiple: Iterable[str] = ()) -> dict[str, str]:
    """The posted values of the fields in `single`; absent ones are empty. Unknown fields are ignored.

    :param multiple: fields that may come more than once; see `read_list`.
    :raises MalformedRequest: bad UTF-8, NUL, a lone surrogate, or one value expected and several sent.
    :raises UnsupportedMediaType: not a form.
    """
    values: dict[str, str] = {}
    wanted, repeatable = set(single), set(multiple)
    for name, value in _pairs():
        if name in values and name not in repeatable:
            raise MalformedRequest
        if name in wanted:
            values[name] = value
    return {name: values.get(name, "") for name in wanted}


def read_list(name: str) -> list[str]:
    """Every posted value of a field that may come more than once.

    :raises MalformedRequest: as `read_form`.
    """
    return [value for key, value in _pairs() if key == name]


def salvage(*names: str) -> str:
    """What was typed into these posted fields, as far as it can be read, a blank line between two; to give it back."""
    if request.method in _BODILESS:
        return ""
    try:
        if request.mimetype == _MULTIPART:
            pairs = list(request.form.items(multi=True))
        elif request.mimetype == _URLENCODED:
            raw = request.get_data(cache=True).decode(errors="replace")
            pairs = parse_qsl(raw, errors="replace", max_num_fields=_MAX_FIELDS)
        else:
            return ""
    except (HTTPException, ValueError):  # too large to be read, or too many fields: nothing can come back
        return ""
    return "\n\n".join(value.replace("\0", "\ufffd") for name, value in pairs if name in names and value)


def _pairs() -> list[tuple[str, str]]:
    if request.mimetype == _MULTIPART:
        pairs = [(name, value) for name, value in request.form.items(multi=True)]
    elif request.mimetype == _URLENCODED:
        pairs = _urlencoded_pairs(request.get_data(cache=True))
    else:
        raise UnsupportedMediaType
    for name, value in pairs:
        if "\0" in name or "\0" in value or _has_surrogate(value):
            raise MalformedRequest
    return pairs


def _urlencoded_pairs(raw: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError:  # bad UTF-8 is one, too many fields another
        raise MalformedRequest from None


def _has_surrogate(value: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in value)
