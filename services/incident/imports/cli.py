"""``import-log``: the incident log of another system, on the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.incident.imports.domain import LogNotReadableError
from services.incident.imports.formats.mapping import read_mapping
from services.incident.imports.runs import LogImport, Tally
from services.incident.settings import Settings
from shared.auth import platform_actor
from shared.cli import console, errors, run
from shared.runtime import database_at

SERVICE: Final = "incident"
_SHOWN: Final = 20


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this area to the service's command line."""

    @app.command("import-log")
    def import_log_command(
        file: Annotated[
            Path, typer.Argument(help="CSV, plain or gzip.", exists=True, dir_okay=False)
        ],
        *,
        mapping: Annotated[
            Path | None,
            typer.Option(help="How the file is read (YAML).", exists=True, dir_okay=False),
        ] = None,
        report: Annotated[
            Path | None, typer.Option(help="Where to write the report (JSON).", dir_okay=False)
        ] = None,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Say what would come of it; keep nothing.")
        ] = False,
    ) -> None:
        """Import an exported incident log with its own times; again, to go on or to add to it."""
        run(_import(file, mapping, report, dry_run=dry_run))


class _Bar:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._reading = progress.add_task("rows read", total=None)
        self._writing = progress.add_task("rows imported", total=None)

    def reads(self, rows: int) -> None:
        self._progress.update(self._reading, completed=rows)

    def writes(self, rows: int, total: int) -> None:
        self._progress.update(self._reading, total=total)
        self._progress.update(self._writing, completed=rows, total=total)


async def _import(file: Path, mapping: Path | None, report: Path | None, *, dry_run: bool) -> int:
    read = read_mapping(mapping)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    async with database_at(SERVICE, Settings) as database:
        with Progress(*columns, console=errors) as progress:
            one = LogImport(database, platform_actor(SERVICE), read, _Bar(progress), dry_run)
            tally = await one.carry_out(file)
    found = tally.report()
    if report is not None:
        _write(report, found)
    _tell(tally, found, dry_run=dry_run)
    return 0


def _write(path: Path, found: dict[str, Any]) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        # The incidents are there; the same command again writes the report alone.
        raise LogNotReadableError(f"{path}: the report: {error.strerror}") from error


def _tell(tally: Tally, found: dict[str, Any], *, dry_run: bool) -> None:
    rejected = found.pop("rejected")
    lines = [f"{name}: {value}" for name, value in found.items()]
    lines.append(f"new: {tally.new}; longer than before: {tally.longer}")
    lines.append(f"rejected rows: {len(rejected)}")
    lines += [f"  row {one['row']}: {one['reason']}" for one in rejected[:_SHOWN]]
    if len(rejected) > _SHOWN:
        lines.append("  and more; --report has them all")
    if dry_run:
        lines.append("nothing was kept")
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
