"""The map as rows, for whoever holds it in memory or asks for a part of it at a past instant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

from pydantic import BaseModel

from services.catalog.components.domain import (
    DependencyId,
    DependencyType,
    FailureMode,
    GroupId,
    MinUpUnit,
    NodeId,
    NodeKind,
)
from services.catalog.components.events import DependencyDeclared, RedundancyGroupDefined
from shared.db import ReadTx, Row, Statement, statement

BATCH: Final = 5_000
"""So many rows are read at once: decoding them holds the event loop for some milliseconds."""
CONSUMERS: Final = 1_000
"""Of so many nodes is read at once what they rest on: a few times as many rows."""


class NodeRow(NamedTuple):
    """A place on the map."""

    id: NodeId
    kind: NodeKind
    label: str


class GroupRow(NamedTuple):
    """A redundancy group of a node; it holds from ``valid_from`` until before ``valid_to``."""

    id: GroupId
    node_id: NodeId
    min_up: int
    min_up_unit: MinUpUnit
    valid_from: datetime
    valid_to: datetime | None


class DependencyRow(NamedTuple):
    """A dependency; it holds from ``valid_from`` until just before ``valid_to``."""

    id: DependencyId
    from_id: NodeId
    to_id: NodeId
    type: DependencyType
    strength: float
    failure_mode: FailureMode
    redundancy_group_id: GroupId | None
    valid_from: datetime
    valid_to: datetime | None


_NODES: Final = "select id, kind, label from catalog.node where"
_GROUP: Final = f"select {', '.join(GroupRow._fields)}"
_GROUPS: Final = f"{_GROUP} from catalog.redundancy_group where"
_DEPENDENCY: Final = f"select {', '.join(DependencyRow._fields)}"
_DEPENDENCIES: Final = f"{_DEPENDENCY} from catalog.dependency where"
_PAGE: Final = f"id > :after order by id limit {BATCH}"
_ALL_NODES: Final = statement(f"{_NODES} {_PAGE}")
_ALL_GROUPS: Final = statement(f"{_GROUPS} {_PAGE}")
_ALL_DEPENDENCIES: Final = statement(
    f"{_DEPENDENCIES} (valid_to is null or valid_to > :now) and {_PAGE}"
)
_SOME_NODES: Final = statement(f"{_NODES} id = any(:ids)")
_SOME_GROUPS: Final = statement(f"{_GROUPS} id = any(:ids)")
_SOME_DEPENDENCIES: Final = statement(f"{_DEPENDENCIES} id = any(:ids)")
_BY_NUMBERS: Final = statement("select number, id from catalog.node where number = any(:numbers)")
_BETWEEN: Final = statement(
    f"{_DEPENDENCIES} from_id = any(:ids) and to_id = any(:nodes) and valid_from <= :at"
    " and (valid_to is null or valid_to > :at) order by id limit :limit"
)
_CONSUMERS: Final = statement(
    "select distinct from_id as id from catalog.dependency"
    " where to_id = any(:ids) and created_at <= :as_of limit :limit"
)
_PROVIDERS: Final = statement(
    "select distinct to_id as id from catalog.dependency"
    " where from_id = any(:ids) and created_at <= :as_of limit :limit"
)
_FROM: Final = statement(
    f"{_DEPENDENCY}, updated_at from catalog.dependency"
    " where from_id = any(:ids) and created_at <= :as_of limit :limit"
)
_GROUPS_OF: Final = statement(
    f"{_GROUP}, updated_at from catalog.redundancy_group"
    " where node_id = any(:ids) and created_at <= :as_of"
)
_TOLD: Final = statement(
    "select l.key, l.data from unnest(cast(:keys as uuid[])) as wanted(key)"
    " cross join lateral (select key, data from catalog.event_log where key = wanted.key"
    " and recorded_at <= :as_of order by sequence desc limit 1) l"
)
_KNOWN: Final = statement(
    "select n.id from catalog.node n where n.id = any(:ids) and exists (select"
    " from catalog.event_log l where l.key = n.id and l.sequence = 1 and l.recorded_at <= :as_of)"
)
_LOWEST: Final = UUID(int=0)
Id = TypeVar("Id", bound=UUID)
Then = TypeVar("Then", GroupRow, DependencyRow)


async def all_nodes(tx: ReadTx) -> AsyncIterator[list[NodeRow]]:
    """Yield every node, in batches."""
    async for rows in _batches(tx, _ALL_NODES):
        yield [NodeRow(*row) for row in rows]


async def all_groups(tx: ReadTx) -> AsyncIterator[list[GroupRow]]:
    """Yield every redundancy group, those that ended as well, in batches."""
    async for rows in _batches(tx, _ALL_GROUPS):
        yield [GroupRow(*row) for row in rows]


async def all_dependencies(tx: ReadTx, *, now: datetime) -> AsyncIterator[list[DependencyRow]]:
    """Yield every dependency that has not ended, in batches."""
    async for rows in _batches(tx, _ALL_DEPENDENCIES, now=now):
        yield [DependencyRow(*row) for row in rows]


async def some_nodes(tx: ReadTx, *, ids: Collection[UUID]) -> list[NodeRow]:
    """Return those of these nodes that exist."""
    return [NodeRow(*row) for row in await _in_parts(tx, _SOME_NODES, ids)]


async def some_groups(tx: ReadTx, *, ids: Collection[UUID]) -> list[GroupRow]:
    """Return these redundancy groups as they are now."""
    return [GroupRow(*row) for row in await _in_parts(tx, _SOME_GROUPS, ids)]


async def some_dependencies(tx: ReadTx, *, ids: Collection[UUID]) -> list[DependencyRow]:
    """Return these dependencies as they are now."""
    return [DependencyRow(*row) for row in await _in_parts(tx, _SOME_DEPENDENCIES, ids)]


async def nodes_by_number(tx: ReadTx, *, numbers: Collection[str]) -> dict[str, NodeId]:
    """Return the nodes that have one of these numbers, by number."""
    rows = await tx.all(_BY_NUMBERS, numbers=list(numbers))
    return {row["number"]: NodeId(row["id"]) for row in rows}


async def nodes_known(tx: ReadTx, *, ids: Collection[NodeId], as_of: datetime) -> set[NodeId]:
    """Return those of these nodes of which something was recorded by ``as_of``."""
    return {NodeId(row["id"]) for row in await tx.all(_KNOWN, ids=list(ids), as_of=as_of)}


async def dependencies_between(
    tx: ReadTx, *, nodes: Collection[NodeId], at: datetime, limit: int
) -> list[DependencyRow]:
    """Return what of some nodes rests on others of them at an instant, at most so many."""
    among, found = list(nodes), list[DependencyRow]()
    for part in _parts(among, CONSUMERS):
        left = limit - len(found)
        rows = await tx.all(_BETWEEN, ids=part, nodes=among, at=at, limit=left)
        found += [DependencyRow(*row) for row in rows]
    return found


async def neighbours(
    tx: ReadTx, *, nodes: Collection[NodeId], up: bool, as_of: datetime, limit: int
) -> list[NodeId]:
    """Return who ever rested on these nodes, or ``up`` what they ever rested on.

    "Ever" is what had been recorded by ``as_of``; whether it held then is not looked at.
    """
    query = _PROVIDERS if up else _CONSUMERS
    rows = await tx.all(query, ids=list(nodes), as_of=as_of, limit=limit)
    return [NodeId(row["id"]) for row in rows]


async def dependencies_at(
    tx: ReadTx, *, consumers: Collection[NodeId], as_of: datetime, limit: int
) -> list[DependencyRow]:
    """Return what these nodes rested on, as the last event recorded by ``as_of`` said.

    A row that has not changed since is that state; for the others it is read from the event log.
    What had ended by then, or not begun, is among them. At most ``limit`` are returned: as many
    as that means that there may be more.
    """
    found: list[DependencyRow] = []
    for part in _parts(consumers, CONSUMERS):
        rows = await tx.all(_FROM, ids=part, as_of=as_of, limit=limit - len(found))
        found += await _as_told(tx, rows, DependencyRow, DependencyDeclared, as_of=as_of)
    return found


async def groups_at(
    tx: ReadTx, *, consumers: Collection[NodeId], as_of: datetime
) -> list[GroupRow]:
    """Return the redundancy groups of these nodes, as the last event by ``as_of`` said."""
    found: list[GroupRow] = []
    for part in _parts(consumers, CONSUMERS):
        rows = await tx.all(_GROUPS_OF, ids=part, as_of=as_of)
        found += await _as_told(tx, rows, GroupRow, RedundancyGroupDefined, as_of=as_of)
    return found


async def _batches(tx: ReadTx, query: Statement, **values: object) -> AsyncIterator[Sequence[Row]]:
    after = _LOWEST
    while rows := await tx.all(query, after=after, **values):
        yield rows
        after = rows[-1]["id"]


async def _as_told(
    tx: ReadTx,
    rows: Sequence[Row],
    kind: type[Then],
    event: type[BaseModel],
    *,
    as_of: datetime,
) -> list[Then]:
    """Return rows, whose last column says when they changed, as they were known at an instant."""
    found = [kind(*row[:-1]) for row in rows if row["updated_at"] <= as_of]
    changed = [row["id"] for row in rows if row["updated_at"] > as_of]
    for one in await tx.all(_TOLD, keys=changed, as_of=as_of) if changed else []:
        values = {"id": one["key"], **dict(event.model_validate_json(one["data"]))}
        found.append(kind(**{name: values[name] for name in kind._fields}))
    return found


async def _in_parts(tx: ReadTx, query: Statement, ids: Collection[UUID]) -> list[Row]:
    found: list[Row] = []
    for part in _parts(ids, BATCH):
        found += await tx.all(query, ids=part)
    return found


def _parts(ids: Collection[Id], size: int) -> Iterator[list[Id]]:
    wanted = list(ids)
    for begin in range(0, len(wanted), size):
        yield wanted[begin : begin + size]
