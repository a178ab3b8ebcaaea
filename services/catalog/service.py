"""The map of the catalog service: its areas from upper to lower. Read this first."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services import catalog
from services.catalog.agreements import events as agreement_events
from services.catalog.agreements import jobs as agreement_jobs
from services.catalog.agreements import routes as agreement_routes
from services.catalog.bundles import cli as bundle_commands
from services.catalog.bundles import routes as bundle_routes
from services.catalog.calendars import events as calendar_events
from services.catalog.calendars import jobs as calendar_jobs
from services.catalog.calendars import routes as calendar_routes
from services.catalog.components import events as component_events
from services.catalog.components import routes as component_routes
from services.catalog.contacts import events as contact_events
from services.catalog.contacts import routes as contact_routes
from services.catalog.customers import events as customer_events
from services.catalog.customers import routes as customer_routes
from services.catalog.health import events as health_events
from services.catalog.health import jobs as health_jobs
from services.catalog.health import routes as health_routes
from services.catalog.health import subscriptions as health_subscriptions
from services.catalog.impact import routes as impact_routes
from services.catalog.permissions import PERMISSIONS
from services.catalog.portfolio import events as portfolio_events
from services.catalog.portfolio import routes as portfolio_routes
from services.catalog.schema import METADATA
from services.catalog.settings import Settings
from services.catalog.suppliers import events as supplier_events
from services.catalog.suppliers import routes as supplier_routes
from services.catalog.teams import events as team_events
from services.catalog.teams import routes as team_routes
from shared import kernel_api
from shared.service import Area, Service

AREAS: Final = (
    Area(name="bundles", router=bundle_routes.router, commands=bundle_commands.add_commands),
    Area(
        name="health",
        router=health_routes.router,
        subscriptions=health_subscriptions.SUBSCRIPTIONS,
        timers=health_jobs.TIMERS,
        published=health_events.PUBLISHED,
        aggregates=("service_health",),
    ),
    Area(
        name="agreements",
        router=agreement_routes.router,
        timers=agreement_jobs.TIMERS,
        published=agreement_events.PUBLISHED,
        aggregates=("agreement",),
    ),
    Area(
        name="portfolio",
        router=portfolio_routes.router,
        published=portfolio_events.PUBLISHED,
        aggregates=("service", "offering", "request_item", "service_use"),
    ),
    Area(name="impact", router=impact_routes.router),
    Area(
        name="components",
        router=component_routes.router,
        published=component_events.PUBLISHED,
        aggregates=("configuration_item", "dependency", "redundancy_group"),
    ),
    Area(
        name="contacts",
        router=contact_routes.router,
        published=contact_events.PUBLISHED,
        aggregates=("contact",),
    ),
    Area(
        name="suppliers",
        router=supplier_routes.router,
        published=supplier_events.PUBLISHED,
        aggregates=("supplier",),
    ),
    Area(
        name="teams",
        router=team_routes.router,
        published=team_events.PUBLISHED,
        aggregates=("team",),
    ),
    Area(
        name="customers",
        router=customer_routes.router,
        published=customer_events.PUBLISHED,
        aggregates=("customer",),
    ),
    Area(
        name="calendars",
        router=calendar_routes.router,
        jobs=calendar_jobs.JOBS,
        published=calendar_events.PUBLISHED,
        aggregates=("calendar",),
    ),
)

SERVICE: Final = Service(
    name="catalog",
    about=catalog.__doc__ or "",
    settings=Settings,
    metadata=METADATA,
    areas=AREAS,
    permissions={**kernel_api.PERMISSIONS, **PERMISSIONS},
    folder=Path(__file__).parent,
    release=1,
)
