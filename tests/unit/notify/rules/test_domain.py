"""Rules about rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.notify.rules.domain import (
    ChannelsNotPossibleError,
    Rule,
    RuleId,
    RuleTransitionError,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RULE = Rule(
    id=RuleId(UUID(int=1)),
    name="The team is told",
    status="enabled",
    event_types=("itsm.incident.declared.v1",),
    condition="team_changed",
    audience="technical",
    recipients="owner_team",
    template="incident_assigned",
    channels=("email",),
    urgency="high",
    version=1,
    created_at=NOW,
    updated_at=NOW,
)


def test_a_rule_hears_of_the_types_it_names_or_of_all() -> None:
    assert RULE.matches("itsm.incident.declared.v1")
    assert not RULE.matches("itsm.incident.closed.v1")
    assert replace(RULE, event_types=("*",)).matches("itsm.incident.closed.v1")


def test_a_change_is_an_event_with_the_whole_state() -> None:
    after, (event,) = RULE.revise({"channels": ("log", "email"), "urgency": "low"}, now=NOW)
    assert (after.version, event.channels, event.urgency) == (2, ["log", "email"], "low")


def test_a_change_that_changes_nothing_says_nothing() -> None:
    assert RULE.revise({"urgency": "high"}, now=NOW) == (RULE, [])


@pytest.mark.parametrize("channels", [("webhook",), ("email", "webhook"), ("email", "email")])
def test_people_get_no_webhooks_and_no_channel_twice(channels: tuple[str, ...]) -> None:
    with pytest.raises(ChannelsNotPossibleError):
        RULE.revise({"channels": channels}, now=NOW)


def test_endpoints_get_webhooks_alone() -> None:
    hooks = replace(RULE, recipients="webhook_endpoints", channels=("webhook",))
    with pytest.raises(ChannelsNotPossibleError):
        hooks.revise({"channels": ("email",)}, now=NOW)


def test_a_rule_is_switched_off_and_on_again_and_not_twice() -> None:
    off, (event,) = RULE.move("disabled", now=NOW)
    assert event.status == "disabled"
    with pytest.raises(RuleTransitionError) as caught:
        off.move("disabled", now=NOW)
    assert caught.value.extras == {"allowed": ["enabled"]}
    assert off.move("enabled", now=NOW)[0].status == "enabled"
