"""Rules of webhook endpoints, and what every channel says about one handing over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NewType, TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

from services.notify.channels.events import WebhookEndpointChanged
from shared.errors import DomainError, Kind

EndpointId = NewType("EndpointId", UUID)
EndpointStatus: TypeAlias = Literal["enabled", "disabled"]
DisabledReason: TypeAlias = Literal["by_hand", "gone"]
MAX_SECRETS: Final = 3
FIRST_PAUSE_SECONDS: Final = 5
LONGEST_PAUSE_SECONDS: Final = 300
TRANSITIONS: Final[Mapping[EndpointStatus, tuple[EndpointStatus, ...]]] = {
    "enabled": ("disabled",),
    "disabled": ("enabled",),
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of handing one message over.

    ``accepted`` means the other side took it; ``refused`` that it never will; ``failed`` that a
    later try may succeed; ``gone`` that the receiver wants nothing any more. ``detail`` is one
    short line without addresses or texts. ``retry_after_seconds`` is the receiver's own wish,
    ``slow_down`` that the whole receiver is in trouble, not this message alone.
    """

    result: Literal["accepted", "failed", "refused", "gone"]
    detail: str
    status_code: int | None = None
    provider_id: str | None = None
    retry_after_seconds: int | None = None
    slow_down: bool = False


def pause_seconds(failures: int, *, wish: int | None, cap: int) -> int:
    """Return how long a receiver in trouble is left alone: its own wish, capped, or doubling waits.

    ``failures`` counts those beyond the few that are put up with; below 0 there is no pause.
    """
    if wish is not None:
        return min(wish, cap)
    return (
        min(FIRST_PAUSE_SECONDS * 2 ** min(failures, 10), LONGEST_PAUSE_SECONDS)
        if failures >= 0
        else 0
    )


class EndpointNotFoundError(DomainError):
    """No such webhook endpoint."""

    code = "webhook-endpoint-not-found"
    kind = Kind.NOT_FOUND
    title = "No such webhook endpoint"


class EndpointTransitionError(DomainError):
    """The endpoint's status does not allow this."""

    code = "webhook-endpoint-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The endpoint's status does not allow this"


class EndpointLimitError(DomainError):
    """There are as many endpoints as there may be."""

    code = "too-many-webhook-endpoints"
    kind = Kind.CONFLICT
    title = "There are as many webhook endpoints as there may be"


@dataclass(frozen=True, slots=True)
class Secret:
    """A signing secret in its ``whsec_`` form; the newest one has no end."""

    text: str = field(repr=False)
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where another system wants to hear of events; ``version`` counts its own events."""

    id: EndpointId
    name: str
    url: str
    event_types: tuple[str, ...]
    exclude_origins: tuple[str, ...]
    status: EndpointStatus
    reason: DisabledReason | None
    secrets: tuple[Secret, ...]
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def register(
        cls,
        *,
        endpoint_id: EndpointId,
        name: str,
        url: str,
        event_types: tuple[str, ...],
        exclude_origins: tuple[str, ...],
        secret: str,
        now: datetime,
    ) -> tuple[Endpoint, list[WebhookEndpointChanged]]:
        """Make an endpoint that is enabled at once; ``url`` was checked already."""
        endpoint = cls(
            id=endpoint_id,
            name=name,
            url=url,
            event_types=event_types,
            exclude_origins=exclude_origins,
            status="enabled",
            reason=None,
            secrets=(Secret(secret, None),),
            version=1,
            created_at=now,
            updated_at=now,
        )
        return endpoint, [_changed(endpoint)]

    def wants(self, event_type: str, origin: str | None) -> bool:
        """Tell whether an event of this type, caused by this client, goes to this endpoint."""
        asked = not self.event_types or event_type in self.event_types
        return asked and (origin is None or origin not in self.exclude_origins)

    def signing_secrets(self, now: datetime) -> tuple[str, ...]:
        """Return the secrets that sign at an instant, newest first."""
        return tuple(
            secret.text
            for secret in self.secrets
            if secret.expires_at is None or secret.expires_at > now
        )

    def revise(
        self, changes: Mapping[str, Any], *, now: datetime
    ) -> tuple[Endpoint, list[WebhookEndpointChanged]]:
        """Change name, address or filters; a change that changes nothing makes no event."""
        return self._become(replace(self, **changes), now=now)

    def rotate(
        self, secret: str, *, former_for: timedelta, now: datetime
    ) -> tuple[Endpoint, list[WebhookEndpointChanged]]:
        """Sign with a new secret from now on, with the former ones for ``former_for`` longer."""
        end = now + former_for
        former = tuple(
            Secret(one.text, end if one.expires_at is None else min(one.expires_at, end))
            for one in self.secrets
            if one.expires_at is None or one.expires_at > now
        )
        secrets = (Secret(secret, None), *former)[:MAX_SECRETS]
        return self._become(replace(self, secrets=secrets), now=now)

    def move(
        self, to: EndpointStatus, *, reason: DisabledReason | None, now: datetime
    ) -> tuple[Endpoint, list[WebhookEndpointChanged]]:
        """Enable or disable the endpoint; ``reason`` says why it is disabled.

        Raises:
            EndpointTransitionError: it is there already.
        """
        allowed = TRANSITIONS[self.status]
        if to not in allowed:
            raise EndpointTransitionError(
                f"An endpoint that is {self.status} cannot become {to}.",
                extras={"allowed": list(allowed)},
            )
        kept = reason if to == "disabled" else None
        return self._become(replace(self, status=to, reason=kept), now=now)

    def _become(
        self, after: Endpoint, *, now: datetime
    ) -> tuple[Endpoint, list[WebhookEndpointChanged]]:
        if after == self:
            return self, []
        after = replace(after, version=self.version + 1, updated_at=now)
        return after, [_changed(after)]


def _changed(endpoint: Endpoint) -> WebhookEndpointChanged:
    return WebhookEndpointChanged(
        webhook_endpoint_id=endpoint.id,
        name=endpoint.name,
        host=urlsplit(endpoint.url).hostname or "",
        event_types=list(endpoint.event_types),
        exclude_origins=list(endpoint.exclude_origins),
        status=endpoint.status,
        reason=endpoint.reason,
    )
