"""The command ``import-log`` as people run it: killed, twice at once, refused."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.component.incident.desk import Desk
from tests.component.incident.imports.bringing import command, counts, start
from tests.support.eventually import eventually
from tests.support.incident_logs import many_lives, one_life, write_log
from tests.support.postgres import Database

pytestmark = pytest.mark.timeout(180)


async def test_it_prints_and_writes_its_report(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    file = write_log(tmp_path / "a.csv", one_life("INC7"))
    to = tmp_path / "report.json"
    status, output, said = await command(database, str(file), "--report", str(to))
    assert status == 0, said
    report = json.loads(to.read_text())
    assert list(report) == [
        *("rows", "incidents", "by_state", "by_priority", "reopens", "priority_mismatches"),
        *("rejected", "mtta_seconds", "time_to_resolve_seconds", "seconds"),
    ]
    assert report["incidents"] == 1
    assert "mtta_seconds: 600.0" in output.splitlines()
    assert "rows imported" in said
    assert (await counts(desk))[0] == 1


async def test_killed_half_way_and_run_again_it_leaves_one_copy(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    file = write_log(tmp_path / "a.csv", many_lives(3_000))
    process = await start(database, str(file))

    async def some_written() -> bool:
        return (await counts(desk))[3] > 0

    await eventually(some_written, within=60)
    process.kill()
    await process.wait()
    incidents, entries, events, records = await counts(desk)
    assert 0 < records < 3_000
    assert (incidents, entries) == (records, events)
    to = tmp_path / "report.json"
    status, output, said = await command(database, str(file), "--report", str(to))
    assert status == 0, said
    assert f"new: {3_000 - records}; longer than before: 0" in output
    assert json.loads(to.read_text())["incidents"] == 3_000
    whole = await counts(desk)
    assert (whole[0], whole[3]) == (3_000, 3_000)
    assert whole[1] == whole[2]


async def test_two_at_once_leave_one_copy(desk: Desk, database: Database, tmp_path: Path) -> None:
    file = write_log(tmp_path / "a.csv", many_lives(800))
    both = await asyncio.gather(command(database, str(file)), command(database, str(file)))
    assert [status for status, _, _ in both] == [0, 0]
    assert all("incidents: 800" in output for _, output, _ in both)
    found = await counts(desk)
    assert (found[0], found[3]) == (800, 800)
    assert found[1] == found[2]


@pytest.mark.parametrize(
    ("words", "detail"),
    [
        ("a: [", "no YAML"),
        ("[]", "valid dictionary"),
        ("source: x", "date_format: Field required"),
    ],
)
async def test_a_wrong_mapping_is_one_line(
    desk: Desk, database: Database, tmp_path: Path, words: str, detail: str
) -> None:
    file = write_log(tmp_path / "a.csv", one_life("INC7"))
    mapping = tmp_path / "m.yaml"
    mapping.write_text(words)
    status, _, said = await command(database, str(file), "--mapping", str(mapping))
    assert status == 1
    assert detail in said
    assert "Traceback" not in said
    assert (await counts(desk))[0] == 0
