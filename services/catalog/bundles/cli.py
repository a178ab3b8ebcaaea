"""``import`` and ``export``: the catalogue as a file, on the command line."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from services.catalog.bundles.domain.documents import Source
from services.catalog.bundles.domain.faults import BundleRefusedError, refused
from services.catalog.bundles.domain.wording import counts_of, lines_of
from services.catalog.bundles.formats.backstage import read_backstage
from services.catalog.bundles.formats.bundle import read_bundle
from services.catalog.bundles.formats.ndjson import Lines
from services.catalog.bundles.formats.yaml_text import MAX_BYTES
from services.catalog.bundles.queries.exporting import Wanted
from services.catalog.bundles.runs import Run, exported
from services.catalog.settings import Settings
from shared import clock
from shared.auth import platform_actor
from shared.cli import console, errors, run
from shared.runtime import database_at

SERVICE: Final = "catalog"


class Format(StrEnum):
    """The formats that an import reads."""

    YAML = "yaml"
    NDJSON = "ndjson"
    BACKSTAGE = "backstage"


class Written(StrEnum):
    """The formats that an export writes."""

    YAML = "yaml"
    NDJSON = "ndjson"


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this area to the service's command line."""

    @app.command("import")
    def import_command(
        file: Annotated[Path, typer.Argument(help="The bundle.", exists=True, dir_okay=False)],
        *,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
        ] = False,
        format_: Annotated[
            Format | None, typer.Option("--format", help="By the file's name if not given.")
        ] = None,
    ) -> None:
        """Bring the catalogue to what a bundle says; again, to go on after an interruption."""
        run(_import(file, format_ or _format_of(file), dry_run=dry_run))

    @app.command("export")
    def export_command(
        file: Annotated[Path | None, typer.Argument(help="Standard output if not given.")] = None,
        *,
        kind: Annotated[
            list[str] | None, typer.Option(help="Only this kind; may come several times.")
        ] = None,
        format_: Annotated[Written, typer.Option("--format")] = Written.YAML,
    ) -> None:
        """Write the catalogue as a bundle, always in the same order."""
        run(_export(file, Wanted.of(kind or []), format_))


class _Bar:
    """Shows on standard error how an import gets on."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def waits(self) -> None:
        errors.print("another import is under way; waiting for it")

    def begins(self, what: str, total: int | None) -> None:
        if self._task is not None:
            self._progress.stop_task(self._task)
        self._task = self._progress.add_task(what, total=total)

    def goes_on(self, done: int) -> None:
        if self._task is not None:
            self._progress.advance(self._task, done)


async def _import(file: Path, format_: Format, *, dry_run: bool) -> int:
    try:
        source = _source(file, format_)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        async with database_at(SERVICE, Settings) as database:
            with Progress(*columns, console=errors) as progress:
                told = _Bar(progress)
                one = Run(database, platform_actor(SERVICE), told)
                plan = await (one.check(source) if dry_run else one.apply(source))
    except BundleRefusedError as error:
        for fault in error.faults:
            print(f"{file}:{fault.line}: {fault.pointer} {fault.detail}", file=sys.stderr)  # noqa: T201 - the user's own lines
        raise
    for line in lines_of(plan) if dry_run else counts_of(plan):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0


def _source(file: Path, format_: Format) -> Source:
    if format_ is Format.NDJSON:
        return Lines(file)
    size = file.stat().st_size
    if size > MAX_BYTES:
        raise refused(1, "", f"the file has {size} bytes; {MAX_BYTES} are allowed, use ndjson")
    data = file.read_bytes()
    return read_backstage(data) if format_ is Format.BACKSTAGE else read_bundle(data)


def _format_of(file: Path) -> Format:
    if file.suffix in (".ndjson", ".jsonl"):
        return Format.NDJSON
    return Format.BACKSTAGE if file.name.startswith("catalog-info") else Format.YAML


async def _export(file: Path | None, wanted: Wanted, format_: Written) -> int:
    async with database_at(SERVICE, Settings) as database:
        with ExitStack() as stack:
            output = sys.stdout.buffer if file is None else stack.enter_context(file.open("wb"))
            async for part in exported(
                database, wanted=wanted, as_lines=format_ is Written.NDJSON, now=clock.now()
            ):
                output.write(part)
    return 0
