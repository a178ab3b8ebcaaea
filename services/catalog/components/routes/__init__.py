"""HTTP for the map: ``items``, ``dependencies`` and ``groups`` put their routes on one router."""

from services.catalog.components.routes import dependencies, groups, items
from services.catalog.components.routes.router import router

__all__ = ["dependencies", "groups", "items", "router"]
