"""How each change of the map ends: with its events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.catalog.components.domain import ConfigurationItem, Dependency, RedundancyGroup
from shared import outbox
from shared.auth import Actor
from shared.db import Tx


def record(
    tx: Tx,
    changed: ConfigurationItem | Dependency | RedundancyGroup,
    events: Sequence[outbox.Payload],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Add the events that took a record to its version."""
    outbox.append(
        tx,
        key=changed.id,
        version=changed.version,
        events=events,
        actor=actor,
        occurred_at=now,
        now=now,
    )
