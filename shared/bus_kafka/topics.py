"""Topics: created as safe as the settings ask for, or verified and refused; never by accident."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    InvalidReplicationFactorError,
    KafkaError,
    NodeNotReadyError,
    TopicAlreadyExistsError,
    for_code,
)

from shared.settings import ConfigurationError, KernelSettings

START_SECONDS: Final = 15.0
"""Brokers that start beside us get this long before we give up."""
RETRY_SECONDS: Final = 0.5
POLL_SECONDS: Final = 0.1
RETENTION_MS: Final = 14 * 24 * 3600 * 1000
"""Inboxes remember for 21 days: a record is never older than the memory of having applied it."""


class _NotYetError(Exception):
    """It cannot be done now, but may be once the cluster is whole; the message is the refusal."""


async def ensure_topics(settings: KernelSettings, client_id: str, topics: Sequence[str]) -> None:
    """Create the topics that are missing, verify the others, and wait until each has a leader.

    Raises:
        ConfigurationError: no broker answers within 15 s, a topic cannot be created, or one has
            fewer replicas or a lower ``min.insync.replicas`` than the settings.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + START_SECONDS
    refusal = (
        f"ITSM_KAFKA_BOOTSTRAP: no broker answers at {settings.kafka_bootstrap}"
        f" within {START_SECONDS:g} s"
    )
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                await _attempt(settings, client_id, topics)
        except _NotYetError as error:
            refusal = str(error)
        except (KafkaError, OSError):
            # Unreachable, lost half-way, or out of time: what was found out before says more.
            pass
        except ValueError as error:
            raise ConfigurationError(
                f"ITSM_KAFKA_BOOTSTRAP: expected host:port,host:port: {error}"
            ) from error
        else:
            return
        if clock() + RETRY_SECONDS >= deadline:
            raise ConfigurationError(refusal)
        await asyncio.sleep(RETRY_SECONDS)


async def _attempt(settings: KernelSettings, client_id: str, topics: Sequence[str]) -> None:
    admin = AIOKafkaAdminClient(
        bootstrap_servers=settings.kafka_bootstrap, client_id=client_id, request_timeout_ms=5000
    )
    try:
        await admin.start()
        # All names are listed and compared here: asking for a name may create the topic on a
        # cluster that allows that, with that cluster's defaults.
        try:
            existing = set(await admin.list_topics())
            await _create(admin, settings, [name for name in topics if name not in existing])
            await _verify(admin, settings, await _described(admin, topics))
        except (KafkaError, OSError) as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise _NotYetError(
                f"ITSM_KAFKA_BOOTSTRAP: {settings.kafka_bootstrap} answers,"
                f" but the topics cannot be read or made: {reason}"
            ) from error
    finally:
        await admin.close()


async def _create(
    admin: AIOKafkaAdminClient, settings: KernelSettings, topics: Sequence[str]
) -> None:
    if not topics:
        return
    wanted = [
        NewTopic(
            name,
            settings.kafka_partitions,
            settings.kafka_replication,
            topic_configs={
                "min.insync.replicas": str(settings.kafka_min_isr),
                "retention.ms": str(RETENTION_MS),
                "cleanup.policy": "delete",
                "unclean.leader.election.enable": "false",
            },
        )
        for name in topics
    ]
    try:
        answer = await admin.create_topics(wanted)
    except AttributeError as error:
        # aiokafka looks for the controller's address while the cluster still elects one.
        raise NodeNotReadyError("no controller yet") from error
    for name, code, *detail in answer.topic_errors:
        kind = for_code(code)
        # Another process of ours may have been faster; its topic is verified like any other.
        if code == 0 or kind is TopicAlreadyExistsError:
            continue
        setting = "ITSM_KAFKA_BOOTSTRAP"
        if kind is InvalidReplicationFactorError:
            setting = f"ITSM_KAFKA_REPLICATION={settings.kafka_replication}"
        reason = next((text for text in detail if text), kind.__name__)
        raise _NotYetError(f"{setting}: topic {name} cannot be created: {reason}")


async def _described(
    admin: AIOKafkaAdminClient, topics: Sequence[str]
) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return each topic's partitions once all of them have a leader."""
    while True:
        found = {
            entry["topic"]: entry["partitions"]
            for entry in await admin.describe_topics()
            if entry["topic"] in topics and entry["error_code"] == 0
        }
        if set(topics) <= found.keys() and all(map(_led, found.values())):
            return found
        await asyncio.sleep(POLL_SECONDS)


def _led(partitions: Iterable[Mapping[str, Any]]) -> bool:
    leaders = [partition["leader"] for partition in partitions]
    return bool(leaders) and all(leader >= 0 for leader in leaders)


async def _verify(
    admin: AIOKafkaAdminClient,
    settings: KernelSettings,
    described: Mapping[str, Sequence[Mapping[str, Any]]],
) -> None:
    in_sync = await _min_in_sync(admin, described.keys())
    for name, partitions in described.items():
        replicas = min(len(partition["replicas"]) for partition in partitions)
        if replicas < settings.kafka_replication:
            raise ConfigurationError(
                f"ITSM_KAFKA_REPLICATION={settings.kafka_replication}:"
                f" topic {name} has only {replicas}"
            )
        if in_sync[name] < settings.kafka_min_isr:
            raise ConfigurationError(
                f"ITSM_KAFKA_MIN_ISR={settings.kafka_min_isr}:"
                f" topic {name} has min.insync.replicas={in_sync[name]}"
            )


async def _min_in_sync(admin: AIOKafkaAdminClient, topics: Iterable[str]) -> dict[str, int]:
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, name, {"min.insync.replicas": None})
        for name in topics
    ]
    found: dict[str, int] = {}
    for answer in await admin.describe_configs(resources):
        for code, message, _, name, entries in answer.resources:
            if code:
                raise for_code(code)(message)
            values = {entry[0]: entry[1] for entry in entries}
            found[name] = int(values["min.insync.replicas"])
    return found
