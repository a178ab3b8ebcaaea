"""Incident logs for imports: a small made-up one of the real one's shape, and where that lies.

``ITSM_INCIDENT_LOG`` names the real log; without it the tests that read it are skipped and the
summary says so in one line.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

HEADER: Final = (
    *("number", "incident_state", "active", "reassignment_count", "reopen_count"),
    *("sys_mod_count", "made_sla", "caller_id", "opened_by", "opened_at", "sys_created_by"),
    *("sys_created_at", "sys_updated_by", "sys_updated_at", "contact_type", "location"),
    *("category", "subcategory", "u_symptom", "cmdb_ci", "impact", "urgency", "priority"),
    *("assignment_group", "assigned_to", "knowledge", "u_priority_confirmation", "notify"),
    *("problem_id", "rfc", "vendor", "caused_by", "closed_code", "resolved_by", "resolved_at"),
    "closed_at",
)
NOT_RUN: Final = "Real incident log not read"
Line = dict[str, str]


def line(number: str, state: str, at: str, **others: str) -> Line:
    """Return a row; times as the real log has them."""
    return {
        **dict.fromkeys(HEADER, "?"),
        "number": number,
        "incident_state": state,
        "reopen_count": "0",
        "caller_id": "Caller 1",
        "opened_at": "1/2/2016 08:00",
        "sys_updated_at": at,
        "contact_type": "Phone",
        "category": "Category 5",
        "impact": "2 - Medium",
        "urgency": "2 - Medium",
        "priority": "3 - Moderate",
        "assignment_group": "Group 1",
        **others,
    }


def one_life(number: str, **others: str) -> list[Line]:
    """Return an incident that was taken up, held, resolved, reopened and closed."""
    ends = {"resolved_at": "2/2/2016 09:30", "closed_at": "7/2/2016 10:00", **others}
    again = {**ends, "reopen_count": "1", "assigned_to": "Resolver 2"}
    return [
        line(number, "New", "1/2/2016 08:05", **ends),
        line(number, "Active", "1/2/2016 08:10", **{**ends, "assigned_to": "Resolver 1"}),
        line(number, "Awaiting Vendor", "1/2/2016 09:00", **{**ends, "assigned_to": "Resolver 1"}),
        line(number, "Resolved", "1/2/2016 12:00", **{**ends, "assigned_to": "Resolver 1"}),
        line(number, "Active", "2/2/2016 08:00", **again),
        line(number, "Resolved", "2/2/2016 09:30", **again),
        line(number, "Closed", "7/2/2016 10:00", **again),
    ]


def many_lives(count: int, *, first: int = 0, seed: int = 1) -> list[Line]:
    """Return so many incidents of five rows, with holds and priorities as they fall."""
    chance = random.Random(seed)
    lines: list[Line] = []
    for place in range(first, first + count):
        at = datetime(2016, 3, 1) + timedelta(minutes=chance.randrange(100_000))  # noqa: DTZ001 - as in a log
        weight = chance.choice(
            [("1 - High", "1 - Critical"), ("2 - Medium", "3 - Moderate"), ("3 - Low", "4 - Low")]
        )
        common = {
            "opened_at": written(at),
            "impact": weight[0],
            "urgency": weight[0],
            "priority": weight[1],
            "resolved_at": "?" if place % 9 == 0 else written(at + timedelta(hours=5)),
            "closed_at": written(at + timedelta(hours=9)),
        }
        for step, state in enumerate(("New", "Active", "Awaiting User Info", "Active", "Closed")):
            at += timedelta(minutes=chance.randrange(1, 60))
            group = f"Group {chance.randrange(3)}" if step else "?"
            said = {**common, "assignment_group": group}
            lines.append(line(f"INC{place:07d}", state, written(at), **said))
    return lines


def written(at: datetime) -> str:
    """Return an instant as the real log has it."""
    return f"{at.day}/{at.month}/{at.year} {at:%H:%M}"


def text_of(lines: Iterable[Line], header: Sequence[str] = HEADER) -> str:
    """Return rows as CSV."""
    into = io.StringIO()
    writer = csv.writer(into)
    writer.writerow(header)
    writer.writerows([each[name] for name in header] for each in lines)
    return into.getvalue()


def write_log(path: Path, lines: Iterable[Line], header: Sequence[str] = HEADER) -> Path:
    """Write rows to a file, compressed if its name says so; return the file."""
    data = text_of(lines, header).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.fixture(scope="session")
def real_log() -> Path:
    """The real log, where there is one."""
    given = os.environ.get("ITSM_INCIDENT_LOG", "")
    if not given:
        pytest.skip(f"{NOT_RUN}: ITSM_INCIDENT_LOG names none")
    return Path(given)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly, in one line, that the real log was not read."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = [str(one.longrepr) for one in skipped if NOT_RUN in str(one.longrepr)]
    if reasons:
        line_ = f"!!! {NOT_RUN}{reasons[0].partition(NOT_RUN)[2].rstrip(chr(39) + ')')}"
        terminalreporter.write_line(line_, red=True, bold=True)
