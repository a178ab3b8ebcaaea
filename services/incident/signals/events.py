"""What the world learns about signals and integrations; never a secret."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Final, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict

SignalStatus: TypeAlias = Literal["firing", "resolved"]
IntegrationKind: TypeAlias = Literal["generic", "alertmanager"]
IntegrationStatus: TypeAlias = Literal["active", "retired"]
ResolveOn: TypeAlias = Literal["all", "first", "never"]
Standing: TypeAlias = Literal["open", "waiting", "suppressed"]
EndReason: TypeAlias = Literal["sender", "superseded"]

_SIGNAL: Final = "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e05"
_INTEGRATION: Final = "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e07"


def _signal(**own: Any) -> ConfigDict:  # noqa: ANN401 - any JSON value
    state: dict[str, Any] = {
        "signal_id": _SIGNAL,
        "integration_id": _INTEGRATION,
        "fingerprint": "b3a1c7e09d2f4a61",
        "status": "firing",
        "severity": "critical",
        "summary": "Orders fail",
        "service_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e02",
        "service_hint": "SVC0000007",
        "incident_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e01",
        "count": 1,
        "started_at": "2026-03-02T09:00:00Z",
        "ended_at": None,
        "standing": "open",
        "suppressed_by": None,
        "suppression_reason": None,
        "ci_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e0a",
        "ci_hint": "db-host-1",
    }
    return ConfigDict(json_schema_extra={"examples": [{**state, **own}]})


class SignalEvent(BaseModel, frozen=True, extra="forbid"):
    """What each event of a signal says: how it stands after it."""

    TYPE: ClassVar[str]

    signal_id: UUID
    integration_id: UUID
    fingerprint: str
    status: SignalStatus
    severity: str
    summary: str
    service_id: UUID | None
    service_hint: str | None
    incident_id: UUID | None
    count: int
    started_at: datetime
    ended_at: datetime | None
    standing: Standing = "open"
    suppressed_by: UUID | None = None
    suppression_reason: str | None = None
    ci_id: UUID | None = None
    ci_hint: str | None = None


class SignalReceived(SignalEvent):
    """It was reported for the first time, or fires again after it had ended."""

    TYPE = "itsm.signal.received.v1"
    model_config = _signal()


class SignalDeduplicated(SignalEvent):
    """It was reported again while it fires; ``count`` says how often by now."""

    TYPE = "itsm.signal.deduplicated.v1"
    model_config = _signal(count=2)


class SignalResolved(SignalEvent):
    """It no longer fires: its sender says so, or it began anew (``superseded``)."""

    TYPE = "itsm.signal.resolved.v1"
    model_config = _signal(status="resolved", ended_at="2026-03-02T09:41:00Z", reason="sender")

    reason: EndReason


class SignalLinked(SignalEvent):
    """It waited for others of its group; now there are enough, and they led to an incident."""

    TYPE = "itsm.signal.linked.v1"
    model_config = _signal()


class SignalReleased(SignalEvent):
    """The change that explained it is over and it still fires: it counts from now on."""

    TYPE = "itsm.signal.released.v1"
    model_config = _signal()


def _integration(**own: Any) -> ConfigDict:  # noqa: ANN401 - any JSON value
    state: dict[str, Any] = {
        "integration_id": _INTEGRATION,
        "name": "Shop monitoring",
        "kind": "alertmanager",
        "default_service_id": None,
        "default_team_id": None,
        "resolve_on": "all",
        "reopen_window_hours": 24,
        "threshold": 1,
        "window_seconds": 300,
        "status": "active",
    }
    return ConfigDict(json_schema_extra={"examples": [{**state, **own}]})


class IntegrationEvent(BaseModel, frozen=True, extra="forbid"):
    """What each event of an integration says: how it stands after it."""

    TYPE: ClassVar[str]

    integration_id: UUID
    name: str
    kind: IntegrationKind
    default_service_id: UUID | None
    default_team_id: UUID | None
    resolve_on: ResolveOn
    reopen_window_hours: int
    threshold: int = 1
    window_seconds: int = 300
    status: IntegrationStatus


class IntegrationRegistered(IntegrationEvent):
    """A sender of signals was let in."""

    TYPE = "itsm.integration.registered.v1"
    model_config = _integration()


class IntegrationChanged(IntegrationEvent):
    """It was changed, given another secret (``secret_rotated``), or let in again."""

    TYPE = "itsm.integration.changed.v1"
    model_config = _integration(secret_rotated=False)

    secret_rotated: bool


class IntegrationRetired(IntegrationEvent):
    """It is no longer let in."""

    TYPE = "itsm.integration.retired.v1"
    model_config = _integration(status="retired")


PUBLISHED: Final = (
    SignalReceived,
    SignalDeduplicated,
    SignalResolved,
    SignalLinked,
    SignalReleased,
    IntegrationRegistered,
    IntegrationChanged,
    IntegrationRetired,
)
