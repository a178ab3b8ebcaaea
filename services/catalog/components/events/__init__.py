"""What the world learns about configuration items and what rests on what."""

from services.catalog.components.events.dependencies import (
    DependencyChanged,
    DependencyDeclared,
    DependencyRemoved,
    DependencyState,
)
from services.catalog.components.events.groups import (
    RedundancyGroupChanged,
    RedundancyGroupDefined,
    RedundancyGroupRemoved,
    RedundancyGroupState,
)
from services.catalog.components.events.items import (
    ConfigurationItemRegistered,
    ConfigurationItemRetired,
    ConfigurationItemState,
    ConfigurationItemStatusChanged,
    ConfigurationItemUpdated,
    Environment,
    ExternalRefState,
    ItemKind,
    ItemStatus,
)

PUBLISHED = (
    ConfigurationItemRegistered,
    ConfigurationItemUpdated,
    ConfigurationItemStatusChanged,
    ConfigurationItemRetired,
    DependencyDeclared,
    DependencyChanged,
    DependencyRemoved,
    RedundancyGroupDefined,
    RedundancyGroupChanged,
    RedundancyGroupRemoved,
)

__all__ = [
    "PUBLISHED",
    "ConfigurationItemRegistered",
    "ConfigurationItemRetired",
    "ConfigurationItemState",
    "ConfigurationItemStatusChanged",
    "ConfigurationItemUpdated",
    "DependencyChanged",
    "DependencyDeclared",
    "DependencyRemoved",
    "DependencyState",
    "Environment",
    "ExternalRefState",
    "ItemKind",
    "ItemStatus",
    "RedundancyGroupChanged",
    "RedundancyGroupDefined",
    "RedundancyGroupRemoved",
    "RedundancyGroupState",
]
