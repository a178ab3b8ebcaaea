"""Reading the map."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from services.catalog.components import tables
from services.catalog.components.domain import DependencyId
from services.catalog.components.schemas import DependencyRecord
from services.catalog.components.tables import DEPENDENCY
from services.catalog.permissions import require_provider
from shared.auth import Actor
from shared.db import ReadTx
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page

DEPENDENCIES: Final = Listing(
    source=sa.select(DEPENDENCY),
    key=DEPENDENCY.c.id,
    filters={
        "from_id": DEPENDENCY.c.from_id,
        "to_id": DEPENDENCY.c.to_id,
        "type": DEPENDENCY.c.type,
        "failure_mode": DEPENDENCY.c.failure_mode,
        "valid_from": DEPENDENCY.c.valid_from,
        "removed": DEPENDENCY.c.valid_to.is_not(None),
    },
    sorts={
        "valid_from": DEPENDENCY.c.valid_from,
        "created_at": DEPENDENCY.c.created_at,
        "id": DEPENDENCY.c.id,
    },
    default_sort="valid_from",
)


async def read_dependency(
    tx: ReadTx, *, dependency_id: DependencyId, actor: Actor
) -> DependencyRecord:
    """Return one dependency as it is now.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        DependencyNotFoundError: there is none with this id.
    """
    require_provider(actor)
    return DependencyRecord.of(await tables.find_dependency(tx, dependency_id))


async def list_dependencies(
    tx: ReadTx, *, asked: PageRequest, actor: Actor
) -> Page[DependencyRecord]:
    """Return a page of dependencies, removed ones included.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    rows, following = await page(tx, DEPENDENCIES, asked)
    items = [
        DependencyRecord.model_validate({name: row[name] for name in DependencyRecord.model_fields})
        for row in rows
    ]
    return Page[DependencyRecord](items=items, next=following)
