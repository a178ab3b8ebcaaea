"""The one router of the map."""

from __future__ import annotations

from shared.app import service_router

router = service_router("/catalog/v1", tags=["components"])
