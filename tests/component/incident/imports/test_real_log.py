"""The real log: what was imported equals what a few lines compute from the file."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from datetime import datetime
from itertools import groupby
from pathlib import Path

import pytest

from tests.component.incident.desk import Desk
from tests.component.incident.imports.bringing import command, counts, rows_of
from tests.support.postgres import Database

OURS = {"Resolved": "resolved", "Closed": "closed", "New": "new", "Active": "in_progress"}


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M")  # noqa: DTZ007 - differences alone


@pytest.mark.timeout(300)
async def test_the_import_of_the_real_log_equals_the_log(
    desk: Desk, database: Database, real_log: Path, tmp_path: Path
) -> None:
    with gzip.open(real_log, "rt", newline="") as text:
        rows = list(csv.DictReader(text))
    lives = [list(each) for _, each in groupby(rows, key=lambda row: row["number"])]
    lasts = [life[-1] for life in lives]
    noticed = [
        moment(seen["sys_updated_at"]) - moment(seen["opened_at"])
        for life in lives
        if (seen := next((row for row in life if row["incident_state"] != "New"), None))
    ]
    resolved = [
        moment(last["resolved_at"]) - moment(last["opened_at"])
        for last in lasts
        if last["resolved_at"] != "?"
    ]
    to = tmp_path / "report.json"
    status, _, said = await command(database, str(real_log), "--report", str(to))
    assert status == 0, said
    report = json.loads(to.read_text())
    assert report["rows"] == len(rows)
    assert report["incidents"] == len(lives)
    assert report["rejected"] == []
    assert report["reopens"] == sum(int(last["reopen_count"]) for last in lasts)
    states = Counter(OURS.get(last["incident_state"], "on_hold") for last in lasts)
    assert report["by_state"] == states
    priorities = Counter(last["priority"][0] for last in lasts)
    assert report["by_priority"] == {str(one): priorities[str(one)] for one in range(1, 6)}
    seconds = sum(one.total_seconds() for one in noticed) / len(noticed)
    assert report["mtta_seconds"] == pytest.approx(seconds, abs=0.5)
    seconds = sum(one.total_seconds() for one in resolved) / len(resolved)
    assert report["time_to_resolve_seconds"] == pytest.approx(seconds, abs=0.5)

    stored = await rows_of(
        desk,
        "select r.source_number, i.priority, i.reopen_count from incident.incident i"
        " join incident.import_record r on r.incident_id = i.id",
    )
    assert {row[0]: (row[1], row[2]) for row in stored} == {
        last["number"]: (int(last["priority"][0]), int(last["reopen_count"])) for last in lasts
    }
    before = await counts(desk)
    status, output, _ = await command(database, str(real_log))
    assert status == 0
    assert "new: 0; longer than before: 0" in output
    assert await counts(desk) == before
