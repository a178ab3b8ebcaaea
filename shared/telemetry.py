"""What is carried along an act and counted about it: correlation, trace context, metrics."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from prometheus_client import Counter, Gauge, Histogram

_TRACEPARENT: Final = re.compile(r"^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$")
_CORRELATION: Final = re.compile(r"^[A-Za-z0-9._:/+=-]{1,128}$")


@dataclass(frozen=True, slots=True)
class Trace:
    """What connects an act to what caused it: ids that go into logs, answers and events."""

    correlation_id: str | None = None
    traceparent: str | None = None
    causation_id: UUID | None = None

    @property
    def trace_id(self) -> str:
        """Return the id a person can quote: the W3C trace id, else the correlation id."""
        if self.traceparent and (match := _TRACEPARENT.match(self.traceparent)):
            return match.group(1)
        return self.correlation_id or ""


current_trace: ContextVar[Trace] = ContextVar("current_trace", default=Trace())


def incoming_trace(correlation_id: str | None, traceparent: str | None) -> Trace:
    """Return the trace of a request: what the caller sent if it is well formed, else a fresh id."""
    parent = traceparent if traceparent and _TRACEPARENT.match(traceparent) else None
    correlation = correlation_id if correlation_id and _CORRELATION.match(correlation_id) else None
    return Trace(correlation_id=correlation or secrets.token_hex(16), traceparent=parent)


REQUESTS: Final = Histogram(
    "http_request_seconds",
    "Time from a request's first byte to its answer's last.",
    ("service", "operation", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
OUTBOX_DEPTH: Final = Gauge("outbox_depth", "Events that still have to go out.", ("service",))
OUTBOX_OLDEST: Final = Gauge(
    "outbox_oldest_seconds", "Age of the oldest event that has to go out.", ("service",)
)
PUBLISHED: Final = Counter("outbox_published", "Events handed to the bus.", ("service",))
PUBLISH_FAILURES: Final = Counter(
    "outbox_publish_failures", "Batches the bus did not confirm.", ("service",)
)
RELAY_LEADER: Final = Gauge(
    "outbox_relay_leader", "1 where the relay holds its lock.", ("service",)
)
HANDLED: Final = Counter("inbox_handled", "Events applied.", ("subscription",))
PARKED: Final = Counter("inbox_parked", "Events set aside.", ("subscription", "reason"))
LAG: Final = Gauge("inbox_lag", "Records a subscription still has to handle.", ("subscription",))
STALLED: Final = Gauge(
    "inbox_stalled_seconds", "Time without progress while there is lag.", ("subscription",)
)
TIMERS_FIRED: Final = Counter("timers_fired", "Timers that fired.", ("service", "kind"))
TIMER_DELAY: Final = Histogram(
    "timer_delay_seconds",
    "From a timer's due time to its effect.",
    ("service",),
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 120),
)
