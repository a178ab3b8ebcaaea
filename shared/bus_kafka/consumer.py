"""The aiokafka consumer as this program wants it, and its records as ours."""

from __future__ import annotations

from typing import Any, Final

from aiokafka import AIOKafkaConsumer

from shared.bus import Delivery
from shared.envelope import Record
from shared.settings import KernelSettings

FETCH_WAIT_MS: Final = 250
"""A partition whose batch was in hand waits at most this long behind a fetch for the others."""
REQUEST_MARGIN_SECONDS: Final = 5.0
IDLE_LIMIT_MS: Final = 300_000
"""A member that polls nothing for five minutes leaves, so that others may try."""


def request_seconds(settings: KernelSettings) -> float:
    """Return how long a broker may take to answer.

    It may keep a member that joins waiting for a whole rebalance, which is as long as a session.
    """
    return settings.kafka_session_timeout_seconds + REQUEST_MARGIN_SECONDS


def make_consumer(settings: KernelSettings, client_id: str, group: str) -> AIOKafkaConsumer:
    """Return a consumer that commits nothing by itself; not started, subscribed to nothing."""
    session_ms = round(settings.kafka_session_timeout_seconds * 1000)
    return AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap,
        client_id=client_id,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=session_ms,
        rebalance_timeout_ms=session_ms,
        heartbeat_interval_ms=max(session_ms // 5, 100),
        max_poll_interval_ms=IDLE_LIMIT_MS,
        request_timeout_ms=round(request_seconds(settings) * 1000),
        retry_backoff_ms=200,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        metadata_max_age_ms=60_000,
    )


def to_delivery(record: Any) -> Delivery:  # noqa: ANN401
    """Return what aiokafka calls a consumer record; an absent key or value is empty."""
    carried = Record(record.topic, record.key or b"", record.value or b"", tuple(record.headers))
    return Delivery(carried, record.partition, record.offset)
