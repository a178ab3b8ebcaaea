"""The map of the notify service: its areas from upper to lower. Read this first."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services import notify
from services.notify.channels import events as channel_events
from services.notify.channels import routes as channel_routes
from services.notify.deliveries import events as delivery_events
from services.notify.deliveries import jobs as delivery_jobs
from services.notify.deliveries import routes as delivery_routes
from services.notify.deliveries import subscriptions as delivery_subscriptions
from services.notify.permissions import PERMISSIONS
from services.notify.rules import events as rule_events
from services.notify.rules import routes as rule_routes
from services.notify.schema import METADATA
from services.notify.settings import Settings
from services.notify.views import subscriptions as view_subscriptions
from shared import kernel_api
from shared.service import Area, Service

AREAS: Final = (
    Area(
        name="deliveries",
        router=delivery_routes.router,
        subscriptions=delivery_subscriptions.SUBSCRIPTIONS,
        timers=delivery_jobs.TIMERS,
        jobs=delivery_jobs.JOBS,
        published=delivery_events.PUBLISHED,
        aggregates=("notification",),
    ),
    Area(
        name="channels",
        router=channel_routes.router,
        published=channel_events.PUBLISHED,
        aggregates=("webhook_endpoint",),
    ),
    Area(name="messages"),
    Area(
        name="rules",
        router=rule_routes.router,
        published=rule_events.PUBLISHED,
        aggregates=("rule",),
    ),
    Area(name="views", subscriptions=view_subscriptions.SUBSCRIPTIONS),
)

SERVICE: Final = Service(
    name="notify",
    about=notify.__doc__ or "",
    settings=Settings,
    metadata=METADATA,
    areas=AREAS,
    permissions={**kernel_api.PERMISSIONS, **PERMISSIONS},
    folder=Path(__file__).parent,
    release=1,
)
