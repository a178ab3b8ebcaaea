"""Which events of its siblings notify hears of: every type that an endpoint can ask for."""

from __future__ import annotations

from typing import Final


def _types(aggregate: str, *facts: str) -> tuple[str, ...]:
    return tuple(f"itsm.{aggregate}.{fact}.v1" for fact in facts)


INCIDENT_TYPES: Final = _types(
    "incident",
    "declared",
    "updated",
    "acknowledged",
    "assigned",
    "reassigned",
    "started",
    "priority_changed",
    "put_on_hold",
    "follow_up_due",
    "resumed",
    "milestone_recorded",
    "timestamps_corrected",
    "commented",
    "linked",
    "unlinked",
    "role_assigned",
    "resolved",
    "reopened",
    "closed",
    "cancelled",
    "merged",
    "major_proposed",
    "major_accepted",
    "major_rejected",
    "major_stood_down",
)
"""How an incident stands; its reach and missed targets are heard of besides."""
OTHER_TYPES: Final = (
    *_types("team", "changed"),
    *_types("customer", "registered", "updated", "deactivated"),
    *_types("supplier", "changed"),
    *_types("service", "proposed", "updated", "status_changed", "retired"),
    *_types("service_health", "changed"),
    *_types("service_use", "started", "ended"),
    *_types("offering", "drafted", "published", "changed", "withdrawn"),
    *_types("request_item", "published", "changed", "withdrawn"),
    *_types(
        "agreement",
        "drafted",
        "revised",
        "proposed",
        "agreed",
        "activated",
        "amended",
        "review_started",
        "review_completed",
        "expired",
        "terminated",
    ),
    *_types("configuration_item", "registered", "updated", "status_changed", "retired"),
    *_types("dependency", "declared", "changed", "removed"),
    *_types("redundancy_group", "defined", "changed", "removed"),
    *_types("signal", "received", "deduplicated", "linked", "released", "resolved"),
    *_types("integration", "registered", "changed", "retired"),
    *_types("priority_matrix", "changed"),
    *_types("routing_rule", "registered", "changed", "retired"),
    *_types(
        "sla_clock",
        "started",
        "paused",
        "resumed",
        "retargeted",
        "at_risk",
        "met",
        "stopped",
        "cancelled",
        "corrected",
    ),
    *_types("outage", "started", "changed", "ended", "merged", "corrected"),
    *_types(
        "change",
        "requested",
        "updated",
        "submitted",
        "assessed",
        "authorised",
        "rejected",
        "reverted",
        "scheduled",
        "cancelled",
        "implementation_started",
        "overran",
        "implemented",
        "backed_out",
        "reviewed",
        "closed",
    ),
)
"""What only endpoints hear of."""
LEFT_OUT: Final = (
    # Contacts' events hold addresses, which no endpoint needs.
    *_types("contact", "changed"),
    # Ten years of open days, for those who count by them.
    *_types("calendar", "changed"),
)
"""What endpoints cannot ask for."""
