"""The commands import and export: what they print, refuse and write."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.component.catalog.bundles.documents import HEAD, export
from tests.component.catalog.desk import Desk
from tests.support.postgres import Database

ROOT: Final = Path(__file__).parents[4]
TEAMS: Final = HEAD + "teams:\n- {key: a, name: A}\n- {key: b, name: B}\n"
BACKSTAGE: Final = """\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: payments}
spec: {type: team, profile: {displayName: Payments}}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: ledger}
spec: {type: service, lifecycle: production, owner: payments, dependsOn: [resource:ledger-db]}
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: ledger-db}
spec: {type: database, owner: payments}
"""


async def run(database: Database, *arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.catalog",
        *arguments,
        cwd=ROOT,
        env={**os.environ, "ITSM_CATALOG_DATABASE_URL": database.app("catalog")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, said = await asyncio.wait_for(process.communicate(), 25)
    assert process.returncode is not None
    return process.returncode, output.decode(), said.decode()


async def test_a_dry_run_is_readable_and_changes_nothing(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "bundle.yaml"
    file.write_text(TEAMS)
    status, output, _ = await run(database, "import", str(file), "--dry-run")
    assert status == 0
    assert output.splitlines() == [
        "+ team a",
        "+ team b",
        "team: 2 create",
        "in all: 2 to create, 0 to change, 0 to end, 0 unchanged",
    ]
    assert await desk.facts() == []
    assert (await run(database, "import", str(file)))[0] == 0
    file.write_text(
        TEAMS.replace("name: A", "name: A, purpose: Runs it").replace("B}", "B, status: retired}")
    )
    _, output, _ = await run(database, "import", str(file), "--dry-run")
    assert output.splitlines()[:3] == [
        "~ team a",
        "    purpose:  → Runs it",
        "- team b → retired",
    ]
    [_, (_, event)] = (await desk.events())[:2]
    assert event["status"] == "active"


async def test_faults_are_printed_with_their_lines(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "bundle.yaml"
    file.write_text(TEAMS.replace("name: B", "colour: B"))
    status, output, said = await run(database, "import", str(file))
    assert (status, output) == (1, "")
    assert f"{file}:4: /teams/1/name Field required" in said
    assert f"{file}:4: /teams/1/colour Extra inputs are not permitted" in said
    assert "nothing was imported" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(("name", "kind"), [("out.yaml", "yaml"), ("out.ndjson", "ndjson")])
async def test_what_is_exported_can_be_imported(
    desk: Desk, database: Database, tmp_path: Path, name: str, kind: str
) -> None:
    (tmp_path / "bundle.yaml").write_text(TEAMS)
    assert (await run(database, "import", str(tmp_path / "bundle.yaml")))[0] == 0
    file = tmp_path / name
    assert (await run(database, "export", str(file), "--format", kind))[0] == 0
    if kind == "yaml":
        assert file.read_text() == await export(desk)
    else:
        assert [json.loads(line)["key"] for line in file.read_text().splitlines()] == ["a", "b"]
    _, output, _ = await run(database, "import", str(file))
    assert output.splitlines()[-1].endswith("0 to create, 0 to change, 0 to end, 2 unchanged")


async def test_a_backstage_file_is_imported_by_its_name(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "catalog-info.yaml"
    file.write_text(BACKSTAGE)
    status, output, said = await run(database, "import", str(file))
    assert status == 0, said
    assert output.splitlines()[-1].startswith("in all: 4 to create")
    assert sorted(await desk.facts()) == [
        "configuration_item.registered",
        "dependency.declared",
        "service.proposed",
        "team.changed",
    ]
    _, output, _ = await run(database, "import", str(file))
    assert output.splitlines()[-1].endswith("4 unchanged")
    file.write_text(BACKSTAGE.replace("Resource", "Template"))
    status, _, said = await run(database, "import", str(file))
    assert status == 1
    assert f"{file}:12: /2/kind Template has no counterpart here" in said
