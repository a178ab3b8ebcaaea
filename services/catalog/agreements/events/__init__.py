"""What the world learns about agreements."""

from __future__ import annotations

from services.catalog.agreements.events.states import PUBLISHED

__all__ = ["PUBLISHED"]
