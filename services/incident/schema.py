"""The metadata that all tables of this service are declared in."""

from __future__ import annotations

from typing import Final

from shared.service import metadata

METADATA: Final = metadata("incident")
