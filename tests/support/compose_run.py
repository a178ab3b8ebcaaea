"""One run of the compose file: what is measured, what was found wrong, and waiting for it."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from tests.support.compose_engine import ROOT, SERVICES, Compose, commit, inside, inspect

TAG: Final = "0.1.0"
MOST_IMAGE_MB: Final = 220.0


def say(text: str) -> None:
    """Tell whoever watches the run."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@dataclass
class Run:
    """What is measured, and what was found to be wrong."""

    compose: Compose
    figures: dict[str, Any] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Return where the gateway answers."""
        return f"http://127.0.0.1:{self.compose.port}"

    def measure(self, name: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Note a figure and print it."""
        self.figures[name] = value
        say(f"{name}: {json.dumps(value)}")

    def expect(self, good: object, complaint: str) -> None:
        """Note a complaint where something is not as it should be."""
        if not good:
            self.complaints.append(complaint)
            say(f"NOT AS IT SHOULD BE: {complaint}")


def measure_images(run: Run, names: tuple[str, ...]) -> None:
    """Measure images above their base; see whom they run as and what they say of themselves."""
    tag = next(
        line.removeprefix("ARG PYTHON=")
        for line in (ROOT / "deploy" / "Dockerfile").read_text().splitlines()
        if line.startswith("ARG PYTHON=")
    )
    base = inspect("image", f"python:{tag}")
    layers: dict[str, list[str]] = {}
    for name in names:
        found = inspect("image", f"itsm-{name}:{TAG}")
        above = round((found["Size"] - base["Size"]) / 1e6, 1)
        run.measure(f"image {name}, MB above its base", above)
        run.expect(above <= MOST_IMAGE_MB or name == "all", f"image {name}: {above} MB")
        layers[name] = found["RootFS"]["Layers"]
        labels = found["Config"]["Labels"]
        run.expect(labels["org.opencontainers.image.version"] == TAG, f"{name}: no version label")
        run.expect(labels["org.opencontainers.image.revision"] == commit(), f"{name}: no commit")
        run.expect(found["Config"]["User"] == "10001:10001", f"{name}: runs as another account")
    shared = {tuple(one[:-1]) for name, one in layers.items() if name in SERVICES}
    run.expect(len(shared) <= 1, "the services do not share all layers but their own")


def check_confinement(run: Run) -> None:
    """See that a service's process can write nothing of its own and is nobody special."""
    code = (
        "import os, pathlib\n"
        "print(os.getuid())\n"
        "for name in ('/app/x', '/opt/itsm/x', '/etc/x', '/x'):\n"
        "    try: pathlib.Path(name).write_text('x'); print('wrote', name)\n"
        "    except OSError: pass\n"
    )
    for service in SERVICES:
        said = inside(run.compose.containers(service)[0], "python", "-c", code).split()
        run.expect(said == ["10001"], f"{service}: {said}")


async def ready(run: Run) -> bool:
    """Tell whether the gateway and everything behind it are ready."""
    async with httpx.AsyncClient(timeout=6) as client:
        try:
            return (await client.get(f"{run.url}/readyz")).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


async def until(probe: Callable[[], Awaitable[object]], within: float, what: str) -> float:
    """Wait for something to become true; return the seconds it took.

    Raises:
        RuntimeError: it did not in time.
    """
    began = time.monotonic()
    while not await probe():
        if time.monotonic() - began > within:
            raise RuntimeError(f"{what}: not within {within:.0f} s")
        await asyncio.sleep(0.2)
    return round(time.monotonic() - began, 1)


def total(found: Mapping[str, float], name: str, label: str = "") -> float:
    """Return the sum of a metric over its labels, or over those that hold a text."""
    return sum(value for key, value in found.items() if key.startswith(name) and label in key)
