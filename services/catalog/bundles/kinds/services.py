"""Services and their use as entries of a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from services.catalog.bundles.domain.documents import Reference
from services.catalog.bundles.domain.statuses import Statuses
from services.catalog.bundles.kinds.commands import end_by, make_by, move_by, revise_by
from services.catalog.bundles.kinds.kind import Kind, Rows, by_fields
from services.catalog.bundles.kinds.spans import over_or_not, until, until_after_now
from services.catalog.portfolio import commands
from services.catalog.portfolio.domain import TRANSITIONS
from services.catalog.portfolio.queries import SERVICE_USES, SERVICES
from services.catalog.portfolio.schemas.services import (
    ChangeService,
    ProposeService,
    ServiceRecord,
)
from services.catalog.portfolio.schemas.uses import ServiceUseRecord, StartServiceUse

_PIPELINE: Final = (
    "requirements",
    "definition",
    "analysis",
    "approved",
    "chartered",
    "design",
    "development",
    "build_test_release",
)


def _use_key(value: Mapping[str, Any]) -> str:
    return f"{value.get('customer')}:{value.get('service')}"


SERVICE: Final = Kind(
    name="service",
    model=ProposeService,
    patch=ChangeService,
    rows=Rows(SERVICES, by_fields(ServiceRecord), present=SERVICES.filters["phase"] != "retired"),
    make=make_by(commands.propose_service, "service_id"),
    revise=revise_by(commands.change_service, "ref"),
    move=move_by(commands.move_service, "ref"),
    references=(
        Reference(("owner_team",), "owner_team_id", ("team",)),
        Reference(("support_calendar",), "support_calendar_id", ("calendar",)),
        Reference(("service_manager",), "service_manager_id", ("contact",)),
        Reference(("inner_owner",), "inner_owner_id", ("contact",)),
        Reference(("continuity_manager",), "continuity_manager_id", ("contact",)),
    ),
    statuses=Statuses(
        TRANSITIONS,
        "build_test_release",
        endings=frozenset({"retired", "obsolete", "cancelled"}),
        final=frozenset({"retired", "obsolete", "cancelled"}),
        born={
            **{status: status for status in _PIPELINE},
            **dict.fromkeys(
                ("operational", "retiring", "retired", "obsolete"), "build_test_release"
            ),
        },
        asked=True,
    ),
    late=True,
)
SERVICE_USE: Final = Kind(
    name="service_use",
    model=StartServiceUse,
    rows=Rows(
        SERVICE_USES,
        by_fields(ServiceUseRecord),
        present=until_after_now(SERVICE_USES.filters["valid_to"]),
    ),
    make=make_by(commands.start_service_use, "use_id"),
    move=end_by(partial(commands.end_service_use, valid_to=None), "use_id"),
    references=(
        Reference(("customer",), "customer_id", ("customer",)),
        Reference(("service",), "service_id", ("service",)),
        Reference(("offering",), "offering_id", ("offering",)),
    ),
    statuses=until("ended"),
    status_of=over_or_not("ended"),
    only_given=frozenset({"valid_from", "valid_to"}),
    derive=_use_key,
)
