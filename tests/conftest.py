"""What every test runs under: the fixtures' plugins, a mark per folder, loopback only, one seed."""

from __future__ import annotations

import ipaddress
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from shared import log

HERE = Path(__file__).parent

# A plugin whose file is absent (a copy of the tree for one service) is not asked for.
pytest_plugins = [
    f"tests.support.{name}"
    for name in ("postgres", "broker", "app", "sample", "incident_logs")
    if (HERE / "support" / f"{name}.py").exists()
]

# As the program itself logs: pretty tracebacks alone would cost seconds per error.
log.configure(as_json=True)

# Longer than the 30 s of pyproject.toml only where whole programs are started and killed.
SECONDS_BY_FOLDER = {"contract": 90, "system": 120, "faults": 900, "performance": 900}

settings.register_profile(
    "itsm",
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("itsm")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        item.add_marker(getattr(pytest.mark, folder))
        own = item.get_closest_marker("timeout")
        if own is None and folder in SECONDS_BY_FOLDER:
            item.add_marker(pytest.mark.timeout(SECONDS_BY_FOLDER[folder]))


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


def _loopback_only(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.connect":
        return
    address = arguments[1]
    host = address[0] if isinstance(address, tuple) else None
    if isinstance(host, str) and not _is_this_machine(host):
        message = f"a test would connect to {host}; tests stay on this machine"
        raise RuntimeError(message)


sys.addaudithook(_loopback_only)
