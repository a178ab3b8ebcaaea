"""Reading the map: ``items`` and ``records`` for the edge, ``whole_map`` for who holds it all."""

from services.catalog.components.queries.items import (
    CONFIGURATION_ITEM_HISTORY,
    CONFIGURATION_ITEMS,
    list_configuration_items,
    read_configuration_item,
    read_configuration_item_history,
)
from services.catalog.components.queries.records import (
    DEPENDENCIES,
    DEPENDENCY_HISTORY,
    REDUNDANCY_GROUP_HISTORY,
    REDUNDANCY_GROUPS,
    list_dependencies,
    list_redundancy_groups,
    read_dependency,
    read_dependency_history,
    read_redundancy_group,
    read_redundancy_group_history,
)

__all__ = [
    "CONFIGURATION_ITEMS",
    "CONFIGURATION_ITEM_HISTORY",
    "DEPENDENCIES",
    "DEPENDENCY_HISTORY",
    "REDUNDANCY_GROUPS",
    "REDUNDANCY_GROUP_HISTORY",
    "list_configuration_items",
    "list_dependencies",
    "list_redundancy_groups",
    "read_configuration_item",
    "read_configuration_item_history",
    "read_dependency",
    "read_dependency_history",
    "read_redundancy_group",
    "read_redundancy_group_history",
]
