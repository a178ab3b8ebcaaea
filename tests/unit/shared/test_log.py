"""A line of the log says what the process was told to say, in the form it was told to use."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from shared import log
from shared.telemetry import Trace, current_trace

MADE_AT_IMPORT = log.logger("some.module")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged during the test."""
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    log.configure(as_json=True)
    yield written
    monkeypatch.undo()
    log.configure(as_json=True)


def only(lines: io.StringIO) -> dict[str, Any]:
    (line,) = lines.getvalue().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_logger_made_before_the_configuration_follows_it(lines: io.StringIO) -> None:
    MADE_AT_IMPORT.info("something happened", number=1)
    found = only(lines)
    assert (found["event"], found["level"], found["number"]) == ("something happened", "info", 1)
    assert found["timestamp"].endswith("Z")


def test_a_line_carries_the_correlation_of_its_request(lines: io.StringIO) -> None:
    token = current_trace.set(Trace(correlation_id="order-7"))
    try:
        MADE_AT_IMPORT.warning("something happened")
    finally:
        current_trace.reset(token)
    assert only(lines)["correlation_id"] == "order-7"


@pytest.mark.parametrize("form", ["for programs", "for people"])
def test_a_traceback_shows_no_values(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    log.configure(as_json=form == "for programs")
    try:
        int(form)
    except ValueError:
        MADE_AT_IMPORT.exception("something failed")
    monkeypatch.undo()
    log.configure(as_json=True)
    assert "ValueError" in written.getvalue()
    assert "locals" not in written.getvalue()
    assert "written = " not in written.getvalue()
