"""Topics are created as safe as the settings ask for; a topic less safe refuses the start."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.bus_kafka import KafkaBus, topics
from shared.settings import ConfigurationError
from tests.contract.bus.conftest import kafka_settings
from tests.support.kafka_cluster import free_ports


def fresh() -> str:
    return f"t-{uuid.uuid4().hex[:12]}"


async def start(bootstrap: str, topic: str, **changes: object) -> None:
    bus = KafkaBus(kafka_settings(bootstrap, **changes), "suite")
    await bus.start([topic])
    await bus.stop()


async def describe(bootstrap: str, topic: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    found = await admin.describe_topics([topic])
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    await admin.close()
    entries = answers[0].resources[0][4]
    return found[0]["partitions"], {entry[0]: entry[1] for entry in entries}


async def test_a_topic_is_created_as_the_settings_say(broker: str) -> None:
    topic = fresh()
    await start(broker, topic, kafka_partitions=5)
    partitions, configuration = await describe(broker, topic)
    assert len(partitions) == 5
    assert configuration["min.insync.replicas"] == "1"
    assert configuration["retention.ms"] == str(14 * 24 * 3600 * 1000)
    assert configuration["cleanup.policy"] == "delete"
    assert configuration["unclean.leader.election.enable"] == "false"


async def test_a_second_start_changes_nothing(broker: str) -> None:
    topic = fresh()
    await start(broker, topic, kafka_partitions=5)
    await start(broker, topic, kafka_partitions=12)
    partitions, _ = await describe(broker, topic)
    assert len(partitions) == 5


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"kafka_replication": 3}, "ITSM_KAFKA_REPLICATION=3"),
        ({"kafka_min_isr": 2}, "ITSM_KAFKA_MIN_ISR=2"),
    ],
)
async def test_a_topic_less_safe_than_the_settings_refuses_the_start(
    broker: str, asked: dict[str, object], named: str
) -> None:
    topic = fresh()
    await start(broker, topic)
    with pytest.raises(ConfigurationError) as refused:
        await start(broker, topic, **asked)
    assert str(refused.value).startswith(named)
    assert topic in str(refused.value)
    assert "\n" not in str(refused.value)


async def test_a_cluster_too_small_for_the_settings_refuses_the_start(
    broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "START_SECONDS", 1.0)
    topic = fresh()
    with pytest.raises(ConfigurationError) as refused:
        await start(broker, topic, kafka_replication=3, kafka_min_isr=2)
    assert str(refused.value).startswith(f"ITSM_KAFKA_REPLICATION=3: topic {topic}")
    assert "\n" not in str(refused.value)


async def test_an_unreachable_broker_is_one_line_that_names_the_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(topics, "START_SECONDS", 1.0)
    address = f"127.0.0.1:{free_ports(1)[0]}"
    began = time.monotonic()
    with pytest.raises(ConfigurationError) as refused:
        await start(address, fresh())
    assert str(refused.value) == (
        f"ITSM_KAFKA_BOOTSTRAP: no broker answers at {address} within 1 s"
    )
    assert time.monotonic() - began < 3


async def test_two_processes_may_create_a_topic_at_once(broker: str) -> None:
    topic = fresh()
    await asyncio.gather(*(start(broker, topic) for _ in range(4)))
    partitions, _ = await describe(broker, topic)
    assert len(partitions) == 3


async def test_an_address_without_a_port_number_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError) as refused:
        await start("127.0.0.1:kafka", fresh())
    assert str(refused.value).startswith("ITSM_KAFKA_BOOTSTRAP: expected host:port")
