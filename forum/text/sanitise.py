"""The two gates that HTML passes before anybody sees it, the only users of bleach and nh3.

bleach first, because it makes links of bare addresses; nh3 last, because it is maintained and parses
as browsers do. Neither trusts what comes in, so neither depends on the Markdown before it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import nh3
from bleach.linkifier import LinkifyFilter
from bleach.sanitizer import Cleaner

from forum.text.links import MAX_ADDRESS_CHARS, real_target, web_address
from forum.text.profiles import Profile

_SCHEMES = frozenset({"http", "https", "mailto"})
# A bare address: www. or a scheme at the start of a word, up to white space, a quotation mark, a bracket
# that it did not open, an invisible character, or the punctuation that ends a sentence. No e-mail
# addresses: those are personal data.
_IN_ADDRESS = r"""[^\s()<>"“”„«»`|\\^{}\u200b-\u200f\u2066-\u2069]"""
_BARE_ADDRESS = re.compile(
    rf"(?<![\w@./:])(?:https?://|www\.)(?:{_IN_ADDRESS}|\({_IN_ADDRESS}*\)){{1,{MAX_ADDRESS_CHARS}}}"
    r"(?<![.,:;!?'’*_~\]…])",
    re.IGNORECASE,
)


class _Linker(LinkifyFilter):
    """The linkifier behind the cleaner, one pass for both."""

    def extract_entities(self, token: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Leave text as it is: the cleaner has decoded it, and a second time would show "&amp;lt;" as "<"."""
        yield token


class _OfThread(threading.local):
    """What a thread keeps for itself."""

    def __init__(self) -> None:
        self.gates: dict[Profile, Cleaner] = {}


_of_thread = _OfThread()


def sanitised(html: str, profile: Profile) -> str:
    """The HTML with nothing in it but what the profile allows, and bare addresses as links.

    What has been through it once comes out of it unchanged.
    """
    return _last_gate(profile).clean(_first_gate(profile).clean(html)).strip()


def _first_gate(profile: Profile) -> Cleaner:
    """The cleaner of this thread: it holds the state of its parser, so threads cannot share one."""
    gates = _of_thread.gates
    if profile not in gates:
        gates[profile] = Cleaner(
            tags=profile.tags,
            attributes={tag: sorted(names) for tag, names in profile.attributes.items()},
            protocols=_SCHEMES,
            strip=True,
            filters=[partial(_Linker, callbacks=[_linked], skip_tags={"code", "pre"}, url_re=_BARE_ADDRESS)],
        )
    return gates[profile]


@cache
def _last_gate(profile: Profile) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(profile.tags),
        # Without the empty set under "*" title and lang would pass on every element.
        attributes={"*": set(), **{tag: set(names) for tag, names in profile.attributes.items()}},
        url_schemes=set(_SCHEMES),
        url_relative="deny",
        link_rel=profile.link_rel,
    )


def _linked(attributes: Any, is_new: bool = False) -> Any:
    """For the linkifier: the attributes of a link; None for a bare address that is to stay text.

    Any, because its stubs know neither the None that it takes nor the key that holds a link's text.
    """
    if not is_new:
        return attributes
    typed = attributes["_text"]
    address = web_address(typed if typed.lower().startswith("http") else f"https://{typed}")
    if address is None:
        return None
    target = real_target(typed, address)
    return {(None, "href"): address, "_text": f"{typed} [{target}]" if target else typed}
