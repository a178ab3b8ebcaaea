"""Rules of an integration: who may send signals, and what they mean here."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, NewType, TypeAlias
from uuid import UUID

from services.incident.signals.events import (
    IntegrationChanged,
    IntegrationEvent,
    IntegrationKind,
    IntegrationRegistered,
    IntegrationRetired,
    IntegrationStatus,
    ResolveOn,
)
from shared.errors import DomainError, Kind

IntegrationId = NewType("IntegrationId", UUID)
SeverityMap: TypeAlias = Mapping[str, tuple[int, int]]
"""Impact and urgency by severity in lower case; ``*`` is for what is not listed."""
ANY_SEVERITY: Final = "*"
DEFAULT_SEVERITIES: Final[SeverityMap] = {
    "critical": (1, 1),
    "error": (2, 1),
    "high": (2, 1),
    "warning": (2, 2),
    "info": (3, 3),
    "low": (3, 3),
    ANY_SEVERITY: (2, 2),
}
TRANSITIONS: Final[Mapping[IntegrationStatus, tuple[IntegrationStatus, ...]]] = {
    "active": ("retired",),
    "retired": ("active",),
}
_NOBODY: Final = bytes(32)


class IntegrationNotFoundError(DomainError):
    """No such integration."""

    code = "integration-not-found"
    kind = Kind.NOT_FOUND
    title = "No such integration"


class IntegrationNameTakenError(DomainError):
    """Another active integration has this name."""

    code = "integration-name-taken"
    kind = Kind.CONFLICT
    title = "Another active integration has this name"


class IntegrationTransitionError(DomainError):
    """The integration's status does not allow this."""

    code = "integration-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The integration's status does not allow this"


@dataclass(frozen=True, slots=True)
class Integration:
    """A sender of signals; only the hash of its secret is kept. ``version`` counts its events."""

    id: IntegrationId
    name: str
    kind: IntegrationKind
    secret_hash: bytes
    default_service_id: UUID | None
    default_team_id: UUID | None
    resolve_on: ResolveOn
    reopen_window_hours: int
    severities: SeverityMap
    threshold: int
    window_seconds: int
    status: IntegrationStatus
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def register(
        cls,
        *,
        integration_id: IntegrationId,
        secret: str,
        now: datetime,
        **fields: Any,  # noqa: ANN401 - fields of this class
    ) -> tuple[Integration, list[IntegrationEvent]]:
        """Let a sender in."""
        integration = cls(
            id=integration_id,
            secret_hash=hash_of(secret),
            status="active",
            version=1,
            created_at=now,
            updated_at=now,
            **fields,
        )
        return integration, [IntegrationRegistered(**integration.told())]

    @property
    def reopen_window(self) -> timedelta:
        """Return how long after a resolution a new signal reopens the incident."""
        return timedelta(hours=self.reopen_window_hours)

    @property
    def window(self) -> timedelta:
        """Return how close together ``threshold`` signals of a group must come to count."""
        return timedelta(seconds=self.window_seconds)

    def weight_of(self, severity: str) -> tuple[int, int]:
        """Return the impact and urgency, 1 (high) to 3 (low), that a severity stands for."""
        found = self.severities.get(severity.lower()) or self.severities.get(ANY_SEVERITY)
        return found or DEFAULT_SEVERITIES[ANY_SEVERITY]

    def revise(
        self, changes: Mapping[str, Any], *, now: datetime
    ) -> tuple[Integration, list[IntegrationEvent]]:
        """Change settings; a change that changes nothing makes no event."""
        if replace(self, **changes) == self:
            return self, []
        return self._become(now=now, **changes)

    def rotate(self, secret: str, *, now: datetime) -> tuple[Integration, list[IntegrationEvent]]:
        """Take another secret in place of the one so far, at once."""
        return self._become(now=now, secret_hash=hash_of(secret))

    def move(
        self, to: IntegrationStatus, *, now: datetime
    ) -> tuple[Integration, list[IntegrationEvent]]:
        """Retire it, or let it in again.

        Raises:
            IntegrationTransitionError: from its present status it cannot go there.
        """
        allowed = TRANSITIONS[self.status]
        if to not in allowed:
            raise IntegrationTransitionError(
                f"An integration that is {self.status} cannot become {to}.",
                extras={"allowed": list(allowed)},
            )
        return self._become(now=now, status=to)

    def _become(
        self,
        *,
        now: datetime,
        **changes: Any,  # noqa: ANN401 - fields of this class
    ) -> tuple[Integration, list[IntegrationEvent]]:
        after = replace(self, **changes, version=self.version + 1, updated_at=now)
        if changes.get("status") == "retired":
            return after, [IntegrationRetired(**after.told())]
        rotated = "secret_hash" in changes
        return after, [IntegrationChanged(**after.told(), secret_rotated=rotated)]

    def told(self) -> dict[str, Any]:
        """Return what every event says of it."""
        return {
            "integration_id": self.id,
            "name": self.name,
            "kind": self.kind,
            "default_service_id": self.default_service_id,
            "default_team_id": self.default_team_id,
            "resolve_on": self.resolve_on,
            "reopen_window_hours": self.reopen_window_hours,
            "threshold": self.threshold,
            "window_seconds": self.window_seconds,
            "status": self.status,
        }


def hash_of(secret: str) -> bytes:
    """Return what is kept of a secret; it is random and long, so one round is enough."""
    return hashlib.sha256(secret.encode()).digest()


def is_secret_of(integration: Integration | None, kind: str, secret: str) -> bool:
    """Tell whether a sender may send signals of a kind; takes the same time for every answer."""
    expected = _NOBODY if integration is None else integration.secret_hash
    same = hmac.compare_digest(expected, hash_of(secret))
    usable = integration is not None and integration.status == "active"
    return same and usable and integration is not None and integration.kind == kind
