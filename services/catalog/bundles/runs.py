"""An import from beginning to end: several transactions, for the command line and HTTP alike.

One import at a time per database, by an advisory lock on a connection of its own: a second one
waits and then finds what the first has done. A batch is one transaction that makes records and
notes which entries they stand for, so that an import that was killed goes on where it stopped when
it is run again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from pydantic import ValidationError

from services.catalog.bundles import tables
from services.catalog.bundles.commands.applying import Stage, apply_stage, concerns, stages
from services.catalog.bundles.commands.checking import Outside, check_bundle, refuse_unknown
from services.catalog.bundles.commands.planning import is_empty, plan_documents
from services.catalog.bundles.commands.reading import portions
from services.catalog.bundles.commands.rehearsing import MOST, needed, rehearse
from services.catalog.bundles.domain.documents import Document, Source
from services.catalog.bundles.domain.faults import Faults
from services.catalog.bundles.domain.plans import Plan
from services.catalog.bundles.formats.writing import head, line, yaml_list
from services.catalog.bundles.kinds.kind import Kind, Work
from services.catalog.bundles.kinds.registry import KINDS
from services.catalog.bundles.queries.exporting import Wanted, count, export
from shared import clock
from shared.auth import Actor
from shared.db import Database
from shared.errors import DomainError
from shared.errors import Kind as Refusal

POLL_SECONDS: Final = 0.25
MOST_BY_HTTP: Final = 5_000
"""Documents of one request or answer."""


class ImportUnderWayError(DomainError):
    """Another import is under way and did not end in time."""

    code = "import-under-way"
    kind = Refusal.UNAVAILABLE
    title = "Another import is under way"


class ImportStoppedError(DomainError):
    """Something changed between check and import; what was imported before it stays."""

    code = "import-stopped"
    kind = Refusal.CONFLICT
    title = "The import stopped half-way"


class ExportTooLargeError(DomainError):
    """The catalogue is too large for one answer."""

    code = "export-too-large"
    kind = Refusal.CONFLICT
    title = "The export is too large for one answer"


class Told(Protocol):
    """Hears how an import gets on."""

    def waits(self) -> None:
        """Hear that another import is under way."""

    def begins(self, what: str, total: int | None) -> None:
        """Hear that a part begins, of so many documents."""

    def goes_on(self, done: int) -> None:
        """Hear that so many more documents were done."""


class Nobody:
    """Does not care how an import gets on."""

    def waits(self) -> None:
        """Do nothing."""

    def begins(self, what: str, total: int | None) -> None:
        """Do nothing."""

    def goes_on(self, done: int) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Run:
    """One import: where it writes, in whose name, and who hears of it."""

    database: Database
    actor: Actor
    told: Told = Nobody()  # noqa: RUF009 - it holds nothing
    wait_seconds: float | None = None
    """How long to wait for another import; for ever if None."""

    def _work(self) -> Work:
        return Work(self.actor, clock.now(), clock.new_id)

    async def check(self, source: Source) -> Plan:
        """Check a whole bundle and return what it would do; nothing is changed.

        Raises:
            BundleRefusedError: anything is wrong with it.
            ImportUnderWayError: another import did not end in time.
        """
        outside = await self._judge(source)
        async with self._alone():
            return await self._plan(source, outside)

    async def apply(self, source: Source) -> Plan:
        """Check a whole bundle, then bring the catalogue to it; return what was done.

        Raises:
            BundleRefusedError: anything is wrong with it; nothing was changed.
            ImportUnderWayError: another import did not end in time.
            ImportStoppedError: somebody changed something meanwhile; run it again.
        """
        outside = await self._judge(source)
        async with self._alone():
            plan = await self._plan(source, outside)
            await self._carry_out(source, plan)
        return plan

    async def _judge(self, source: Source) -> Outside:
        self.told.begins("checking", None)
        # In a thread: what takes seconds must not keep other requests waiting.
        return await asyncio.to_thread(check_bundle, source, KINDS, told=self.told.goes_on)

    async def _plan(self, source: Source, outside: Outside) -> Plan:
        """Compare everything with what is there, and let the areas judge it."""
        async with self.database.reading() as tx:
            await refuse_unknown(tx, outside=outside, kinds=KINDS)
        plan, faults = Plan(), Faults()
        self.told.begins("comparing", sum(source.count(name) for name in KINDS))
        for kind in KINDS.values():
            await self._plan_kind(source, kind, plan, faults)
        faults.refuse_if_any()
        if plan.changes_anything:
            await self._rehearse(source, plan)
        return plan

    async def _plan_kind(self, source: Source, kind: Kind, plan: Plan, faults: Faults) -> None:
        async with self.database.reading() as tx:
            if source.count(kind.name) > MOST and await is_empty(tx, kind=kind):
                # Nothing to compare with: reading the whole file for that would be for nothing.
                plan.count(kind.name, "create", source.count(kind.name))
                self.told.goes_on(source.count(kind.name))
                return
            for portion in portions(source, kind):
                found = await plan_documents(
                    tx, kind=kind, documents=portion, faults=faults, now=clock.now()
                )
                for one in found:
                    plan.note(one.change)
                self.told.goes_on(len(portion))

    async def _rehearse(self, source: Source, plan: Plan) -> None:
        self.told.begins("rehearsing", None)
        with suppress(_RehearsedError):
            async with self.database.transaction() as tx:
                await rehearse(
                    tx, source=source, todo=_todo(plan), work=self._work(), told=self.told.goes_on
                )
                raise _RehearsedError

    async def _carry_out(self, source: Source, plan: Plan) -> None:
        todo = _todo(plan)
        self.told.begins("importing", sum(source.count(stage.kind.name) for stage in todo))
        for stage in todo:
            for portion in portions(source, stage.kind, wanted=needed(stage)):
                await self._portion(stage, portion)
                self.told.goes_on(len(portion))

    async def _portion(self, stage: Stage, portion: list[Document]) -> None:
        work, faults = self._work(), Faults()
        async with self.database.transaction() as tx:
            planned = await plan_documents(
                tx, kind=stage.kind, documents=portion, faults=faults, now=work.now
            )
            todo = [one for one in planned if concerns(stage, one)]
            if faults.found:
                raise ImportStoppedError(f"Line {faults.found[0].line}: {faults.found[0].detail}.")
            if not todo:
                return
            try:
                await apply_stage(tx, stage=stage, planned=todo, work=work)
            except (DomainError, ValidationError) as error:
                first, last = portion[0].raw.line, portion[-1].raw.line
                detail = _said(error)
                raise ImportStoppedError(
                    f"Lines {first} to {last}: {detail} What came before them is imported;"
                    " run the import again when this is mended."
                ) from error
        await asyncio.sleep(0)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Hold the lock of imports, on a connection that does nothing else."""
        async with self.database.reading() as tx:
            waited = 0.0
            while not await tables.try_lock(tx):
                if waited == 0:
                    self.told.waits()
                if self.wait_seconds is not None and waited >= self.wait_seconds:
                    raise ImportUnderWayError("Another import is under way; try again later.")
                await asyncio.sleep(POLL_SECONDS)
                waited += POLL_SECONDS
            try:
                yield
            finally:
                await tables.unlock(tx)


def _said(error: DomainError | ValidationError) -> str:
    return error.detail if isinstance(error, DomainError) else f"{error.errors()[0]['msg']}."


def _todo(plan: Plan) -> list[Stage]:
    """Return the stages of the kinds of which anything is to be done."""
    return [stage for stage in stages(list(KINDS.values())) if plan.changes_kind(stage.kind.name)]


class _RehearsedError(Exception):
    """Undoes a rehearsal that went well."""


async def exported(
    database: Database, *, wanted: Wanted, as_lines: bool, now: datetime
) -> AsyncIterator[bytes]:
    """Yield the catalogue as a bundle: YAML list by list, or NDJSON line by line."""
    # One snapshot for all of it: a bundle must not name what it does not hold.
    async with database.snapshot() as tx:
        if not as_lines:
            yield head()
        kind, documents = "", list[dict[str, Any]]()
        async for name, document in export(tx, wanted=wanted, now=now):
            if as_lines:
                yield line(name, document)
                continue
            if name != kind:
                # In a thread: it takes a while, and other requests are waiting.
                yield await asyncio.to_thread(yaml_list, kind, documents)
                kind, documents = name, []
            documents.append(document)
        yield await asyncio.to_thread(yaml_list, kind, documents)


async def require_exportable(database: Database, wanted: Wanted, *, now: datetime) -> None:
    """Check that an export is small enough for one answer.

    Raises:
        ExportTooLargeError: it is not.
    """
    async with database.reading() as tx:
        number = await count(tx, wanted=wanted, now=now)
    if number > MOST_BY_HTTP:
        raise ExportTooLargeError(
            f"The bundle would hold {number} documents, an answer holds {MOST_BY_HTTP}:"
            " name the kinds you need, or use the command."
        )
