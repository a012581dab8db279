"""WordPress's blocks, `<!-- wp:name {…} -->`: their HTML stands by itself; this is for those without any."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field

from forum.exchange.wordpress.addresses import file_words, link, page_address, whole_address
from forum.exchange.wordpress.shortcodes import Pictures, picture_list

_BLOCK = re.compile(r"\s*(/?)wp:([a-z][a-z0-9_/-]*)(?:\s+(\{.*\}))?\s*(/?)\s*", re.DOTALL)
# What shows nothing by itself, so that nothing is lost when it is empty.
_SHOWN_AS_NOTHING = (
    "paragraph heading list list-item quote spacer separator column columns group buttons button more nextpage"
    " page-break html freeform table code preformatted verse pullquote shortcode missing"
)
_EMPTY = frozenset(_SHOWN_AS_NOTHING.split())
_WITH_PICTURES = frozenset({"gallery", "image", "cover"})


@dataclass
class _Open:
    name: str
    attributes: dict[str, object]
    pictures_before: int


@dataclass
class Blocks:
    """The blocks of one article, as their comments come by."""

    base_url: str
    pictures: Pictures | None
    left_out: Counter[str]
    _open: list[_Open] = field(default_factory=list)

    def shown(self, comment: str, *, pictures_so_far: int) -> str | None:
        """What stands in the place of a comment; None when it belongs to no block.

        :param pictures_so_far: how many pictures the article has shown before it.
        """
        match = _BLOCK.fullmatch(comment)
        if match is None:
            return "<div>" if comment.strip() == "nextpage" or comment.startswith("more") else None
        name = match[2].removeprefix("core/")
        if match[4]:
            return self._without_content(name, _json(match[3]))
        if name not in _WITH_PICTURES:
            return "<div>"
        if not match[1]:
            self._open.append(_Open(name, _json(match[3]), pictures_so_far))
        elif self._open:
            block = self._open.pop()
            if block.pictures_before == pictures_so_far:
                return self._without_content(block.name, block.attributes)
        return "<div>"

    def _without_content(self, name: str, attributes: dict[str, object]) -> str:
        shown = ""
        if name in _WITH_PICTURES:
            shown = self._pictures(attributes)
        elif name == "embed" or name.startswith("core-embed/"):
            address = page_address(str(attributes.get("url", "")), self.base_url)
            shown = f"<div>{link(address)}</div>" if address else ""
        is_plain = name in _EMPTY or (name == "cover" and not attributes.get("id"))
        if not shown and not is_plain:
            self.left_out[f"block {name if '/' in name else f'core/{name}'}"] += 1
        return f"<div>{shown}"

    def _pictures(self, attributes: dict[str, object]) -> str:
        address = whole_address(str(attributes.get("url", "")), self.base_url)
        if address:
            return f"<div>{link(address, file_words(address))}</div>"
        ids = attributes.get("ids", [attributes.get("id")])
        numbers = map(str, ids if isinstance(ids, list) else [])
        return picture_list(
            self.pictures, [number for number in numbers if re.fullmatch("[0-9]{1,18}", number)]
        )


def _json(text: str | None) -> dict[str, object]:
    """The attributes of a block; none when they are broken."""
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
