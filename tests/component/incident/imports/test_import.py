"""A log becomes incidents with their own times, once, and whole or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from shared.audit import verify_tables
from tests.component.incident.desk import PATH, Desk
from tests.component.incident.imports.bringing import bring_in, counts, rows_of
from tests.support.incident_logs import line, many_lives, one_life, write_log

NOTHING = (0, 0, 0, 0)


async def test_an_incident_has_the_times_of_the_log(desk: Desk, tmp_path: Path) -> None:
    report = await bring_in(desk, write_log(tmp_path / "a.csv", one_life("INC7")))
    del report["seconds"]
    assert report == {
        "rows": 7,
        "incidents": 1,
        "by_state": {"closed": 1},
        "by_priority": {"1": 0, "2": 0, "3": 1, "4": 0, "5": 0},
        "reopens": 1,
        "priority_mismatches": 0,
        "rejected": [],
        "mtta_seconds": 600.0,
        "time_to_resolve_seconds": 91_800.0,
    }
    found = (await desk.staff.get(PATH)).json()["items"]
    assert [one["title"] for one in found] == ["INC7 / Category 5"]
    assert [one["category"] for one in found] == ["category-5"]
    (stored,) = await rows_of(desk, "select * from incident.incident")
    assert stored["reported_at"] == datetime(2016, 2, 1, 8, tzinfo=UTC)
    assert stored["acknowledged_at"] == datetime(2016, 2, 1, 8, 10, tzinfo=UTC)
    assert stored["resolved_at"] == datetime(2016, 2, 2, 9, 30, tzinfo=UTC)
    assert stored["closed_at"] == datetime(2016, 2, 7, 10, tzinfo=UTC)
    assert (stored["reopen_count"], stored["assignee"]) == (1, "Resolver 2")


async def test_each_fact_is_an_event_with_its_own_time(desk: Desk, tmp_path: Path) -> None:
    await bring_in(desk, write_log(tmp_path / "a.csv", one_life("INC7")))
    events = await desk.stage.events("incident")
    assert [(one.type.split(".")[2], one.occurred_at.strftime("%d %H:%M")) for one in events] == [
        ("declared", "01 08:00"),
        ("assigned", "01 08:05"),
        ("reassigned", "01 08:10"),
        ("acknowledged", "01 08:10"),
        ("started", "01 08:10"),
        ("put_on_hold", "01 09:00"),
        ("resolved", "01 12:00"),
        ("reassigned", "02 08:00"),
        ("reopened", "02 08:00"),
        ("resolved", "02 09:30"),
        ("closed", "07 10:00"),
    ]
    assert {one.origin for one in events} == {"import"}
    assert [one.sequence for one in events] == list(range(1, 12))
    (words,) = await rows_of(desk, "select text from incident.timeline where kind = 'assigned'")
    assert words["text"] == "Assigned to group Group 1, assignee nobody."
    database = desk.stage.database("incident")
    assert await verify_tables(database, ["incident"]) == []


async def test_the_same_log_again_adds_nothing(desk: Desk, tmp_path: Path) -> None:
    file = write_log(tmp_path / "a.csv.gz", many_lives(40))
    first = await bring_in(desk, file)
    before = await counts(desk)
    again = await bring_in(desk, file)
    assert await counts(desk) == before
    assert before[0] == before[3] == 40
    assert {**again, "seconds": 0} == {**first, "seconds": 0}


async def test_a_longer_log_adds_what_happened_since(desk: Desk, tmp_path: Path) -> None:
    rows = one_life("INC7")
    open_ = [{**each, "resolved_at": "?", "closed_at": "?"} for each in rows[:3]]
    early = await bring_in(desk, write_log(tmp_path / "a.csv", open_))
    assert (early["by_state"], early["time_to_resolve_seconds"]) == ({"on_hold": 1}, None)
    late = await bring_in(desk, write_log(tmp_path / "b.csv", rows))
    grown = [(one.type, one.occurred_at) for one in await desk.stage.events("incident")]
    other = await counts(desk)
    assert late["by_state"] == {"closed": 1}
    assert late["time_to_resolve_seconds"] == 91_800.0
    assert (len(grown), other) == (11, (1, 11, 11, 1))
    assert await verify_tables(desk.stage.database("incident"), ["incident"]) == []


async def test_what_contradicts_an_earlier_import_is_refused(desk: Desk, tmp_path: Path) -> None:
    await bring_in(desk, write_log(tmp_path / "a.csv", one_life("INC7")))
    before = await counts(desk)
    for changed, reason in (
        (one_life("INC7")[:5], "it differs from what was imported before"),
        (one_life("INC7", closed_at="8/2/2016 10:00"), "it ended otherwise than imported before"),
        (one_life("INC7", impact="1 - High"), "it differs from what was imported before"),
    ):
        report = await bring_in(desk, write_log(tmp_path / "b.csv", changed))
        assert report["incidents"] == 0
        assert [one["reason"] for one in report["rejected"]] == [reason] * len(changed)
    assert await counts(desk) == before


async def test_what_was_changed_here_since_is_left_alone(desk: Desk, tmp_path: Path) -> None:
    open_ = [{**each, "resolved_at": "?", "closed_at": "?"} for each in one_life("INC7")[:2]]
    await bring_in(desk, write_log(tmp_path / "a.csv", open_))
    (stored,) = await rows_of(desk, "select id from incident.incident")
    answer = await desk.staff.post(
        f"{PATH}/{stored['id']}/timeline", json={"text": "Ours now.", "visibility": "internal"}
    )
    assert answer.status_code == 201, answer.text
    before = await counts(desk)
    report = await bring_in(desk, write_log(tmp_path / "b.csv", one_life("INC7")))
    assert {one["reason"] for one in report["rejected"]} == {"it was changed here since its import"}
    assert await counts(desk) == before


async def test_a_dry_run_reports_the_same_and_keeps_nothing(desk: Desk, tmp_path: Path) -> None:
    file = write_log(tmp_path / "a.csv", many_lives(30))
    tried = await bring_in(desk, file, dry_run=True)
    assert await counts(desk) == NOTHING
    done = await bring_in(desk, file)
    assert {**tried, "seconds": 0} == {**done, "seconds": 0}
    assert done["incidents"] == 30


async def test_rows_of_an_incident_need_not_lie_together(desk: Desk, tmp_path: Path) -> None:
    rows = many_lives(20)
    # All first rows, then all second ones, and so on: each incident's own order stays.
    scattered = [rows[place] for step in range(5) for place in range(step, len(rows), 5)]
    report = await bring_in(desk, write_log(tmp_path / "a.csv", scattered))
    before = await counts(desk)
    again = await bring_in(desk, write_log(tmp_path / "b.csv", rows))
    assert await counts(desk) == before
    assert report["incidents"] == again["incidents"] == 20


async def test_nothing_follows_from_imported_history(desk: Desk, tmp_path: Path) -> None:
    high = {"impact": "1 - High", "urgency": "1 - High", "priority": "1 - Critical"}
    rows = [line("INC8", "Active", "1/2/2016 09:00", **high)]
    rows.append(line("INC9", "Resolved", "1/2/2016 09:00", **high))
    await bring_in(desk, write_log(tmp_path / "a.csv", rows))
    before = await counts(desk)
    events = await desk.stage.events("incident")
    await desk.stage.deliver("incident", *events)
    assert await counts(desk) == before
    assert await rows_of(desk, "select * from incident.timer") == []
    assert await rows_of(desk, "select * from incident.sla_clock") == []
    stored = await rows_of(desk, "select distinct major_state from incident.incident")
    assert [row["major_state"] for row in stored] == ["none"]


async def test_priorities_against_the_matrix_of_the_source_are_counted(
    desk: Desk, tmp_path: Path
) -> None:
    rows = [*one_life("INC1"), *one_life("INC2", priority="1 - Critical")]
    report = await bring_in(desk, write_log(tmp_path / "a.csv", rows))
    assert report["priority_mismatches"] == 1
    assert report["by_priority"] == {"1": 1, "2": 0, "3": 1, "4": 0, "5": 0}
