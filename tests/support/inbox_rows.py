"""What the sample service's subscription did, as its tables say."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from tests.support.sample import Factory, SampleStage

AT_ONCE: Final = (0.0,) * 5


async def heard(stage: SampleStage) -> list[tuple[UUID, int]]:
    """Return (key, sequence) of each handler's run that was committed, in order."""
    rows = await stage.rows("select key, sequence from sample.heard order by id")
    return [(row["key"], row["sequence"]) for row in rows]


async def parked(stage: SampleStage) -> list[tuple[str, str, int]]:
    """Return (key, reason, attempts) of what is parked, oldest first."""
    rows = await stage.rows("select key, reason, attempts from sample.parked order by id")
    return [(row["key"], row["reason"], row["attempts"]) for row in rows]


async def quick(sample: Factory, **settings: Any) -> SampleStage:  # noqa: ANN401
    """Compose the service with single tries that do not wait."""
    stage = await sample(**settings)
    stage.inbox.retry_delays = AT_ONCE
    return stage
