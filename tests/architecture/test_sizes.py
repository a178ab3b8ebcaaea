"""A file that grows too long is two ideas, and a function too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture import tree

LINES = 300
STATEMENTS = 40
VAGUE = {"base", "common", "core", "data", "helpers", "info", "manager", "misc", "util", "utils"}


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the functions of a file with the number of statements in each, docstring left out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = sum(isinstance(part, ast.stmt) for part in ast.walk(node)) - 1
            yield node.name, inner - (ast.get_docstring(node) is not None)


def test_no_file_is_longer_than_its_limit() -> None:
    long = {
        str(path.relative_to(tree.ROOT)): count
        for path in tree.python_files("services", "shared", "tests")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LINES
    }
    assert not long, f"over {LINES} lines; split each by idea: {long}"


def test_no_function_has_more_statements_than_its_limit() -> None:
    long = {
        f"{path.relative_to(tree.ROOT)}:{name}": count
        for path in tree.python_files("services", "shared", "tests")
        for name, count in functions(path)
        if count > STATEMENTS
    }
    assert not long, f"over {STATEMENTS} statements; split each: {long}"


def test_the_linter_counts_with_the_same_limits() -> None:
    lint = tree.project()["tool"]["ruff"]["lint"]
    assert lint["pylint"]["max-statements"] == STATEMENTS
    assert lint["mccabe"]["max-complexity"] == 10


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    vague = [
        str(path.relative_to(tree.ROOT))
        for path in tree.python_files("services", "shared", "tests")
        if VAGUE & {path.stem, path.parent.name}
    ]
    assert not vague, f"name each for what it does: {vague}"
