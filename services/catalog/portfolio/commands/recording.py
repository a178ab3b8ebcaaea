"""How each change of the portfolio ends: its events go with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shared import outbox
from shared.auth import Actor
from shared.db import Tx


def tell(
    tx: Tx,
    key: UUID,
    version: int,
    events: Sequence[outbox.Payload],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Add the events of a record, which is at ``version`` after the last of them."""
    outbox.append(
        tx, key=key, version=version, events=events, actor=actor, occurred_at=now, now=now
    )
