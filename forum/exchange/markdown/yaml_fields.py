"""YAML front matter: plain values only, and nothing that grows when it is read."""

from __future__ import annotations

from typing import Any

import yaml

from forum.exchange.markdown.causes import LeftOut

MAX_DEPTH = 20
"""Levels of lists and maps in each other."""


class _Loader(yaml.SafeLoader):
    """The safe loader, without names for parts: a few lines that refer to each other can grow to gigabytes."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "anchor", None) is not None:
            raise yaml.MarkedYAMLError(problem="anchors (&) and aliases (*)", problem_mark=event.start_mark)
        if self.depth > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem=f"> {MAX_DEPTH} levels", problem_mark=event.start_mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def read_yaml(matter: str, first_line: int) -> list[tuple[str, Any, str | None, int]]:
    """Name, value, the value as it was typed (None for lists and maps) and line of each field.

    :param first_line: the line of the file that `matter` begins on.
    :raises LeftOut: it is no YAML, no map, holds a field twice, an anchor, an alias, or a tag of a program.
    """
    try:
        loader = _Loader(matter)
        node = loader.get_single_node()
        if node is None:
            return []
        if not isinstance(node, yaml.MappingNode):
            raise LeftOut("front_matter", line=first_line, detail="field: value")
        return _fields(loader, node, first_line)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        raise LeftOut("front_matter", line=line, detail=error.problem or "YAML") from None
    except yaml.YAMLError as error:
        raise LeftOut("front_matter", line=first_line, detail=str(error).split("\n")[0]) from None


def _fields(
    loader: _Loader, node: yaml.MappingNode, first_line: int
) -> list[tuple[str, Any, str | None, int]]:
    fields: dict[str, tuple[str, Any, str | None, int]] = {}
    for name_node, value_node in node.value:
        line = first_line + name_node.start_mark.line
        name = name_node.value if isinstance(name_node, yaml.ScalarNode) else "?"
        if name in fields:
            raise LeftOut("front_matter", line=line, detail=f"{name} × 2")
        raw = value_node.value if isinstance(value_node, yaml.ScalarNode) else None
        value = _value(loader, value_node)
        fields[name] = (name, value, raw if value is not None else None, line)
    return list(fields.values())


def _value(loader: _Loader, node: yaml.Node) -> Any:
    """A value; one that only looks like a date or number (31 February) is the text that it is."""
    try:
        return loader.construct_object(node, deep=True)
    except (ValueError, OverflowError):
        return node.value if isinstance(node, yaml.ScalarNode) else None
