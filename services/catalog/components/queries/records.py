"""Reading dependencies and redundancy groups."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from services.catalog.components.domain import (
    DependencyId,
    DependencyNotFoundError,
    GroupId,
    GroupNotFoundError,
)
from services.catalog.components.events import DependencyDeclared, RedundancyGroupDefined
from services.catalog.components.schemas.dependencies import DependencyRecord
from services.catalog.components.schemas.groups import RedundancyGroupRecord
from services.catalog.components.tables import dependencies, groups
from services.catalog.components.tables.dependencies import DEPENDENCY
from services.catalog.components.tables.groups import REDUNDANCY_GROUP
from services.catalog.permissions import require_provider
from shared.auth import Actor
from shared.db import ReadTx
from shared.history import History, HistoryEntry
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page, of_row

DEPENDENCIES: Final = Listing(
    source=sa.select(DEPENDENCY),
    key=DEPENDENCY.c.id,
    filters={
        "from_id": DEPENDENCY.c.from_id,
        "to_id": DEPENDENCY.c.to_id,
        "type": DEPENDENCY.c.type,
        "failure_mode": DEPENDENCY.c.failure_mode,
        "evidence": DEPENDENCY.c.evidence,
        "redundancy_group_id": DEPENDENCY.c.redundancy_group_id,
        "valid_from": DEPENDENCY.c.valid_from,
        "valid_to": DEPENDENCY.c.valid_to,
        "open_ended": DEPENDENCY.c.valid_to.is_(None),
    },
    sorts={
        "valid_from": DEPENDENCY.c.valid_from,
        "created_at": DEPENDENCY.c.created_at,
        "id": DEPENDENCY.c.id,
    },
    default_sort="valid_from",
)
REDUNDANCY_GROUPS: Final = Listing(
    source=sa.select(REDUNDANCY_GROUP),
    key=REDUNDANCY_GROUP.c.id,
    filters={
        "node_id": REDUNDANCY_GROUP.c.node_id,
        "name": REDUNDANCY_GROUP.c.name,
        "valid_from": REDUNDANCY_GROUP.c.valid_from,
        "valid_to": REDUNDANCY_GROUP.c.valid_to,
        "open_ended": REDUNDANCY_GROUP.c.valid_to.is_(None),
    },
    sorts={
        "name": REDUNDANCY_GROUP.c.name,
        "valid_from": REDUNDANCY_GROUP.c.valid_from,
        "created_at": REDUNDANCY_GROUP.c.created_at,
        "id": REDUNDANCY_GROUP.c.id,
    },
    default_sort="name",
)
DEPENDENCY_HISTORY: Final = History("catalog", "dependency")
REDUNDANCY_GROUP_HISTORY: Final = History("catalog", "redundancy_group")


async def read_dependency(
    tx: ReadTx, *, dependency_id: DependencyId, as_of: datetime | None = None, actor: Actor
) -> DependencyRecord:
    """Return one dependency as it is now, or as it was known at an instant.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        DependencyNotFoundError: there is none with this id, or was none yet.
    """
    require_provider(actor)
    if as_of is None:
        return DependencyRecord.of(await dependencies.find_dependency(tx, dependency_id))
    told = await DEPENDENCY_HISTORY.state_at(tx, key=dependency_id, as_of=as_of)
    if told is None:
        raise DependencyNotFoundError(f"There is no dependency {dependency_id}.")
    return told.record(DependencyRecord, DependencyDeclared)


async def read_dependency_history(
    tx: ReadTx, *, dependency_id: DependencyId, asked: PageRequest, actor: Actor
) -> Page[HistoryEntry]:
    """Return a page of what happened to a dependency, by sequence.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        DependencyNotFoundError: there is none with this id.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    found = await DEPENDENCY_HISTORY.entries(tx, key=dependency_id, asked=asked)
    if found is None:
        raise DependencyNotFoundError(f"There is no dependency {dependency_id}.")
    return found


async def list_dependencies(
    tx: ReadTx, *, asked: PageRequest, actor: Actor
) -> Page[DependencyRecord]:
    """Return a page of dependencies, those that ended included.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    rows, following = await page(tx, DEPENDENCIES, asked)
    items = [of_row(DependencyRecord, row) for row in rows]
    return Page[DependencyRecord](items=items, next=following)


async def read_redundancy_group(
    tx: ReadTx, *, group_id: GroupId, as_of: datetime | None = None, actor: Actor
) -> RedundancyGroupRecord:
    """Return one redundancy group as it is now, or as it was known at an instant.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        GroupNotFoundError: there is none with this id, or was none yet.
    """
    require_provider(actor)
    if as_of is None:
        return RedundancyGroupRecord.of(await groups.find_group(tx, group_id))
    told = await REDUNDANCY_GROUP_HISTORY.state_at(tx, key=group_id, as_of=as_of)
    if told is None:
        raise GroupNotFoundError(f"There is no redundancy group {group_id}.")
    return told.record(RedundancyGroupRecord, RedundancyGroupDefined)


async def read_redundancy_group_history(
    tx: ReadTx, *, group_id: GroupId, asked: PageRequest, actor: Actor
) -> Page[HistoryEntry]:
    """Return a page of what happened to a redundancy group, by sequence.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        GroupNotFoundError: there is none with this id.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    found = await REDUNDANCY_GROUP_HISTORY.entries(tx, key=group_id, asked=asked)
    if found is None:
        raise GroupNotFoundError(f"There is no redundancy group {group_id}.")
    return found


async def list_redundancy_groups(
    tx: ReadTx, *, asked: PageRequest, actor: Actor
) -> Page[RedundancyGroupRecord]:
    """Return a page of redundancy groups, those that ended included.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    rows, following = await page(tx, REDUNDANCY_GROUPS, asked)
    items = [of_row(RedundancyGroupRecord, row) for row in rows]
    return Page[RedundancyGroupRecord](items=items, next=following)
