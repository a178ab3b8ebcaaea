"""The rules that every test runs under are in force."""

from __future__ import annotations

import ast
import socket
import warnings

import pytest

from tests.architecture import tree


def test_a_connection_to_another_machine_is_refused() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe,
        pytest.raises(RuntimeError, match="tests stay on this machine"),
    ):
        probe.connect(("192.0.2.1", 9))


def test_a_warning_is_an_error() -> None:
    with pytest.raises(UserWarning, match="heard"):
        warnings.warn("heard", stacklevel=1)


def test_a_test_has_the_mark_of_its_folder(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("architecture") is not None


def test_a_test_has_a_time_limit(request: pytest.FixtureRequest) -> None:
    assert float(request.config.getini("timeout")) == 30


def test_no_test_replaces_our_own_code_with_a_mock() -> None:
    mocked = [
        str(path.relative_to(tree.ROOT))
        for path in tree.python_files("tests")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        if any("mock" in name for name in (getattr(node, "module", None) or "", node.names[0].name))
    ]
    assert not mocked
