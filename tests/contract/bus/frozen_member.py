"""A member in a process of its own: it waits with its first batch in hand, to be frozen there."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from shared.bus import Delivery, Group
from shared.bus_kafka import KafkaBus
from tests.contract.bus.conftest import kafka_settings
from tests.contract.bus.harness import EffectStore, identity


async def main(bootstrap: str, topic: str, name: str, folder: Path) -> None:
    store = EffectStore(folder / "effects")
    bus = KafkaBus(kafka_settings(bootstrap), "frozen")

    async def handle(batch: Sequence[Delivery]) -> None:
        (folder / "in-hand").touch()
        while not (folder / "go-on").exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.01)
        store.apply([identity(one.record) for one in batch])

    bus.subscribe(Group(name, (topic,), handle))
    await bus.start([topic])
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    consuming = asyncio.create_task(bus.consume(name))
    await stopped.wait()
    await bus.stop()
    await consuming


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])))
