"""Bring records to what documents say, through the commands of the areas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

import orjson
from pydantic import ValidationError

from services.catalog.bundles.commands.planning import Planned, record_ids
from services.catalog.bundles.domain.documents import Document
from services.catalog.bundles.domain.faults import Fault, Faults
from services.catalog.bundles.kinds.kind import Kind, Work
from services.catalog.bundles.kinds.naming import as_written, references, to_body
from services.catalog.bundles.tables import keep_entries
from shared.db import Tx
from shared.errors import DomainError

IdOf: TypeAlias = Callable[[str, str], UUID | None]
Step: TypeAlias = Literal["make", "settle", "end"]
_LEFT_OUT: Final = frozenset({"key", "status"})


@dataclass(frozen=True)
class Stage:
    """One step for all documents of one kind."""

    kind: Kind
    step: Step


def stages(kinds: Sequence[Kind]) -> list[Stage]:
    """Return the order in which everything finds what it needs.

    Each kind is made and brought to its status; kinds that are ``late`` come to theirs when all
    kinds are there; what ends does so at last, from the upper kinds down.
    """
    found: list[Stage] = []
    for kind in kinds:
        found.append(Stage(kind, "make"))
        if not kind.late:
            found.append(Stage(kind, "settle"))
    found += [Stage(kind, "settle") for kind in kinds if kind.late]
    found += [Stage(kind, "end") for kind in reversed(kinds)]
    return found


def concerns(stage: Stage, planned: Planned) -> bool:
    """Tell whether a stage has anything to do for a document."""
    change, wanted = planned.change, planned.document.status
    if stage.step == "make":
        return change.action == "create" or bool(change.fields)
    ends = stage.kind.statuses is not None and wanted in stage.kind.statuses.endings
    return bool(change.moves) and ends == (stage.step == "end")


@dataclass
class Rehearsal:
    """Collects what goes wrong, with every document in a savepoint of its own."""

    faults: Faults = field(default_factory=Faults)
    failed: set[tuple[str, str]] = field(default_factory=set)


async def apply_stage(
    tx: Tx,
    *,
    stage: Stage,
    planned: Sequence[Planned],
    work: Work,
    rehearsal: Rehearsal | None = None,
) -> None:
    """Do one step for some documents of one kind; what they name of their own comes first.

    Raises:
        DomainError: a rule of an area says no, and it is no rehearsal.
        BundleRefusedError: a rehearsal has found a hundred faults.
    Emits:
        whatever the areas' commands emit
    """
    doing = _Doing(tx, stage, work, await _referred(tx, stage.kind, planned))
    if rehearsal is None:
        await doing.all(planned)
    else:
        await _rehearse(doing, planned, rehearsal)


async def _rehearse(doing: _Doing, planned: Sequence[Planned], rehearsal: Rehearsal) -> None:
    """Do it at once if nothing is wrong, else one by one, to hear of everything that is."""
    kind = doing.stage.kind
    sound: list[Planned] = []
    for one in planned:
        if _rests_on_failure(kind, one.document, rehearsal):
            rehearsal.failed.add((kind.name, one.document.key))
        else:
            sound.append(one)
    before = dict(doing.ids)
    try:
        async with doing.tx.savepoint():
            await doing.all(sound)
    except (DomainError, ValidationError):
        doing.ids = before
        for one in sound:
            await _rehearse_one(doing, one, rehearsal)


async def _rehearse_one(doing: _Doing, planned: Planned, rehearsal: Rehearsal) -> None:
    kind, document = doing.stage.kind, planned.document
    if _rests_on_failure(kind, document, rehearsal):
        rehearsal.failed.add((kind.name, document.key))
        return
    try:
        async with doing.tx.savepoint():
            await doing.one(planned)
    except (DomainError, ValidationError) as error:
        rehearsal.failed.add((kind.name, document.key))
        rehearsal.faults.add(fault_of(kind, document, error))


@dataclass
class _Doing:
    """One step under way, and the records that names stand for, those made just now included."""

    tx: Tx
    stage: Stage
    work: Work
    ids: dict[tuple[str, str], UUID]

    def id_of(self, kind: str, key: str) -> UUID | None:
        return self.ids.get((kind, key))

    async def all(self, planned: Sequence[Planned]) -> None:
        kind = self.stage.kind
        new = [one for one in planned if one.change.action == "create"]
        if self.stage.step == "make" and kind.make_many is not None and new:
            bodies = [_body(kind, one.document, self.id_of) for one in new]
            ids = await kind.make_many(self.tx, bodies, self.work)
            await self._keep([(one.document.key, made) for one, made in zip(new, ids, strict=True)])
            planned = [one for one in planned if one.change.action != "create"]
        for one in planned:
            await self.one(one)

    async def one(self, planned: Planned) -> None:
        kind, change, record_id = self.stage.kind, planned.change, planned.record_id
        if self.stage.step == "make" and change.action == "create":
            body = _body(kind, planned.document, self.id_of)
            made = await kind.make(self.tx, body, self.work)
            await self._keep([(planned.document.key, made)])
        elif self.stage.step == "make":
            if kind.revise is None or record_id is None:
                message = f"a {kind.name} never changes"
                raise LookupError(message)
            changes = _changes(kind, planned, self.id_of)
            await kind.revise(self.tx, record_id, changes, self.work)
        elif kind.move is not None and record_id is not None:
            for status in change.moves:
                await kind.move(self.tx, record_id, status, self.work)

    async def _keep(self, entries: list[tuple[str, UUID]]) -> None:
        name = self.stage.kind.name
        await keep_entries(self.tx, name, entries, now=self.work.now)
        self.ids.update({(name, key): identity for key, identity in entries})


async def _referred(tx: Tx, kind: Kind, planned: Sequence[Planned]) -> dict[tuple[str, str], UUID]:
    wanted: dict[str, set[str]] = {}
    for one in planned:
        for reference, text, _ in references(kind, one.document.fields):
            if (target := reference.target(text)) is not None:
                wanted.setdefault(target[0], set()).add(target[1])
    found: dict[tuple[str, str], UUID] = {}
    for name, keys in wanted.items():
        ids = await record_ids(tx, name=name, keys=keys)
        found.update({(name, key): identity for key, identity in ids.items()})
    return found


def _body(kind: Kind, document: Document, id_of: IdOf) -> Any:  # noqa: ANN401 - the kind's model
    value = {k: v for k, v in document.raw.value.items() if k not in _LEFT_OUT}
    body = to_body(kind, value, id_of)
    if kind.statuses is not None and kind.statuses.asked:
        body["status"] = kind.statuses.birth(document.status)
    return kind.model.model_validate_json(orjson.dumps(body))


def _changes(kind: Kind, planned: Planned, id_of: IdOf) -> Any:  # noqa: ANN401 - the kind's patch
    if kind.patch is None:
        message = f"a {kind.name} never changes"
        raise LookupError(message)
    changed = planned.change.fields.items()
    value = {name: kind.patched(name, before, after) for name, (before, after) in changed}
    body = to_body(kind, value, id_of)
    return kind.patch.model_validate_json(orjson.dumps(body))


def _rests_on_failure(kind: Kind, document: Document, rehearsal: Rehearsal) -> bool:
    if (kind.name, document.key) in rehearsal.failed:
        return True
    return bool(rehearsal.failed) and any(
        reference.target(text) in rehearsal.failed
        for reference, text, _ in references(kind, document.fields)
    )


def fault_of(kind: Kind, document: Document, error: DomainError | ValidationError) -> Fault:
    """Return what an area says against a document, at the place in the file that it is about."""
    raw = document.raw
    if isinstance(error, ValidationError):
        at = as_written(kind, "".join(f"/{part}" for part in error.errors()[0]["loc"]))
        return Fault(raw.line_of(at), f"{raw.place}{at}", error.errors()[0]["msg"])
    at = as_written(kind, error.pointer or "")
    return Fault(raw.line_of(at), f"{raw.place}{at}", error.detail)
