"""The map of the incident service: its areas from upper to lower. Read this first."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import services.incident
from services.incident.clocks import events as clock_events
from services.incident.clocks import jobs as clock_jobs
from services.incident.clocks import routes as clock_routes
from services.incident.imports import cli as import_commands
from services.incident.incidents import events as incident_events
from services.incident.incidents import jobs as incident_jobs
from services.incident.incidents import routes as incident_routes
from services.incident.incidents import subscriptions as incident_subscriptions
from services.incident.metrics import routes as metric_routes
from services.incident.outages import events as outage_events
from services.incident.outages import routes as outage_routes
from services.incident.permissions import PERMISSIONS
from services.incident.routing import events as routing_events
from services.incident.routing import routes as routing_routes
from services.incident.schema import METADATA
from services.incident.settings import Settings
from services.incident.signals import events as signal_events
from services.incident.signals import jobs as signal_jobs
from services.incident.signals import routes as signal_routes
from services.incident.views import subscriptions as view_subscriptions
from shared import kernel_api
from shared.service import Area, Service

AREAS: Final = (
    Area(name="imports", commands=import_commands.add_commands),
    Area(name="metrics", router=metric_routes.router),
    Area(
        name="signals",
        router=signal_routes.router,
        jobs=signal_jobs.JOBS,
        published=signal_events.PUBLISHED,
        aggregates=("signal", "integration"),
    ),
    Area(
        name="incidents",
        router=incident_routes.router,
        subscriptions=incident_subscriptions.SUBSCRIPTIONS,
        timers=incident_jobs.TIMERS,
        published=incident_events.PUBLISHED,
        aggregates=("incident", "priority_matrix"),
    ),
    # An area of its own: rules live and are told of without any incident, which only asks them.
    Area(
        name="routing",
        router=routing_routes.router,
        published=routing_events.PUBLISHED,
        aggregates=("routing_rule",),
    ),
    Area(
        name="clocks",
        router=clock_routes.router,
        timers=clock_jobs.TIMERS,
        jobs=clock_jobs.JOBS,
        published=clock_events.PUBLISHED,
        aggregates=("sla_clock",),
    ),
    Area(
        name="outages",
        router=outage_routes.router,
        published=outage_events.PUBLISHED,
        aggregates=("outage",),
    ),
    Area(name="views", subscriptions=view_subscriptions.SUBSCRIPTIONS),
)

SERVICE: Final = Service(
    name="incident",
    about=services.incident.__doc__ or "",
    settings=Settings,
    metadata=METADATA,
    areas=AREAS,
    permissions={**kernel_api.PERMISSIONS, **PERMISSIONS},
    folder=Path(__file__).parent,
    release=1,
)
