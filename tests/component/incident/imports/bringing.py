"""Imports as tests run them: in this process, or as a person does."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any, Final

from services.incident.imports.formats.mapping import read_mapping
from services.incident.imports.runs import LogImport
from shared.auth import platform_actor
from shared.db import Row, statement
from tests.component.incident.desk import Desk
from tests.support.postgres import Database

ROOT: Final = Path(__file__).parents[4]


class Nobody:
    """Does not care how an import gets on."""

    def reads(self, rows: int) -> None:
        """Do nothing."""

    def writes(self, rows: int, total: int) -> None:
        """Do nothing."""


async def bring_in(
    desk: Desk, file: Path, *, mapping: Path | None = None, dry_run: bool = False
) -> dict[str, Any]:
    """Import a log in this process; return its report."""
    database = desk.stage.database("incident")
    actor = platform_actor("incident")
    one = LogImport(database, actor, read_mapping(mapping), Nobody(), dry_run)
    return (await one.carry_out(file)).report()


async def start(database: Database, *arguments: str) -> asyncio.subprocess.Process:
    """Start the command as a process of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.incident",
        "import-log",
        *arguments,
        cwd=ROOT,
        env={**os.environ, "ITSM_INCIDENT_DATABASE_URL": database.app("incident")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def command(database: Database, *arguments: str) -> tuple[int, str, str]:
    """Run the command; return its status and what it printed on both ways."""
    process = await start(database, *arguments)
    output, said = await asyncio.wait_for(process.communicate(), 150)
    assert process.returncode is not None
    return process.returncode, output.decode(), said.decode()


async def rows_of(desk: Desk, query: str) -> list[Row]:
    """Return the rows of a query."""
    async with desk.stage.database("incident").reading() as tx:
        return await tx.all(statement(query))


async def counts(desk: Desk) -> tuple[int, ...]:
    """Return how many incidents, entries, events and import records there are."""
    (row,) = await rows_of(
        desk,
        "select (select count(*) from incident.incident), (select count(*) from incident.timeline),"
        " (select count(*) from incident.event_log), (select count(*) from incident.import_record)",
    )
    return tuple(row)
