"""Large bundles as lines of JSON: configuration items in layers, each resting on neighbours."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

LAYERS: Final = 10
NEIGHBOURHOOD: Final = 14
KINDS: Final = (("software", "application"), ("hardware", "server"), ("data", "database"))
BEGAN: Final = "2026-01-01T00:00:00Z"


def write_landscape(file: Path, *, items: int, dependencies: int, seed: int) -> None:
    """Write a bundle of one team and a map; every line is the same for the same seed."""
    with file.open("wb") as output:
        for document in landscape(items=items, dependencies=dependencies, seed=seed):
            output.write(orjson.dumps(document) + b"\n")


def landscape(*, items: int, dependencies: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield the documents of a map in layers."""
    rng = random.Random(seed)
    yield {"document": "team", "key": "operations", "name": "Operations"}
    width = items // LAYERS
    for number in range(width * LAYERS):
        kind, item_class = KINDS[number % len(KINDS)]
        yield {
            "document": "configuration_item",
            "key": f"ci-{number:06d}",
            "kind": kind,
            "class": item_class,
            "name": f"node-{number:06d}",
            "owner_team": "operations",
            "attributes": {"slot": str(number)},
        }
    consumers = width * (LAYERS - 1)
    for number in range(consumers):
        # Spread evenly, so that exactly so many are written in all.
        share = dependencies * (number + 1) // consumers - dependencies * number // consumers
        layer, place = divmod(number, width)
        near = {(place + step) % width for step in range(-NEIGHBOURHOOD, NEIGHBOURHOOD + 1)}
        for provider in rng.sample(sorted(near), share):
            yield {
                "document": "dependency",
                "from": f"configuration_item/ci-{number:06d}",
                "to": f"configuration_item/ci-{(layer + 1) * width + provider:06d}",
                "valid_from": BEGAN,
            }
