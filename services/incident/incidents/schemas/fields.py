"""Fields that several bodies of incidents share: named levels, references, bounded lists of ids."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from services.incident.incidents.domain.priority import LEVELS

MAX_CUSTOMERS: Final = 100


def _level(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value not in LEVELS:
        message = f"must be 1 to 3, or one of {', '.join(LEVELS)}"
        raise ValueError(message)
    return LEVELS[value]


NamedLevel = Annotated[
    int,
    Field(strict=True, ge=1, le=3),
    BeforeValidator(_level),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 3}, {"enum": list(LEVELS)}]}
    ),
]
"""Impact or urgency: 1 or high, 2 or medium, 3 or low."""
Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,40}$")]
"""An id or a number."""
Ids = Annotated[tuple[UUID, ...], Field(max_length=MAX_CUSTOMERS)]
