"""What the world learns about incidents."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.incident.incidents.events.vocabulary import (
    EXAMPLE_CUSTOMER,
    EXAMPLE_ITEM,
    EXAMPLE_RULE,
    EXAMPLE_SERVICE,
    EXAMPLE_SIGNAL,
    EXAMPLE_TEAM,
    Channel,
    HoldReason,
    IncidentEvent,
    Milestone,
    PrioritySource,
    ReachedCustomer,
    ReachedService,
    Visibility,
    example,
)


class IncidentDeclared(IncidentEvent):
    """An incident was declared; routing may have given it a team already (state ``assigned``).

    ``signal_ids`` has the first hundred signals that led to it; ``routing_rule_id`` is the rule
    that chose the team, null where none did.
    """

    TYPE = "itsm.incident.declared.v1"
    model_config = example(
        state="assigned",
        assignee=None,
        description_technical="alertname=OrderErrors instance=shop-1",
        description_business="Web shop is disturbed",
        channel="monitoring",
        caller=None,
        customer_ids=[],
        affected_service_ids=[EXAMPLE_SERVICE],
        ci_ids=[EXAMPLE_ITEM],
        dedup_key="{}:{alertname='OrderErrors'}",
        signal_ids=[EXAMPLE_SIGNAL],
        routing_rule_id=EXAMPLE_RULE,
    )

    description_technical: str
    description_business: str
    channel: Channel
    caller: str | None
    customer_ids: tuple[UUID, ...]
    affected_service_ids: tuple[UUID, ...]
    dedup_key: str | None
    signal_ids: tuple[UUID, ...]
    ci_ids: tuple[UUID, ...] = ()
    routing_rule_id: UUID | None = None


class IncidentImpactAssessed(IncidentEvent):
    """Who and what is in reach; computed from the map at ``map_version``.

    A reach too large for one event comes in ``parts``; each carries its own share of it.
    """

    TYPE = "itsm.incident.impact_assessed.v1"
    model_config = example(
        services=[{"service_id": EXAMPLE_SERVICE, "name_business": "Web shop", "distance": 0}],
        customers=[{"customer_id": EXAMPLE_CUSTOMER, "service_ids": [EXAMPLE_SERVICE]}],
        map_version=17,
        part=1,
        parts=1,
    )

    services: tuple[ReachedService, ...]
    customers: tuple[ReachedCustomer, ...]
    map_version: int
    part: int
    parts: int


class IncidentUpdated(IncidentEvent):
    """Its description was changed; ``changed`` names the fields that were."""

    TYPE = "itsm.incident.updated.v1"
    model_config = example(
        changed=["title"],
        description_technical="alertname=OrderErrors instance=shop-1",
        description_business="Web shop is disturbed",
        caller=None,
        customer_ids=[],
        affected_service_ids=[EXAMPLE_SERVICE],
        ci_ids=[EXAMPLE_ITEM],
        previous_service_id=EXAMPLE_SERVICE,
    )

    changed: tuple[str, ...]
    description_technical: str
    description_business: str
    caller: str | None
    customer_ids: tuple[UUID, ...]
    affected_service_ids: tuple[UUID, ...]
    previous_service_id: UUID | None
    ci_ids: tuple[UUID, ...] = ()


class IncidentAcknowledged(IncidentEvent):
    """The first person took note of it."""

    TYPE = "itsm.incident.acknowledged.v1"
    model_config = example(acknowledged_at="2026-03-02T09:04:00Z")

    acknowledged_at: datetime


class IncidentAssigned(IncidentEvent):
    """A team got it for the first time; ``by_routing`` tells whether without a person.

    ``routing_rule_id`` is then the rule that chose it, null where that was its service's owner.
    ``external_group`` is the group of another system, where its history was imported.
    """

    TYPE = "itsm.incident.assigned.v1"
    model_config = example(state="assigned", by_routing=False, routing_rule_id=None)

    by_routing: bool
    external_group: str | None = None
    routing_rule_id: UUID | None = None


class IncidentReassigned(IncidentEvent):
    """Another team or person has it now; ``external_group`` as in an assignment."""

    TYPE = "itsm.incident.reassigned.v1"
    model_config = example(
        state="assigned", previous_team_id=EXAMPLE_TEAM, previous_assignee="jon.berg"
    )

    previous_team_id: UUID | None
    previous_assignee: str | None
    external_group: str | None = None


class IncidentStarted(IncidentEvent):
    """Somebody works on it."""

    TYPE = "itsm.incident.started.v1"
    model_config = example()


class IncidentPriorityChanged(IncidentEvent):
    """Its impact, urgency or priority changed; ``reason`` is set where a person overrode."""

    TYPE = "itsm.incident.priority_changed.v1"
    model_config = example(
        previous_priority=2,
        previous_impact=2,
        previous_urgency=1,
        source="matrix",
        reason=None,
    )

    previous_priority: int
    previous_impact: int
    previous_urgency: int
    source: PrioritySource
    reason: str | None


class IncidentPutOnHold(IncidentEvent):
    """Work waits for something; ``follow_up_at`` is when somebody looks again."""

    TYPE = "itsm.incident.put_on_hold.v1"
    model_config = example(
        state="on_hold", reason="awaiting_supplier", follow_up_at="2026-03-03T09:00:00Z"
    )

    reason: HoldReason
    follow_up_at: datetime


class IncidentResumed(IncidentEvent):
    """Work goes on."""

    TYPE = "itsm.incident.resumed.v1"
    model_config = example(previous_reason="awaiting_supplier")

    previous_reason: HoldReason


class IncidentMilestoneRecorded(IncidentEvent):
    """The cause was found, or the effect on users ended."""

    TYPE = "itsm.incident.milestone_recorded.v1"
    model_config = example(milestone="identified", reached_at="2026-03-02T09:20:00Z")

    milestone: Milestone
    reached_at: datetime


class IncidentCommented(IncidentEvent):
    """Somebody added an entry to the timeline."""

    TYPE = "itsm.incident.commented.v1"
    model_config = example(visibility="internal", text="Failing over to the second node.")

    visibility: Visibility
    text: str


class IncidentResolved(IncidentEvent):
    """Service is restored, or a workaround is in place."""

    TYPE = "itsm.incident.resolved.v1"
    model_config = example(
        state="resolved",
        resolution_code="permanent_fix",
        resolution_technical="Restarted the order database on its second node.",
        resolution_business="Orders can be placed again.",
        workaround=None,
        resolved_at="2026-03-02T09:41:00Z",
        minutes_since_start=41,
    )

    resolution_code: str
    resolution_technical: str
    resolution_business: str
    workaround: str | None
    resolved_at: datetime
    minutes_since_start: int


class IncidentReopened(IncidentEvent):
    """It was not over; ``reopen_count`` counts from 1."""

    TYPE = "itsm.incident.reopened.v1"
    model_config = example(reason="Orders fail again.", reopen_count=1)

    reason: str
    reopen_count: int


class IncidentClosed(IncidentEvent):
    """Nobody objected to the resolution; ``automatic`` tells whether by the passing of time."""

    TYPE = "itsm.incident.closed.v1"
    model_config = example(
        state="closed",
        automatic=True,
        closed_at="2026-03-05T09:41:00Z",
        resolution_code="permanent_fix",
    )

    automatic: bool
    closed_at: datetime
    resolution_code: str


class IncidentCancelled(IncidentEvent):
    """It was no incident."""

    TYPE = "itsm.incident.cancelled.v1"
    model_config = example(state="cancelled", reason="A planned test, announced beforehand.")

    reason: str


class IncidentMerged(IncidentEvent):
    """It is the same as another one, which lives on."""

    TYPE = "itsm.incident.merged.v1"
    model_config = example(
        state="merged",
        duplicate_of="0197a0c2-7d31-7c50-8f00-5b6a2f4c1e06",
        duplicate_of_number="INC0000041",
    )

    duplicate_of: UUID
    duplicate_of_number: str
