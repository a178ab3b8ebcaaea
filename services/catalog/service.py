"""The map of the catalog service: its areas from upper to lower. Read this first."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.catalog import teams
from services.catalog.permissions import PERMISSIONS
from services.catalog.schema import METADATA
from services.catalog.settings import Settings
from services.catalog.teams import events as team_events
from services.catalog.teams import routes as team_routes
from shared import kernel_api
from shared.service import Area, Service

AREAS: Final = (
    Area(
        name="teams",
        router=team_routes.router,
        published=team_events.PUBLISHED,
        aggregates=("team",),
    ),
)

SERVICE: Final = Service(
    name="catalog",
    about=teams.__doc__ or "",
    settings=Settings,
    metadata=METADATA,
    areas=AREAS,
    permissions={**kernel_api.PERMISSIONS, **PERMISSIONS},
    folder=Path(__file__).parent,
    release=1,
)
