"""Rules of a configuration item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, NewType, TypeAlias
from uuid import UUID

from services.catalog.components.events import (
    ConfigurationItemRegistered,
    ConfigurationItemRetired,
    ConfigurationItemState,
    ConfigurationItemStatusChanged,
    ConfigurationItemUpdated,
    Environment,
    ExternalRefState,
    ItemKind,
    ItemStatus,
)
from services.catalog.teams.domain import TeamId
from shared.errors import DomainError, Kind

ConfigurationItemId = NewType("ConfigurationItemId", UUID)
ConfigurationItemRef: TypeAlias = UUID | str
"""An item's id or its number."""
TRANSITIONS: Final[Mapping[ItemStatus, tuple[ItemStatus, ...]]] = {
    "planned": ("in_stock", "live", "retired"),
    "in_stock": ("live", "retired"),
    "live": ("maintenance", "retired"),
    # What goes back on the shelf was taken out of service before.
    "maintenance": ("live", "in_stock", "retired"),
    "retired": (),
}
MAX_ATTRIBUTES: Final = 50
MAX_ATTRIBUTE_CHARS: Final = 20_000
"""Names and values of one item together."""
MAX_EXTERNAL_REFS: Final = 20


class ConfigurationItemNotFoundError(DomainError):
    """No such configuration item."""

    code = "configuration-item-not-found"
    kind = Kind.NOT_FOUND
    title = "No such configuration item"


class ConfigurationItemTransitionError(DomainError):
    """The item's status does not allow this."""

    code = "configuration-item-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The configuration item's status does not allow this"


class ConfigurationItemRetiredError(DomainError):
    """The item is retired, so it changes no more."""

    code = "configuration-item-retired"
    kind = Kind.CONFLICT
    title = "The configuration item is retired"


class ConfigurationItemTeamError(DomainError):
    """An item belongs to a team that exists and is active, or to none."""

    code = "configuration-item-team-invalid"
    kind = Kind.INVALID
    title = "No such team, or it is retired"


class AttributesError(DomainError):
    """An item has a bounded number of attributes, of a bounded length."""

    code = "attributes-invalid"
    kind = Kind.INVALID
    title = "The item has too many attributes, or too long ones"


class ExternalRefsError(DomainError):
    """An item has a bounded number of external references, each once."""

    code = "external-refs-invalid"
    kind = Kind.INVALID
    title = "The external references are not valid"


class ExternalRefTakenError(DomainError):
    """Another present item is what the other system means."""

    code = "external-ref-taken"
    kind = Kind.CONFLICT
    title = "Another configuration item has this external reference"


@dataclass(frozen=True, slots=True, order=True)
class ExternalRef:
    """What another system calls an item."""

    system: str
    id: str


@dataclass(frozen=True, slots=True)
class NewConfigurationItem:
    """An item to register."""

    id: ConfigurationItemId
    kind: ItemKind
    item_class: str
    name: str
    environment: Environment = "production"
    location: str | None = None
    owner_team_id: TeamId | None = None
    status: ItemStatus = "live"
    attributes: Mapping[str, str] = field(default_factory=dict)
    external_refs: tuple[ExternalRef, ...] = ()


@dataclass(frozen=True, slots=True)
class ConfigurationItem:
    """A part of an IT system that is looked after; ``version`` counts its events.

    It stands on the map under its own id. ``item_class`` says more closely what it is.
    """

    id: ConfigurationItemId
    number: str
    kind: ItemKind
    item_class: str
    name: str
    environment: Environment
    location: str | None
    owner_team_id: TeamId | None
    status: ItemStatus
    attributes: Mapping[str, str]
    external_refs: tuple[ExternalRef, ...]
    created_at: datetime
    updated_at: datetime
    version: int = 1

    def registered(self, *, at: str = "") -> tuple[ConfigurationItem, list[ConfigurationItemState]]:
        """Return the new item with its first event; ``at`` is its place in the request.

        Raises:
            AttributesError: it has too many attributes, or too long ones.
            ExternalRefsError: it has too many references, or one twice.
        """
        _require_bounds(self, at=at)
        return self, [ConfigurationItemRegistered(**_state(self))]

    def revise(
        self, changes: Mapping[str, Any], *, now: datetime
    ) -> tuple[ConfigurationItem, list[ConfigurationItemState]]:
        """Change what may be changed; a change that changes nothing makes no event.

        ``attributes`` among the changes are merged with those there are; None takes one away.

        Raises:
            ConfigurationItemRetiredError: it is retired.
            AttributesError: it would have too many attributes, or too long ones.
            ExternalRefsError: it would have too many references, or one twice.
        """
        if self.status == "retired":
            raise ConfigurationItemRetiredError(f"{self.number} is retired.")
        values = dict(changes)
        if "attributes" in values:
            values["attributes"] = _merged(self.attributes, values["attributes"])
        after = replace(self, **values)
        if after == self:
            return self, []
        _require_bounds(after, at="")
        after = replace(after, version=self.version + 1, updated_at=now)
        return after, [ConfigurationItemUpdated(**_state(after))]

    def move(
        self, to: ItemStatus, *, now: datetime
    ) -> tuple[ConfigurationItem, list[ConfigurationItemState]]:
        """Take the item to another status.

        Raises:
            ConfigurationItemTransitionError: from its present status it cannot go there.
        """
        allowed = TRANSITIONS[self.status]
        if to not in allowed:
            raise ConfigurationItemTransitionError(
                f"{self.number} is {self.status} and cannot become {to}.",
                extras={"allowed": list(allowed)},
            )
        after = replace(self, status=to, version=self.version + 1, updated_at=now)
        event = ConfigurationItemRetired if to == "retired" else ConfigurationItemStatusChanged
        return after, [event(**_state(after, previous_status=self.status))]


def _merged(before: Mapping[str, str], patch: Mapping[str, str | None]) -> dict[str, str]:
    merged = {**before, **patch}
    return {name: value for name, value in merged.items() if value is not None}


def _require_bounds(item: ConfigurationItem, *, at: str) -> None:
    if len(item.attributes) > MAX_ATTRIBUTES:
        detail = f"An item has at most {MAX_ATTRIBUTES} attributes."
        raise AttributesError(detail, pointer=f"{at}/attributes")
    if sum(len(name) + len(text) for name, text in item.attributes.items()) > MAX_ATTRIBUTE_CHARS:
        detail = f"The attributes of an item have at most {MAX_ATTRIBUTE_CHARS} characters."
        raise AttributesError(detail, pointer=f"{at}/attributes")
    if len(item.external_refs) > MAX_EXTERNAL_REFS:
        detail = f"An item has at most {MAX_EXTERNAL_REFS} external references."
        raise ExternalRefsError(detail, pointer=f"{at}/external_refs")
    if (place := _repeated(item.external_refs)) is not None:
        detail = "The item has this external reference already."
        raise ExternalRefsError(detail, pointer=f"{at}/external_refs/{place}")


def _repeated(refs: Sequence[ExternalRef]) -> int | None:
    seen: set[ExternalRef] = set()
    for place, ref in enumerate(refs):
        if ref in seen:
            return place
        seen.add(ref)
    return None


def _state(item: ConfigurationItem, *, previous_status: ItemStatus | None = None) -> dict[str, Any]:
    return {
        "configuration_item_id": item.id,
        "number": item.number,
        "kind": item.kind,
        "item_class": item.item_class,
        "name": item.name,
        "environment": item.environment,
        "location": item.location,
        "owner_team_id": item.owner_team_id,
        "status": item.status,
        "previous_status": previous_status,
        "attributes": dict(item.attributes),
        "external_refs": [
            ExternalRefState(system=ref.system, id=ref.id) for ref in item.external_refs
        ],
    }
