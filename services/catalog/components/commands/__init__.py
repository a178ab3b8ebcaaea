"""What can be done with the map.

``nodes`` is for the areas that own what stands on it, ``items`` for the one kind of node that
belongs here, ``dependencies`` and ``groups`` say what rests on what; ``bulk`` takes many at once.
"""

from services.catalog.components.commands.bulk import (
    declare_dependencies,
    register_configuration_items,
)
from services.catalog.components.commands.dependencies import (
    change_dependency,
    declare_dependency,
    remove_dependency,
)
from services.catalog.components.commands.groups import (
    change_redundancy_group,
    define_redundancy_group,
    remove_redundancy_group,
)
from services.catalog.components.commands.items import (
    change_configuration_item,
    move_configuration_item,
    register_configuration_item,
)
from services.catalog.components.commands.nodes import register_node, rename_node, retire_node

__all__ = [
    "change_configuration_item",
    "change_dependency",
    "change_redundancy_group",
    "declare_dependencies",
    "declare_dependency",
    "define_redundancy_group",
    "move_configuration_item",
    "register_configuration_item",
    "register_configuration_items",
    "register_node",
    "remove_dependency",
    "remove_redundancy_group",
    "rename_node",
    "retire_node",
]
