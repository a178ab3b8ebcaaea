"""When a delivery is tried, and when it is not tried any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a delivery is tried: offsets in seconds from the first try, and what stretches them.

    ``jitter`` is a share; ``retry_after_cap_seconds`` bounds a receiver's own wish;
    ``max_age_seconds`` ends the tries in any case.
    """

    offsets_seconds: Sequence[int]
    jitter: float
    retry_after_cap_seconds: int
    max_age_seconds: int

    def next_try(
        self,
        *,
        tries: int,
        queued_at: datetime,
        now: datetime,
        draw: float,
        retry_after_seconds: int | None,
    ) -> datetime | None:
        """Return when to try again after ``tries`` tries, None if never.

        ``draw`` is a random number in [0, 1), ``queued_at`` when the first of them was due.
        """
        if tries >= len(self.offsets_seconds):
            return None
        wait = float(self.offsets_seconds[tries] - self.offsets_seconds[tries - 1])
        wait *= 1 + self.jitter * (2 * draw - 1)
        if retry_after_seconds is not None:
            wait = max(wait, min(retry_after_seconds, self.retry_after_cap_seconds))
        due_at = now + timedelta(seconds=wait)
        return due_at if due_at <= queued_at + timedelta(seconds=self.max_age_seconds) else None
