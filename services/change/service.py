"""The map of the change service: its areas from upper to lower. Read this first."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import services.change
from services.change.changes import events as change_events
from services.change.changes import jobs as change_jobs
from services.change.changes import routes as change_routes
from services.change.permissions import PERMISSIONS
from services.change.schema import METADATA
from services.change.settings import Settings
from services.change.views import subscriptions as view_subscriptions
from shared import kernel_api
from shared.service import Area, Service

AREAS: Final = (
    Area(
        name="changes",
        router=change_routes.router,
        timers=change_jobs.TIMERS,
        published=change_events.PUBLISHED,
        aggregates=("change",),
    ),
    Area(name="views", subscriptions=(view_subscriptions.VIEWS,)),
)

SERVICE: Final = Service(
    name="change",
    about=services.change.__doc__ or "",
    settings=Settings,
    metadata=METADATA,
    areas=AREAS,
    permissions={**kernel_api.PERMISSIONS, **PERMISSIONS},
    folder=Path(__file__).parent,
    release=1,
)
