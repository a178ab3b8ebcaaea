"""The change service's command line: ``python -m services.change serve | migrate | …``."""

from __future__ import annotations

from services.change.service import SERVICE
from shared.cli import service_commands
from shared.release import VERSION

if __name__ == "__main__":
    service_commands(SERVICE, version=VERSION)()
