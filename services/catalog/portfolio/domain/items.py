"""Rules of request items: what the users of an offering can ask for, and by which form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NewType
from uuid import UUID

from services.catalog.portfolio.domain.offerings import OfferingId
from services.catalog.portfolio.events.items import (
    Approval,
    RequestItemChanged,
    RequestItemPublished,
    RequestItemState,
    RequestItemStatus,
    RequestItemWithdrawn,
)
from shared.errors import DomainError, Kind

RequestItemId = NewType("RequestItemId", UUID)
MAX_PUBLISHED_PER_OFFERING: Final = 30


class RequestItemNotFoundError(DomainError):
    """No such request item, or none that the caller may see."""

    code = "request-item-not-found"
    kind = Kind.NOT_FOUND
    title = "No such request item"


class RequestItemNameTakenError(DomainError):
    """Another published request item of the offering has this name."""

    code = "request-item-name-taken"
    kind = Kind.CONFLICT
    title = "Another request item of the offering has this name"


class RequestItemWithdrawnError(DomainError):
    """The request item is withdrawn: it changes no more, and nobody can ask for it."""

    code = "request-item-withdrawn"
    kind = Kind.CONFLICT
    title = "The request item is withdrawn"


class TooManyRequestItemsError(DomainError):
    """The offering has as many request items as one can have."""

    code = "too-many-request-items"
    kind = Kind.CONFLICT
    title = "The offering has too many request items"


@dataclass(frozen=True, slots=True)
class RequestItem:
    """Something to ask for; ``version`` counts its events.

    ``form_schema`` is a JSON Schema whose soundness was checked before it came here. The target is
    in seconds, 1 to ten years.
    """

    id: RequestItemId
    offering_id: OfferingId
    name: str
    description: str
    form_schema: Mapping[str, Any]
    status: RequestItemStatus
    fulfilment_target_seconds: int | None
    approval: Approval
    created_at: datetime
    updated_at: datetime
    version: int = 1

    def published(self) -> tuple[RequestItem, list[RequestItemState]]:
        """Return the new request item with its first event."""
        return self, [RequestItemPublished(**_state(self))]

    def revise(
        self, changes: Mapping[str, Any], *, now: datetime
    ) -> tuple[RequestItem, list[RequestItemState]]:
        """Change what describes it, or its form; without a change no event.

        Raises:
            RequestItemWithdrawnError: it is withdrawn.
        """
        self.require_published()
        after = replace(self, **changes)
        if after == self:
            return self, []
        after = replace(after, version=self.version + 1, updated_at=now)
        return after, [RequestItemChanged(**_state(after))]

    def withdraw(self, *, now: datetime) -> tuple[RequestItem, list[RequestItemState]]:
        """Let nobody ask for it any more.

        Raises:
            RequestItemWithdrawnError: it is withdrawn.
        """
        self.require_published()
        after = replace(self, status="withdrawn", version=self.version + 1, updated_at=now)
        return after, [RequestItemWithdrawn(**_state(after))]

    def require_published(self) -> None:
        """Check that it can be asked for.

        Raises:
            RequestItemWithdrawnError: it is withdrawn.
        """
        if self.status == "withdrawn":
            raise RequestItemWithdrawnError(f"“{self.name}” is withdrawn; it changes no more.")


def _state(item: RequestItem) -> dict[str, Any]:
    names = RequestItemState.model_fields.keys() - {"request_item_id"}
    return {"request_item_id": item.id, **{name: getattr(item, name) for name in names}}
