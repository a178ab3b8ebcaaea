"""The words that incidents are told in: closed sets, and what every event of one says."""

from __future__ import annotations

from typing import Any, ClassVar, Final, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.incident.routing import events as routing

State: TypeAlias = Literal[
    "new", "assigned", "in_progress", "on_hold", "resolved", "closed", "cancelled", "merged"
]
Channel: TypeAlias = routing.Channel
HoldReason: TypeAlias = Literal[
    "awaiting_caller",
    "awaiting_supplier",
    "awaiting_change",
    "awaiting_problem",
    "scheduled_with_customer",
]
PrioritySource: TypeAlias = Literal["matrix", "override"]
MajorState: TypeAlias = Literal["none", "proposed", "accepted", "rejected", "stood_down"]
Milestone: TypeAlias = Literal["identified", "mitigated"]
Role: TypeAlias = Literal["commander", "communications", "scribe", "liaison"]
Relation: TypeAlias = Literal["parent", "problem", "caused_by_change", "fixed_by_change"]
Visibility: TypeAlias = Literal["internal", "customer", "public"]

EXAMPLE_ID: Final = "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e01"
EXAMPLE_SERVICE: Final = "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e02"
EXAMPLE_TEAM: Final = "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e03"
EXAMPLE_CUSTOMER: Final = "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e04"
EXAMPLE_SIGNAL: Final = "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e05"
EXAMPLE_RULE: Final = "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e21"
EXAMPLE_ITEM: Final = "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e0a"


def example(**own: Any) -> ConfigDict:  # noqa: ANN401 - any JSON value
    """Return the configuration with an example of an event: the common state and its own."""
    state: dict[str, Any] = {
        "incident_id": EXAMPLE_ID,
        "number": "INC0000042",
        "title": "Orders cannot be placed",
        "category": "database/locks",
        "state": "in_progress",
        "priority": 1,
        "impact": 1,
        "urgency": 1,
        "service_id": EXAMPLE_SERVICE,
        "assignment_team_id": EXAMPLE_TEAM,
        "assignee": "nora.okafor",
        "parent_id": None,
        "problem_id": None,
        "caused_by_change_id": None,
        "fixed_by_change_ids": [],
    }
    return ConfigDict(json_schema_extra={"examples": [{**state, **own}]})


class IncidentEvent(BaseModel, frozen=True, extra="forbid"):
    """What each event of an incident says: how the incident stands after it.

    Impact and urgency are 1 (high) to 3 (low), priority is 1 (critical) to 5 (planning).
    """

    TYPE: ClassVar[str]

    incident_id: UUID
    number: str
    title: str
    state: State
    priority: int
    impact: int
    urgency: int
    service_id: UUID | None
    assignment_team_id: UUID | None
    assignee: str | None
    parent_id: UUID | None = None
    problem_id: UUID | None = None
    caused_by_change_id: UUID | None = None
    fixed_by_change_ids: tuple[UUID, ...] = ()
    category: str | None = None


class ReachedService(BaseModel, frozen=True, extra="forbid"):
    """A service in reach; the disturbed one itself has distance 0."""

    service_id: UUID
    name_business: str
    distance: int


class ReachedCustomer(BaseModel, frozen=True, extra="forbid"):
    """A customer in reach and the services in reach that it uses, nearest first."""

    customer_id: UUID
    service_ids: tuple[UUID, ...]
