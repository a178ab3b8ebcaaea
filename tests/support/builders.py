"""Valid things by default; a test names what it is about and leaves the rest."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import orjson

from shared.envelope import Event

RECORDED: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def event(
    type: str,  # noqa: A002 - the attribute's name
    key: UUID,
    sequence: int,
    data: dict[str, object],
    *,
    service: str,
    at: datetime = RECORDED,
    id: UUID | None = None,  # noqa: A002 - the attribute's name
) -> Event:
    """Return an event as a service would publish it."""
    return Event(
        id=id or uuid4(),
        source=f"/itsm/{service}",
        topic=f"itsm.{service}.events",
        key=key,
        type=type,
        sequence=sequence,
        recorded_at=at,
        occurred_at=at,
        actor="tester",
        origin=None,
        correlation_id="test",
        causation_id=None,
        traceparent=None,
        data=orjson.dumps(data),
    )
