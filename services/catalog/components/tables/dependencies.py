"""Where dependencies are kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from services.catalog.components.domain import (
    Dependency,
    DependencyExistsError,
    DependencyId,
    DependencyNotFoundError,
    GroupId,
    NodeId,
)
from services.catalog.schema import METADATA
from shared.db import ReadTx, Row, Tx, columns, statement, violations

DEPENDENCY: Final = sa.Table(
    "dependency",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("from_id", sa.Uuid, sa.ForeignKey("catalog.node.id"), nullable=False),
    sa.Column("from_kind", sa.Text, nullable=False),
    sa.Column("to_id", sa.Uuid, sa.ForeignKey("catalog.node.id"), nullable=False, index=True),
    sa.Column("to_kind", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("strength", sa.Double, nullable=False),
    sa.Column("failure_mode", sa.Text, nullable=False),
    sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
    sa.Column("valid_to", sa.DateTime(timezone=True)),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("redundancy_group_id", sa.Uuid, sa.ForeignKey("catalog.redundancy_group.id")),
    # The release before declares without saying how it is known.
    sa.Column("evidence", sa.Text, nullable=False, server_default="declared"),
    sa.CheckConstraint("from_id <> to_id", name="two_ends"),
    sa.CheckConstraint("strength between 0 and 1", name="strength"),
    sa.CheckConstraint("valid_to >= valid_from", name="validity"),
    sa.CheckConstraint(
        "type in ('depends_on', 'hosted_on', 'part_of', 'connects_to', 'uses_data_of')",
        name="type",
    ),
    sa.CheckConstraint("failure_mode in ('down', 'degrade')", name="failure_mode"),
    sa.CheckConstraint("evidence in ('declared', 'discovered')", name="evidence"),
    sa.Index(
        "uq_dependency_present",
        "from_id",
        "to_id",
        "type",
        unique=True,
        postgresql_where=sa.text("valid_to is null"),
    ),
    # Those that ended as well: a new one may not overlap them.
    sa.Index(None, "from_id", "to_id", "type"),
    sa.Index(None, "valid_from", "id"),
    sa.Index(None, "created_at", "id"),
    sa.Index(None, "type", "valid_from", "id"),
    sa.Index(
        "ix_dependency_degrading",
        "valid_from",
        "id",
        postgresql_where=sa.text("failure_mode = 'degrade'"),
    ),
    sa.Index(
        "ix_dependency_discovered",
        "valid_from",
        "id",
        postgresql_where=sa.text("evidence = 'discovered'"),
    ),
    sa.Index(None, "valid_to", postgresql_where=sa.text("valid_to is not null")),
    sa.Index(
        None, "redundancy_group_id", postgresql_where=sa.text("redundancy_group_id is not null")
    ),
)

_INSERT_MANY: Final = statement(
    "insert into catalog.dependency (id, from_id, from_kind, to_id, to_kind, type, strength,"
    " failure_mode, valid_from, valid_to, redundancy_group_id, evidence, version, created_at,"
    " updated_at) select * from unnest(cast(:id as uuid[]),"
    " cast(:from_id as uuid[]), cast(:from_kind as text[]), cast(:to_id as uuid[]),"
    " cast(:to_kind as text[]), cast(:type as text[]), cast(:strength as double precision[]),"
    " cast(:failure_mode as text[]), cast(:valid_from as timestamptz[]),"
    " cast(:valid_to as timestamptz[]), cast(:redundancy_group_id as uuid[]),"
    " cast(:evidence as text[]), cast(:version as bigint[]), cast(:created_at as timestamptz[]),"
    " cast(:updated_at as timestamptz[]))"
)
_READ: Final = statement("select * from catalog.dependency where id = :id")
_LOAD: Final = statement("select * from catalog.dependency where id = :id for update")
_LOAD_SOME: Final = statement(
    "select * from catalog.dependency where id = any(:ids) order by id for update"
)
_LOAD_FROM: Final = statement(
    "select * from catalog.dependency where from_id = :id"
    " and (valid_to is null or valid_to > greatest(:now, valid_from)) order by id for update"
)
_MEMBERS: Final = statement(
    "select * from catalog.dependency where redundancy_group_id = any(:groups)"
    " and (valid_to is null or valid_to > greatest(:now, valid_from))"
)
_IS_NEEDED: Final = statement(
    "select exists (select from catalog.dependency where to_id = :id"
    " and (valid_to is null or valid_to > greatest(:now, valid_from)))"
)
_OVERLAPPING: Final = statement(
    "select wanted.place from unnest(cast(:ids as uuid[]), cast(:from_ids as uuid[]),"
    " cast(:to_ids as uuid[]), cast(:types as text[]), cast(:begins as timestamptz[]),"
    " cast(:ends as timestamptz[])) with ordinality"
    " as wanted(id, from_id, to_id, type, valid_from, valid_to, place)"
    " join catalog.dependency d on d.from_id = wanted.from_id and d.to_id = wanted.to_id"
    " and d.type = wanted.type and d.id <> wanted.id"
    " and d.valid_from < coalesce(wanted.valid_to, 'infinity')"
    " and (d.valid_to is null or d.valid_to > greatest(wanted.valid_from, d.valid_from))"
    " order by wanted.place limit 1"
)
_SAVE: Final = statement(
    "update catalog.dependency set strength = :strength, failure_mode = :failure_mode,"
    " valid_to = :valid_to, redundancy_group_id = :redundancy_group_id, evidence = :evidence,"
    " version = :version, updated_at = :updated_at where id = :id"
)


async def insert_dependencies(tx: Tx, dependencies: Sequence[Dependency]) -> None:
    """Write new dependencies in one statement."""
    names = dependencies[0].__dataclass_fields__
    await tx.run(
        _INSERT_MANY, **{name: [getattr(one, name) for one in dependencies] for name in names}
    )


async def require_alone(
    tx: Tx, dependencies: Sequence[Dependency], *, places: Sequence[str]
) -> None:
    """Check that no other one claims a dependency's ends, type and time; its consumer is held.

    ``places`` says where each stands in the request, empty for one that is the request.

    Raises:
        DependencyExistsError: there is one of this type between these ends for some of the time.
    """
    place = await tx.value(
        _OVERLAPPING,
        ids=[one.id for one in dependencies],
        from_ids=[one.from_id for one in dependencies],
        to_ids=[one.to_id for one in dependencies],
        types=[one.type for one in dependencies],
        begins=[one.valid_from for one in dependencies],
        ends=[one.valid_to for one in dependencies],
    )
    if place is not None:
        one = dependencies[place - 1]
        detail = f"{one.from_id} {one.type} {one.to_id} already."
        raise DependencyExistsError(detail, pointer=places[place - 1] or None)


async def find_dependency(tx: ReadTx, dependency_id: DependencyId) -> Dependency:
    """Return a dependency as it is now.

    Raises:
        DependencyNotFoundError: there is none with this id.
    """
    return _dependency(await tx.first(_READ, id=dependency_id), dependency_id)


async def load_dependency(tx: Tx, dependency_id: DependencyId) -> Dependency:
    """Return a dependency and lock its row until the transaction ends; its consumer is held.

    Raises:
        DependencyNotFoundError: there is none with this id.
    """
    return _dependency(await tx.first(_LOAD, id=dependency_id), dependency_id)


async def load_dependencies(
    tx: Tx, ids: Collection[DependencyId]
) -> dict[DependencyId, Dependency]:
    """Return those dependencies that exist, each row locked; their consumer is held."""
    rows = await tx.all(_LOAD_SOME, ids=list(ids))
    return {DependencyId(row["id"]): Dependency(**row) for row in rows}


async def load_dependencies_from(tx: Tx, node_id: NodeId, *, now: datetime) -> list[Dependency]:
    """Return what a node rests on from ``now`` on, each row locked until the transaction ends."""
    return [Dependency(**row) for row in await tx.all(_LOAD_FROM, id=node_id, now=now)]


async def members_of(
    tx: Tx, groups: Collection[GroupId], *, now: datetime
) -> dict[GroupId, list[Dependency]]:
    """Return which dependencies name a group from ``now`` on, by group; their node is held."""
    found: dict[GroupId, list[Dependency]] = {group: [] for group in groups}
    for row in await tx.all(_MEMBERS, groups=list(groups), now=now):
        found[row["redundancy_group_id"]].append(Dependency(**row))
    return found


async def is_needed(tx: Tx, node_id: NodeId, *, now: datetime) -> bool:
    """Tell whether something rests on a node now or is going to."""
    return bool(await tx.value(_IS_NEEDED, id=node_id, now=now))


async def save_dependency(tx: Tx, dependency: Dependency) -> None:
    """Write a dependency that this transaction has locked.

    Raises:
        DependencyExistsError: there is another one that has no end either.
    """
    detail = f"{dependency.from_id} {dependency.type} {dependency.to_id} already."
    with violations({"uq_dependency_present": DependencyExistsError(detail)}):
        await tx.run(_SAVE, **columns(dependency))


def _dependency(row: Row | None, dependency_id: DependencyId) -> Dependency:
    if row is None:
        raise DependencyNotFoundError(f"There is no dependency {dependency_id}.")
    return Dependency(**row)
