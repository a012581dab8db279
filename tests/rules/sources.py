"""The project's own files, as the rule tests read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from forum.config import PROJECT_ROOT

FORUM = PROJECT_ROOT / "forum"
TEMPLATES = PROJECT_ROOT / "templates"
Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules() -> list[Path]:
    """Every module of the application, migrations left out: they are history."""
    return [path for path in sorted(FORUM.rglob("*.py")) if "migrations" not in path.parts]


def templates() -> list[Path]:
    """Every template."""
    return sorted(path for path in TEMPLATES.rglob("*") if path.is_file())


@cache
def tree(path: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def where(path: Path, line: int) -> str:
    """`forum/pages/views.py:12`."""
    return f"{path.relative_to(PROJECT_ROOT)}:{line}"


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that a module imports, inside functions too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{where(path, node.lineno)}: a relative import"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def functions(path: Path) -> Iterator[Function]:
    """Every function and method of a module."""
    for node in ast.walk(tree(path)):
        if isinstance(node, Function):
            yield node


def public_functions(path: Path) -> Iterator[Function]:
    """Functions of the module and methods of its public classes whose names do not begin with an underscore."""
    bodies = [tree(path).body]
    bodies += [
        node.body
        for node in tree(path).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    for body in bodies:
        for node in body:
            if isinstance(node, Function) and not node.name.startswith("_"):
                yield node
