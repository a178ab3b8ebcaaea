"""Rules about rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, NewType, TypeAlias
from uuid import UUID

from services.notify.rules.events import RuleChanged
from shared.errors import DomainError, Kind

RuleId = NewType("RuleId", UUID)
RuleStatus: TypeAlias = Literal["enabled", "disabled"]
Condition: TypeAlias = Literal["always", "team_changed", "not_told"]
"""``team_changed``: not the team that this rule told last about the record; ``not_told``: nobody
whom this rule has told about the record already."""
Audience: TypeAlias = Literal["business", "technical", "system"]
Recipients: TypeAlias = Literal[
    "owner_team", "representatives_in_reach", "told", "webhook_endpoints"
]
Template: TypeAlias = Literal[
    "incident_assigned",
    "incident_impact",
    "incident_overdue",
    "incident_reopened",
    "incident_resolved",
    "incident_withdrawn",
    "event_document",
]
ChannelName: TypeAlias = Literal["email", "log", "webhook"]
Urgency: TypeAlias = Literal["high", "low"]
ANY_EVENT: Final = "*"
TRANSITIONS: Final[Mapping[RuleStatus, tuple[RuleStatus, ...]]] = {
    "enabled": ("disabled",),
    "disabled": ("enabled",),
}


class RuleNotFoundError(DomainError):
    """No such rule."""

    code = "rule-not-found"
    kind = Kind.NOT_FOUND
    title = "No such rule"


class RuleTransitionError(DomainError):
    """The rule's status does not allow this."""

    code = "rule-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The rule's status does not allow this"


class ChannelsNotPossibleError(DomainError):
    """The rule's recipients cannot be reached this way."""

    code = "channels-not-possible"
    kind = Kind.INVALID
    title = "The rule's recipients cannot be reached this way"


@dataclass(frozen=True, slots=True)
class Rule:
    """Tells somebody of certain events; ``version`` counts its own events.

    ``channels`` are tried in their order: the first that is set up is taken.
    """

    id: RuleId
    name: str
    status: RuleStatus
    event_types: tuple[str, ...]
    condition: Condition
    audience: Audience
    recipients: Recipients
    template: Template
    channels: tuple[ChannelName, ...]
    urgency: Urgency
    version: int
    created_at: datetime
    updated_at: datetime

    def matches(self, event_type: str) -> bool:
        """Tell whether the rule wants to hear of events of this type, enabled or not."""
        return ANY_EVENT in self.event_types or event_type in self.event_types

    def revise(
        self, changes: Mapping[str, Any], *, now: datetime
    ) -> tuple[Rule, list[RuleChanged]]:
        """Change name, channels or urgency; a change that changes nothing makes no event.

        Raises:
            ChannelsNotPossibleError: endpoints take webhooks and nothing else, people take no
                webhooks, or a channel is named twice.
        """
        after = replace(self, **changes)
        to_endpoints = after.recipients == "webhook_endpoints"
        if any((name == "webhook") != to_endpoints for name in after.channels):
            possible = "webhook" if to_endpoints else "email and log"
            raise ChannelsNotPossibleError(
                f"Recipients of this rule are reached by {possible} only.", pointer="/channels"
            )
        if len(set(after.channels)) != len(after.channels):
            raise ChannelsNotPossibleError("A channel is named twice.", pointer="/channels")
        return self._become(after, now=now)

    def move(self, to: RuleStatus, *, now: datetime) -> tuple[Rule, list[RuleChanged]]:
        """Enable or disable the rule.

        Raises:
            RuleTransitionError: it is there already.
        """
        allowed = TRANSITIONS[self.status]
        if to not in allowed:
            raise RuleTransitionError(
                f"A rule that is {self.status} cannot become {to}.",
                extras={"allowed": list(allowed)},
            )
        return self._become(replace(self, status=to), now=now)

    def _become(self, after: Rule, *, now: datetime) -> tuple[Rule, list[RuleChanged]]:
        if after == self:
            return self, []
        after = replace(after, version=self.version + 1, updated_at=now)
        event = RuleChanged(
            rule_id=after.id,
            name=after.name,
            status=after.status,
            event_types=list(after.event_types),
            condition=after.condition,
            audience=after.audience,
            recipients=after.recipients,
            template=after.template,
            channels=list(after.channels),
            urgency=after.urgency,
        )
        return after, [event]
