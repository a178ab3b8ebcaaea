"""The buses under test. A test that needs a feature runs only on the buses that have it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared import failpoints
from shared.bus_kafka import KafkaBus
from shared.bus_local import LocalBus
from shared.settings import KernelSettings
from tests.contract.bus.harness import KAFKA, LOCAL, Features, Harness


def kafka_settings(bootstrap: str, **changes: object) -> KernelSettings:
    values: dict[str, object] = {
        "kafka_bootstrap": bootstrap,
        "kafka_replication": 1,
        "kafka_min_isr": 1,
        "kafka_partitions": 3,
        "kafka_session_timeout_seconds": 2,
        "kafka_send_deadline_seconds": 3,
        "shutdown_grace_seconds": 1.5,
    }
    return KernelSettings.model_validate(values | changes)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*features): runs on the buses that have them")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "features" in metafunc.fixturenames:
        needed = metafunc.definition.get_closest_marker("needs")
        buses = [
            features
            for features in (LOCAL, KAFKA)
            if needed is None or all(getattr(features, name) for name in needed.args)
        ]
        metafunc.parametrize("features", buses, ids=lambda features: features.name)


@pytest.fixture
async def harness(features: Features, request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
    if features is LOCAL:
        harness = Harness(LOCAL, lambda: LocalBus(stop_seconds=1.5))
    else:
        settings = kafka_settings(request.getfixturevalue("broker"))
        harness = Harness(KAFKA, lambda: KafkaBus(settings, "suite"))
    yield harness
    failpoints.disarm()
    for bus in harness.opened:
        await bus.stop()
