"""Imports that are killed half-way or run twice at once: the result is that of one whole run."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from shared.audit import verify_tables
from tests.support.app import Factory, service
from tests.support.eventually import eventually
from tests.support.landscapes import write_landscape
from tests.support.postgres import Database

ROOT: Final = Path(__file__).parents[2]
ITEMS, DEPENDENCIES = 2_000, 6_000
WHOLE: Final = ITEMS + DEPENDENCIES + 1
SECONDS: Final = 120
"""For one import of these on a busy machine."""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    file = tmp_path / "map.ndjson"
    write_landscape(file, items=ITEMS, dependencies=DEPENDENCIES, seed=7)
    return file


async def command(url: str, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.catalog",
        *arguments,
        cwd=ROOT,
        env={**os.environ, "ITSM_CATALOG_DATABASE_URL": url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def finished(process: asyncio.subprocess.Process) -> tuple[str, str]:
    """Return what a command said, once it has ended well."""
    output, said = await asyncio.wait_for(process.communicate(), SECONDS)
    assert process.returncode == 0, said.decode()
    return output.decode(), said.decode()


async def exported(url: str) -> str:
    return (await finished(await command(url, "export", "--format", "ndjson")))[0]


async def entries(admin: str) -> int:
    connection = await asyncpg.connect(admin)
    try:
        found: int = await connection.fetchval("select count(*) from catalog.bundle_entry")
    finally:
        await connection.close()
    return found


@pytest.mark.parametrize("least", [1, 1_500, 4_500])
async def test_an_import_killed_half_way_goes_on_to_the_same_result(
    database: Database, platform: Factory, bundle: Path, least: int
) -> None:
    url = database.app("catalog")
    killed = await command(url, "import", str(bundle))

    async def enough() -> int | None:
        found = await entries(database.admin)
        return found if found >= least else None

    await eventually(enough, within=SECONDS)
    killed.send_signal(signal.SIGKILL)
    await killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    half = await entries(database.admin)
    assert least <= half < WHOLE
    output, _ = await finished(await command(url, "import", str(bundle)))
    assert f"in all: {WHOLE - half} to create" in output
    await _check(platform, url, bundle)


async def test_two_imports_at_once_take_turns_and_the_second_finds_nothing_to_do(
    database: Database, platform: Factory, bundle: Path
) -> None:
    url = database.app("catalog")
    both = [await command(url, "import", str(bundle)) for _ in range(2)]
    said = await asyncio.gather(*(finished(one) for one in both))
    summaries = sorted(output.strip().rpartition("\n")[2] for output, _ in said)
    assert summaries == [
        f"in all: 0 to create, 0 to change, 0 to end, {WHOLE} unchanged",
        f"in all: {WHOLE} to create, 0 to change, 0 to end, 0 unchanged",
    ]
    assert any("another import is under way" in errors for _, errors in said)
    await _check(platform, url, bundle)


async def _check(platform: Factory, url: str, bundle: Path) -> None:
    """Check that everything is there once, with its events, and is what the file says."""
    stage = await platform("catalog")
    events = await stage.events("catalog")
    assert len(events) == len({event.key for event in events}) == WHOLE
    tables = [name for area in service("catalog").areas for name in area.aggregates]
    assert await verify_tables(stage.database("catalog"), tables) == []
    assert _documents(await exported(url)) == _documents(_text(bundle))


def _text(bundle: Path) -> str:
    return bundle.read_text(encoding="utf-8")


def _documents(lines: str) -> list[str]:
    """Return the documents of a bundle, in an order and with fields in an order of their own."""
    return sorted(
        json.dumps(json.loads(line), sort_keys=True) for line in lines.splitlines() if line
    )
