"""What the world learns about routing rules."""

from __future__ import annotations

from typing import Any, ClassVar, Final, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict

Channel: TypeAlias = Literal["phone", "mail", "portal", "chat", "walk_up", "api", "monitoring"]
RuleStatus: TypeAlias = Literal["active", "retired"]


def _example(**own: Any) -> ConfigDict:  # noqa: ANN401 - any JSON value
    state: dict[str, Any] = {
        "routing_rule_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e21",
        "name": "Databases of the shop",
        "position": 100,
        "enabled": True,
        "service_ids": ["0197a0c2-7d31-7c50-8f00-5b6a2f4c1e02"],
        "category": "database",
        "channels": ["monitoring"],
        "customer_ids": [],
        "priorities": [1, 2],
        "title_words": [],
        "team_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e03",
        "status": "active",
    }
    return ConfigDict(json_schema_extra={"examples": [{**state, **own}]})


class RoutingRuleEvent(BaseModel, frozen=True, extra="forbid"):
    """What each event of a routing rule says: its whole state after it.

    An empty list, or a category that is null, asks for nothing.
    """

    TYPE: ClassVar[str]

    routing_rule_id: UUID
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


class RoutingRuleRegistered(RoutingRuleEvent):
    """A rule is in force from now on, unless it is not enabled."""

    TYPE = "itsm.routing_rule.registered.v1"
    model_config = _example()


class RoutingRuleChanged(RoutingRuleEvent):
    """It was changed, or taken up again after it had been retired."""

    TYPE = "itsm.routing_rule.changed.v1"
    model_config = _example(position=50)


class RoutingRuleRetired(RoutingRuleEvent):
    """It decides nothing any more."""

    TYPE = "itsm.routing_rule.retired.v1"
    model_config = _example(status="retired")


PUBLISHED: Final = (RoutingRuleRegistered, RoutingRuleChanged, RoutingRuleRetired)
