"""What can be done with rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.notify.rules import tables
from services.notify.rules.domain import Rule, RuleId, RuleStatus
from services.notify.rules.events import RuleChanged
from shared import outbox
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version


async def change_rule(
    tx: Tx,
    *,
    rule_id: RuleId,
    expected_version: int | None,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Rule:
    """Change a rule's name, channels or urgency; ``changes`` holds the new values.

    Raises:
        RuleNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        ChannelsNotPossibleError: its recipients cannot be reached by a channel named.
    Emits:
        itsm.rule.changed.v1, unless nothing changes
    """
    rule = await tables.load_rule(tx, rule_id)
    require_version(rule.version, expected_version)
    rule, events = rule.revise(changes, now=now)
    await _save(tx, rule, events, actor=actor, now=now)
    return rule


async def move_rule(
    tx: Tx,
    *,
    rule_id: RuleId,
    expected_version: int | None,
    to: RuleStatus,
    actor: Actor,
    now: datetime,
) -> Rule:
    """Enable or disable a rule; what it has requested already is still delivered.

    Raises:
        RuleNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        RuleTransitionError: its status is that already.
    Emits:
        itsm.rule.changed.v1
    """
    rule = await tables.load_rule(tx, rule_id)
    require_version(rule.version, expected_version)
    rule, events = rule.move(to, now=now)
    await _save(tx, rule, events, actor=actor, now=now)
    return rule


async def _save(
    tx: Tx, rule: Rule, events: list[RuleChanged], *, actor: Actor, now: datetime
) -> None:
    if events:
        await tables.save_rule(tx, rule)
        outbox.append(
            tx,
            key=rule.id,
            version=rule.version,
            events=events,
            actor=actor,
            occurred_at=now,
            now=now,
        )
