"""What holds for every source file: sizes, docstrings, one gate for HTML, one writer of states."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from forum.config import PROJECT_ROOT
from tests.rules.sources import (
    FORUM,
    Function,
    functions,
    imports,
    modules,
    public_functions,
    templates,
    tree,
    where,
)

MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 40
MAX_SHARE_OF_LONG_FUNCTIONS = 0.02
MAX_TEMPLATE_LINES = 80
_NEED = re.compile(r"\{#.*\bNeeds: .+#\}|\{# .+ #\}")


def test_no_module_is_long() -> None:
    lengths = {where(path, len(path.read_text().splitlines())) for path in modules()}

    assert not {name for name in lengths if int(name.rpartition(":")[2]) >= MAX_MODULE_LINES}


def test_hardly_any_function_is_long() -> None:
    lengths = {
        where(path, node.lineno): (node.end_lineno or node.lineno) - node.lineno + 1
        for path in modules()
        for node in functions(path)
    }
    long = {name: lines for name, lines in lengths.items() if lines > MAX_FUNCTION_LINES}

    assert len(long) < MAX_SHARE_OF_LONG_FUNCTIONS * len(lengths), long


def test_no_template_is_long() -> None:
    long = {
        where(path, lines)
        for path in templates()
        if (lines := len(path.read_text().splitlines())) >= MAX_TEMPLATE_LINES
    }

    assert not long


def test_every_template_begins_by_saying_what_it_is_and_needs() -> None:
    silent = {
        where(path, 1)
        for path in templates()
        if path.suffix == ".html" and not _NEED.fullmatch(path.read_text().splitlines()[0])
    }

    assert not silent


def test_no_template_declares_a_text_safe() -> None:
    found = [
        where(path, number)
        for path in templates()
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(r"\|\s*safe\b|autoescape\s+false", line)
    ]

    assert not found


def test_one_place_in_the_project_declares_a_text_safe() -> None:
    calls = [
        where(path, node.lineno)
        for path in [*modules(), PROJECT_ROOT / "app.py"]
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and _name(node.func) in {"Markup", "render_template_string"}
    ]

    assert [call.partition(":")[0] for call in calls] == ["forum/web/filters.py"]


def test_no_template_reads_the_database() -> None:
    found = [
        where(path, number)
        for path in templates()
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(r"\b(session|db)\.|\.query\(", line)
    ]

    assert not found


def test_every_public_function_says_what_it_does() -> None:
    silent = [
        f"{where(path, node.lineno)} {node.name}"
        for path in modules()
        for node in public_functions(path)
        if ast.get_docstring(node) is None and not _is_protocol_stub(node)
    ]

    assert not silent, "\n".join(silent)


def test_every_module_says_what_it_is() -> None:
    silent = [
        where(path, 1)
        for path in modules()
        if path.read_text().strip() and ast.get_docstring(tree(path)) is None
    ]

    assert not silent


def test_nothing_is_left_to_do() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")
    files = [*FORUM.rglob("*.py"), *templates(), *(PROJECT_ROOT / "static").rglob("*.[cj]s*")]
    files += (PROJECT_ROOT / "tests").rglob("*.py")
    found = [
        where(path, number)
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if marks.search(line)
    ]

    assert not found


def test_nothing_is_swallowed() -> None:
    """`except Exception` needs a reason on its line; an empty handler needs one too."""
    found = []
    for path in modules():
        lines = path.read_text().splitlines()
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.ExceptHandler):
                continue
            broad = node.type is None or _name(node.type) in {"Exception", "BaseException"}
            raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
            empty = all(isinstance(inner, ast.Pass) for inner in node.body)
            if ((broad and not raises) or empty) and "#" not in lines[node.lineno - 1]:
                found.append(where(path, node.lineno))

    assert not found


def test_only_the_lifecycle_moves_a_comment_to_another_state() -> None:
    """Assignments to `.state` of a comment, and `values(state=…)` of its table.

    A submission makes a comment with its first state: a constructor's argument, which is no assignment. `erased` is
    the part of the lifecycle that makes one move for many comments together.
    """
    found = [
        f"{path.relative_to(FORUM)}:{ast.unparse(node)[:60]}"
        for path in modules()
        if _knows_comments(path)
        for node in ast.walk(tree(path))
        if _assigns_state(node) or _updates_state(node)
    ]

    assert {place.partition(":")[0] for place in found} == {
        "comments/lifecycle.py",
        "comments/erased.py",
    }, found


def _knows_comments(path: Path) -> bool:
    return any(name == "forum.comments.models.Comment" for _, name in imports(path))


def _assigns_state(node: ast.AST) -> bool:
    """`x.state = …`, or `setattr(x, "state", …)`; revisions have states of their own and are called `revision`."""
    if isinstance(node, ast.Call) and _name(node.func) == "setattr":
        return isinstance(node.args[1], ast.Constant) and node.args[1].value == "state"
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    return any(
        isinstance(inner, ast.Attribute) and inner.attr == "state" and _name(inner.value) != "revision"
        for target in targets
        for inner in ast.walk(target)
    )


def _updates_state(node: ast.AST) -> bool:
    if not (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "values"
    ):
        return False
    updates = "update(Comment" in ast.unparse(node.func)
    return updates and any(keyword.arg in {"state", None} for keyword in node.keywords)


def _is_protocol_stub(node: Function) -> bool:
    return len(node.body) == 1 and ast.unparse(node.body[0]) == "..."


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
