"""Many at once, for imports: a statement per table instead of one per record.

Both take up to ``MAX_BATCH`` records in one transaction, which the caller commits. A record that
is refused refuses the batch; the error's pointer begins with the record's place in it, from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.catalog.components.commands.dependencies import declare
from services.catalog.components.commands.items import register
from services.catalog.components.domain import (
    ConfigurationItem,
    Dependency,
    NewConfigurationItem,
    NewDependency,
)
from services.catalog.permissions import require_provider
from shared.auth import Actor
from shared.db import Tx

MAX_BATCH: Final = 1_000


async def register_configuration_items(
    tx: Tx, *, items: Sequence[NewConfigurationItem], actor: Actor, now: datetime
) -> list[ConfigurationItem]:
    """Register up to 1,000 configuration items; numbers ascend in their order.

    Raises:
        ValueError: there are more.
        ProviderOnlyError: the actor is bounded to a customer.
        ConfigurationItemTeamError: an owner team does not exist or is retired.
        AttributesError: one has too many attributes, or too long ones.
        ExternalRefsError: one has too many external references, or one twice.
        ExternalRefTakenError: another one, or a present item, has one of its external references.
    Emits:
        itsm.configuration_item.registered.v1 for each
    """
    require_provider(actor)
    places = _places(len(items))
    return await register(tx, items, places=places, actor=actor, now=now) if items else []


async def declare_dependencies(
    tx: Tx, *, dependencies: Sequence[NewDependency], actor: Actor, now: datetime
) -> list[Dependency]:
    """Declare up to 1,000 dependencies between nodes that are there, and return them in order.

    Raises:
        ValueError: there are more.
        ProviderOnlyError: the actor is bounded to a customer.
        SelfDependencyError: both ends of one are the same.
        NodeUnknownError: an end does not exist.
        NodeRetiredError: an end is retired.
        GroupUnknownError: a consumer has no such redundancy group.
        DependencyPeriodError: one would end before it begins.
        DependencyExistsError: there is one of this type between these ends at some of its time.
    Emits:
        itsm.dependency.declared.v1 for each
    """
    require_provider(actor)
    places = _places(len(dependencies))
    if not dependencies:
        return []
    return await declare(tx, dependencies, places=places, actor=actor, now=now)


def _places(count: int) -> list[str]:
    if count > MAX_BATCH:
        message = f"{count} records at once; {MAX_BATCH} are allowed"
        raise ValueError(message)
    return [f"/{place}" for place in range(count)]
