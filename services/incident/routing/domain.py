"""Rules of routing: what a rule asks of an incident, and which of several decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NewType
from uuid import UUID

from services.incident.routing.events import (
    Channel,
    RoutingRuleChanged,
    RoutingRuleEvent,
    RoutingRuleRegistered,
    RoutingRuleRetired,
    RuleStatus,
)
from shared.errors import DomainError, Kind

RoutingRuleId = NewType("RoutingRuleId", UUID)
MAX_RULES: Final = 500
"""So many may be active at once: each is asked whenever an incident is declared."""
TRANSITIONS: Final[Mapping[RuleStatus, tuple[RuleStatus, ...]]] = {
    "active": ("retired",),
    "retired": ("active",),
}


class RoutingRuleNotFoundError(DomainError):
    """No such routing rule, or none for the caller's eyes."""

    code = "routing-rule-not-found"
    kind = Kind.NOT_FOUND
    title = "No such routing rule"


class RoutingRuleNameTakenError(DomainError):
    """Another active routing rule has this name."""

    code = "routing-rule-name-taken"
    kind = Kind.CONFLICT
    title = "Another active routing rule has this name"


class RoutingRuleTransitionError(DomainError):
    """The routing rule's status does not allow this."""

    code = "routing-rule-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The routing rule's status does not allow this"


class TooManyRoutingRulesError(DomainError):
    """As many rules as there may be are active."""

    code = "too-many-routing-rules"
    kind = Kind.CONFLICT
    title = "There are as many active routing rules as there may be"


class RoutingForProviderError(DomainError):
    """Who gets which work is the provider's matter, and the caller speaks for a customer."""

    code = "not-for-customers"
    kind = Kind.FORBIDDEN
    title = "This is for the provider's staff"


@dataclass(frozen=True, slots=True)
class Case:
    """What rules look at in an incident; ``lineage`` has its customers and all above them."""

    title: str
    service_id: UUID | None
    category: str | None
    channel: Channel
    lineage: frozenset[UUID]
    priority: int


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a rule asks for; an empty collection, or a category of None, asks for nothing.

    ``category`` is for itself and all below it: ``network`` also for ``network/lan``, not for
    ``networking``. ``title_words`` asks for one of them anywhere in the title, in any case.
    """

    service_ids: tuple[UUID, ...] = ()
    category: str | None = None
    channels: tuple[Channel, ...] = ()
    customer_ids: tuple[UUID, ...] = ()
    priorities: tuple[int, ...] = ()
    title_words: tuple[str, ...] = ()

    def hold(self, case: Case) -> bool:
        """Tell whether all of them hold for an incident."""
        return (
            (not self.service_ids or case.service_id in self.service_ids)
            and (not self.channels or case.channel in self.channels)
            and (not self.priorities or case.priority in self.priorities)
            and (self.category is None or is_within(case.category, self.category))
            and (not self.customer_ids or not case.lineage.isdisjoint(self.customer_ids))
            and (not self.title_words or _says_one(case.title, self.title_words))
        )


def is_within(category: str | None, wanted: str) -> bool:
    """Tell whether a category is the wanted one or lies below it."""
    return category is not None and (category == wanted or category.startswith(f"{wanted}/"))


def categories_above(category: str | None) -> list[str]:
    """Return a category and all above it: of ``network/lan`` itself and ``network``."""
    words = [] if category is None else category.split("/")
    return ["/".join(words[: length + 1]) for length in range(len(words))]


def _says_one(title: str, words: Iterable[str]) -> bool:
    folded = title.casefold()
    return any(word.casefold() in folded for word in words)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a rule in force sends what its conditions hold for."""

    rule_id: UUID
    position: int
    team_id: UUID
    conditions: Conditions


def decide(routes: Iterable[Route], case: Case) -> Route | None:
    """Return the route of the lowest position, then the oldest, whose conditions hold."""
    first: Route | None = None
    for one in routes:
        earlier = first is None or (one.position, one.rule_id) < (first.position, first.rule_id)
        if earlier and one.conditions.hold(case):
            first = one
    return first


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """A routing rule; its conditions are fields of their own. ``version`` counts its events."""

    id: RoutingRuleId
    name: str
    position: int
    enabled: bool
    service_ids: tuple[UUID, ...]
    category: str | None
    channels: tuple[Channel, ...]
    customer_ids: tuple[UUID, ...]
    priorities: tuple[int, ...]
    title_words: tuple[str, ...]
    team_id: UUID
    status: RuleStatus
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def register(
        cls,
        *,
        rule_id: RoutingRuleId,
        now: datetime,
        **fields: Any,  # noqa: ANN401 - fields of this class
    ) -> tuple[RoutingRule, list[RoutingRuleEvent]]:
        """Make an active rule."""
        rule = cls(id=rule_id, status="active", version=1, created_at=now, updated_at=now, **fields)
        return rule, [RoutingRuleRegistered(**rule.told())]

    def revise(
        self, changes: Mapping[str, Any], *, now: datetime
    ) -> tuple[RoutingRule, list[RoutingRuleEvent]]:
        """Change the rule; a change that changes nothing makes no event."""
        if replace(self, **changes) == self:
            return self, []
        after = replace(self, **changes, version=self.version + 1, updated_at=now)
        return after, [RoutingRuleChanged(**after.told())]

    def move(self, to: RuleStatus, *, now: datetime) -> tuple[RoutingRule, list[RoutingRuleEvent]]:
        """Retire the rule, or take it up again.

        Raises:
            RoutingRuleTransitionError: from its present status it cannot go there.
        """
        allowed = TRANSITIONS[self.status]
        if to not in allowed:
            raise RoutingRuleTransitionError(
                f"A routing rule that is {self.status} cannot become {to}.",
                extras={"allowed": list(allowed)},
            )
        after = replace(self, status=to, version=self.version + 1, updated_at=now)
        told = RoutingRuleRetired if to == "retired" else RoutingRuleChanged
        return after, [told(**after.told())]

    def told(self) -> dict[str, Any]:
        """Return what every event says of it."""
        return {
            "routing_rule_id": self.id,
            "name": self.name,
            "position": self.position,
            "enabled": self.enabled,
            "service_ids": self.service_ids,
            "category": self.category,
            "channels": self.channels,
            "customer_ids": self.customer_ids,
            "priorities": self.priorities,
            "title_words": self.title_words,
            "team_id": self.team_id,
            "status": self.status,
        }
