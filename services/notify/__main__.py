"""The notify service's command line: ``python -m services.notify serve | migrate | …``."""

from __future__ import annotations

from services.notify.service import SERVICE
from shared.cli import service_commands
from shared.release import VERSION

if __name__ == "__main__":
    service_commands(SERVICE, version=VERSION)()
