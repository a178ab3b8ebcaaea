"""Redundancy groups as entries of a bundle: a node, and which of its providers stand in.

The API has dependencies name their group. A bundle has the group name its providers, for a group
must have members when it is made, and they cannot name what is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.dialects.postgresql import ARRAY

from services.catalog.bundles.domain.documents import Reference
from services.catalog.bundles.kinds.commands import end_by
from services.catalog.bundles.kinds.kind import Body, Kind, Rows, Work, by_fields
from services.catalog.bundles.kinds.map import NODES
from services.catalog.bundles.kinds.spans import over_or_not, until, until_after_now
from services.catalog.components import commands
from services.catalog.components.domain import DependencyId, GroupId, NodeId
from services.catalog.components.domain.groups import MinUpUnit
from services.catalog.components.queries import DEPENDENCIES, REDUNDANCY_GROUPS
from services.catalog.components.schemas.groups import (
    ChangeRedundancyGroup,
    MinUp,
    RedundancyGroupRecord,
)
from shared.db import ReadTx, Row, Tx, statement
from shared.errors import DomainError
from shared.errors import Kind as Refusal
from shared.schemas import Instant, Line, RequestModel, absent

_COLUMNS: Final = DEPENDENCIES.source.selected_columns
_OF_NODE: Final = statement(
    DEPENDENCIES.source.where(
        _COLUMNS["from_id"] == sa.bindparam("node_id", type_=sa.Uuid),
        until_after_now(_COLUMNS["valid_to"]),
    ).order_by(_COLUMNS["id"])
)
_OF_GROUPS: Final = statement(
    DEPENDENCIES.source.where(
        _COLUMNS["redundancy_group_id"] == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))),
        until_after_now(_COLUMNS["valid_to"]),
    )
)


class GroupMemberMissingError(DomainError):
    """The node rests on no such thing, so it can be no member."""

    code = "group-member-missing"
    kind = Refusal.INVALID
    title = "A member of the group is nothing that the node rests on"


Members = Annotated[list[NodeId], Field(min_length=1, max_length=200)]


class GroupDocument(RequestModel):
    """A redundancy group: the node runs while ``min_up`` of what it rests on do."""

    node_id: NodeId
    name: Line
    min_up: MinUp
    min_up_unit: MinUpUnit = "count"
    member_ids: Members
    valid_from: Instant | None = None
    valid_to: Instant | None = None


class GroupPatch(ChangeRedundancyGroup):
    """A merge patch of a redundancy group, its members included."""

    member_ids: Members = absent()


async def _make(tx: Tx, body: GroupDocument, work: Work) -> UUID:
    found = await tx.all(_OF_NODE, node_id=body.node_id, now=work.now)
    made = await commands.define_redundancy_group(
        tx,
        group_id=GroupId(work.new_id()),
        node_id=body.node_id,
        name=body.name,
        min_up=body.min_up,
        min_up_unit=body.min_up_unit,
        dependency_ids=[DependencyId(row["id"]) for row in _members(found, body.member_ids)],
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        actor=work.actor,
        now=work.now,
    )
    return made.id


async def _revise(tx: Tx, record_id: UUID, changes: GroupPatch, work: Work) -> None:
    """Change a group and who is in it: who comes before who goes, for it must never be short."""
    fields = changes.model_dump(exclude_unset=True)
    wanted: list[NodeId] | None = fields.pop("member_ids", None)
    present = await tx.all(_OF_GROUPS, ids=[record_id], now=work.now)
    if wanted is not None:
        node_id = (await tx.all(_NODE, ids=[record_id]))[0]["node_id"]
        found = await tx.all(_OF_NODE, node_id=node_id, now=work.now)
        inside = {row["id"] for row in present}
        for row in _members(found, wanted):
            if row["id"] not in inside:
                await _join(tx, row["id"], record_id, work)
    if fields:
        await commands.change_redundancy_group(
            tx,
            group_id=GroupId(record_id),
            expected_version=None,
            changes=fields,
            actor=work.actor,
            now=work.now,
        )
    for row in present:
        if wanted is not None and row["to_id"] not in wanted:
            await _join(tx, row["id"], None, work)


async def _join(tx: Tx, dependency_id: UUID, group_id: UUID | None, work: Work) -> None:
    await commands.change_dependency(
        tx,
        dependency_id=DependencyId(dependency_id),
        expected_version=None,
        changes={"redundancy_group_id": group_id},
        actor=work.actor,
        now=work.now,
    )


def _members(found: Sequence[Row], wanted: Sequence[NodeId]) -> list[Row]:
    """Return the dependencies on the wanted providers, the first of each."""
    by_provider: dict[UUID, Row] = {}
    for row in found:
        by_provider.setdefault(row["to_id"], row)
    for place, provider in enumerate(wanted):
        if provider not in by_provider:
            detail = "the node does not rest on this member"
            raise GroupMemberMissingError(detail, pointer=f"/member_ids/{place}")
    return [by_provider[provider] for provider in wanted]


async def _with_members(
    tx: ReadTx, records: Sequence[RedundancyGroupRecord], now: datetime
) -> dict[UUID, Body]:
    found: dict[UUID, Body] = {record.id: {"member_ids": []} for record in records}
    for row in await tx.all(_OF_GROUPS, ids=list(found), now=now):
        member = f"{row['to_kind']}/{row['to_id']}"
        found[row["redundancy_group_id"]]["member_ids"].append(member)
    return found


_NODE: Final = statement(
    REDUNDANCY_GROUPS.source.where(
        REDUNDANCY_GROUPS.key == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid)))
    )
)
REDUNDANCY_GROUP: Final = Kind(
    name="redundancy_group",
    model=GroupDocument,
    patch=GroupPatch,
    rows=Rows(
        REDUNDANCY_GROUPS,
        by_fields(RedundancyGroupRecord),
        present=until_after_now(REDUNDANCY_GROUPS.source.selected_columns["valid_to"]),
    ),
    make=_make,
    revise=_revise,
    move=end_by(commands.remove_redundancy_group, "group_id"),
    more=_with_members,
    references=(
        Reference(("node",), "node_id", NODES),
        Reference(("members",), "member_ids", NODES, many=True),
    ),
    statuses=until("removed"),
    status_of=over_or_not("removed"),
    only_given=frozenset({"valid_from", "valid_to"}),
)
