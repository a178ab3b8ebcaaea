"""Asking the map: ``live`` holds it, ``past`` reads that of then, the others ask."""

from services.catalog.impact.queries.answers import (
    MOST_ASKED,
    MOST_DEPTH,
    MOST_DRAWS,
    MOST_SHOWN,
    Asked,
    read_chances,
    read_foundations,
    read_impact,
)
from services.catalog.impact.queries.cycles import list_dependency_cycles
from services.catalog.impact.queries.live import LiveMap

__all__ = [
    "MOST_ASKED",
    "MOST_DEPTH",
    "MOST_DRAWS",
    "MOST_SHOWN",
    "Asked",
    "LiveMap",
    "list_dependency_cycles",
    "read_chances",
    "read_foundations",
    "read_impact",
]
