"""Files that are not what they should be: a line in the report, or a clear refusal."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from services.incident.imports.domain import LogNotReadableError
from services.incident.imports.formats.mapping import DEFAULT
from tests.component.incident.desk import Desk
from tests.component.incident.imports.bringing import bring_in, counts, rows_of
from tests.support.incident_logs import HEADER, one_life, text_of, write_log

NOTHING = (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"sys_updated_at": "31/2/2016 08:00"}, "sys_updated_at: '31/2/2016 08:00' is no time"),
        ({"sys_updated_at": "?"}, "sys_updated_at: missing"),
        ({"opened_at": "1/2/2090 08:00"}, "opened_at: '1/2/2090 08:00' lies ahead"),
        ({"resolved_at": "yesterday"}, "resolved_at: 'yesterday' is no time"),
        ({"incident_state": "Pondering"}, "incident_state: 'Pondering' is not in the mapping"),
        ({"impact": "?"}, "impact: missing"),
        ({"priority": "9 - Odd"}, "priority: '9 - Odd' is not in the mapping"),
        ({"reopen_count": "-1"}, "reopen_count: '-1' is no number"),
        ({"category": "x" * 1001}, "category: over 1000 characters"),
        ({"category": "a\x00b"}, "category: a null character"),
    ],
)
async def test_a_broken_row_keeps_its_whole_incident_out(
    desk: Desk, tmp_path: Path, changed: dict[str, str], reason: str
) -> None:
    broken = one_life("INC1")
    broken[2] = {**broken[2], **changed}
    report = await bring_in(
        desk, write_log(tmp_path / "a.csv", [*one_life("INC0"), *broken, *one_life("INC2")])
    )
    assert (report["rows"], report["incidents"]) == (21, 2)
    assert [one["row"] for one in report["rejected"]] == list(range(8, 15))
    assert report["rejected"][2]["reason"].startswith(reason)
    others = {one["reason"] for one in report["rejected"] if one["row"] != 10}
    assert others == {"row 10 of the same incident, INC1, cannot be used"}
    assert (await counts(desk))[0] == 2


async def test_rows_of_another_width_and_without_number_are_named(
    desk: Desk, tmp_path: Path
) -> None:
    lines = text_of([*one_life("INC1"), *one_life("?")[:1]]).splitlines()
    lines += ["too,short", "", ",".join(["x"] * 40), '"never closed' + "x" * 140_000]
    file = tmp_path / "a.csv"
    file.write_text("\n".join(lines))
    report = await bring_in(desk, file)
    assert report["incidents"] == 1
    assert [(one["row"], one["reason"][:28]) for one in report["rejected"]] == [
        (8, "number: missing"),
        (9, "2 cells, the header has 36"),
        (10, "40 cells, the header has 36"),
        (11, "not CSV: field larger than f"),
    ]


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (text_of(one_life("INC1")).encode("utf-16"), "not utf-8-sig"),
        (text_of(one_life("INC1", category="Störung")).encode("latin-1"), "not utf-8-sig"),
        (gzip.compress(text_of(one_life("INC1")).encode())[:-20], "damaged"),
        (b"\x1f\x8bno gzip at all", "damaged"),
        (b"", "empty"),
        (b"a,b\n1,2\n", "Columns are missing: number, incident_state"),
        (text_of(one_life("INC1"), [*HEADER, "number"]).encode(), "there twice: number"),
        (text_of(one_life("INC1"), [*HEADER[:20], *HEADER[21:]]).encode(), "missing: impact"),
    ],
)
async def test_a_file_that_is_no_such_log_is_refused_whole(
    desk: Desk, tmp_path: Path, data: bytes, detail: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(data)
    with pytest.raises(LogNotReadableError, match=detail):
        await bring_in(desk, file)
    assert await counts(desk) == NOTHING


async def test_another_mapping_reads_another_export(desk: Desk, tmp_path: Path) -> None:
    words = DEFAULT.read_text()
    for before, after in (
        ("source: servicenow", "source: helpline"),
        ("encoding: utf-8-sig", "encoding: latin-1"),
        ('delimiter: ","', 'delimiter: ";"'),
        ('date_format: "%d/%m/%Y %H:%M"', 'date_format: "%Y-%m-%d %H:%M:%S"'),
        ("zone: UTC", "zone: Europe/Berlin"),
        ("state: incident_state", "state: status"),
        ("  Closed: closed", "  Done: closed"),
        ('impact: {"1 - High": 1', 'impact: {"heavy": 1'),
        ("closed_codes: {}", "closed_codes: {repaired: permanent_fix}"),
        ("  - [1, 2, 3]", "  - [1, 1, 1]"),
    ):
        assert before in words
        words = words.replace(before, after)
    mapping = tmp_path / "helpline.yaml"
    mapping.write_text(words)
    rows = [
        {**each, "status": "Done", "impact": "heavy", "category": "Störung"}
        for each in one_life("7", closed_code="repaired")[-1:]
    ]
    times = {"opened_at": "2016-07-01 10:00:00", "sys_updated_at": "2016-07-01 12:00:30"}
    times |= {"resolved_at": "2016-07-01 11:00:00", "closed_at": "2016-07-01 12:00:30"}
    header = ["status", *(name for name in HEADER if name != "incident_state")]
    text = text_of([{**each, **times, "priority": "1 - Critical"} for each in rows], header)
    file = tmp_path / "a.csv"
    file.write_bytes(text.replace(",", ";").encode("latin-1"))
    report = await bring_in(desk, file, mapping=mapping)
    assert (report["by_state"], report["priority_mismatches"]) == ({"closed": 1}, 0)
    assert (report["mtta_seconds"], report["time_to_resolve_seconds"]) == (7230.0, 3600.0)
    (stored,) = await rows_of(desk, "select * from incident.incident")
    assert stored["title"] == "7 / Störung"
    assert stored["reported_at"].isoformat() == "2016-07-01T08:00:00+00:00"
    assert stored["resolution_code"] == "permanent_fix"
