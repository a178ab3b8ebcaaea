"""Prometheus Alertmanager's webhook, version 4, in our own terms.

Only translation: what a delivery means is decided elsewhere, once for all senders. Fields that are
not known are left alone, for the sender's format grows without asking us.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.incident.signals.domain.signal import Delivery, Report
from services.incident.signals.domain.wording import (
    MAX_DETAILS_CHARS,
    MAX_LINK_CHARS,
    MAX_RAW_CHARS,
    lines,
    one_line,
)
from shared.schemas import EARLIEST, LATEST

MAX_ALERTS: Final = 50_000
MAX_LABELS: Final = 1_000
ALERTS_IN_TEXT: Final = 20
_EXAMPLE: Final[dict[str, Any]] = {
    "version": "4",
    "groupKey": '{}:{alertname="OrderErrors"}',
    "truncatedAlerts": 0,
    "status": "firing",
    "receiver": "itsm",
    "groupLabels": {"alertname": "OrderErrors"},
    "commonLabels": {"alertname": "OrderErrors", "service": "SVC0000007", "severity": "critical"},
    "commonAnnotations": {"summary": "Orders fail"},
    "externalURL": "",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "OrderErrors", "service": "SVC0000007", "ci": "db-host-1"},
            "annotations": {"summary": "Orders fail"},
            "startsAt": "2026-03-02T09:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "",
            "fingerprint": "b3a1c7e09d2f4a61",
        }
    ],
}
Labels = Annotated[dict[str, str], Field(max_length=MAX_LABELS)]


class Alert(BaseModel):
    """One alert of a group; a firing one has its ``endsAt`` in year 1.

    Of its labels, ``service`` hints at a service and ``ci`` at a configuration item.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    status: Literal["firing", "resolved"]
    labels: Labels = Field(default_factory=dict)
    annotations: Labels = Field(default_factory=dict)
    starts_at: AwareDatetime = Field(alias="startsAt")
    ends_at: AwareDatetime | None = Field(default=None, alias="endsAt")
    generator_url: str = Field(default="", alias="generatorURL")
    fingerprint: str = Field(default="", max_length=200)


class AlertmanagerBody(BaseModel):
    """One notification: an alert group as it stands."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, json_schema_extra={"examples": [_EXAMPLE]}
    )

    version: Literal["4"]
    group_key: str = Field(alias="groupKey", min_length=1, max_length=100_000)
    truncated_alerts: int = Field(default=0, alias="truncatedAlerts", ge=0)
    status: Literal["firing", "resolved"]
    receiver: str = ""
    group_labels: Labels = Field(default_factory=dict, alias="groupLabels")
    common_labels: Labels = Field(default_factory=dict, alias="commonLabels")
    common_annotations: Labels = Field(default_factory=dict, alias="commonAnnotations")
    external_url: str = Field(default="", alias="externalURL")
    alerts: Annotated[tuple[Alert, ...], Field(max_length=MAX_ALERTS)]


def delivery_of(body: AlertmanagerBody) -> Delivery:
    """Return what a notification says, in our own terms."""
    return Delivery(
        group_key=body.group_key,
        title=_title(body),
        text=_text(body),
        reports=tuple(_report(alert) for alert in body.alerts),
    )


def _report(alert: Alert) -> Report:
    firing = alert.status == "firing"
    ended = None if firing or alert.ends_at is None else _within(alert.ends_at)
    raw = orjson.dumps({"labels": alert.labels, "annotations": alert.annotations}).decode()
    return Report(
        fingerprint=alert.fingerprint or _fingerprint(alert.labels),
        action="trigger" if firing else "resolve",
        started_at=_within(alert.starts_at) or EARLIEST,
        ended_at=ended,
        severity=one_line(alert.labels.get("severity", "").lower(), 50),
        service_hint=one_line(alert.labels.get("service", ""), 100) or None,
        ci_hint=one_line(alert.labels.get("ci", ""), 200) or None,
        name=one_line(alert.labels.get("alertname", "")),
        summary=one_line(_first(alert.annotations, "summary", "title")),
        details=lines(_first(alert.annotations, "description", "message"), MAX_DETAILS_CHARS),
        link=one_line(alert.generator_url, MAX_LINK_CHARS) or None,
        raw=lines(raw, MAX_RAW_CHARS),
    )


def _title(body: AlertmanagerBody) -> str:
    firing = [alert for alert in body.alerts if alert.status == "firing"] or body.alerts
    candidates = (
        _first(body.common_annotations, "summary", "title"),
        *(_first(alert.annotations, "summary", "title") for alert in firing[:1]),
        *(alert.labels.get("alertname", "") for alert in firing[:1]),
        body.common_labels.get("alertname", ""),
    )
    return next((found for one in candidates if (found := one_line(one))), "") or one_line(
        f"Alerts of the group {body.group_key}"
    )


def _text(body: AlertmanagerBody) -> str:
    shown = [_line(alert) for alert in body.alerts[:ALERTS_IN_TEXT]]
    further = len(body.alerts) - ALERTS_IN_TEXT
    if further > 0:
        shown.append(f"… and {further} further alerts.")
    if body.truncated_alerts:
        shown.append(f"The sender left out {body.truncated_alerts} further alerts.")
    return lines("\n".join(shown))


def _line(alert: Alert) -> str:
    labels = " ".join(f"{name}={value}" for name, value in sorted(alert.labels.items()))
    said = _first(alert.annotations, "description", "message", "summary")
    return f"{alert.status}: {one_line(said, 400)} [{one_line(labels, 400)}]"


def _first(texts: Mapping[str, str], *names: str) -> str:
    return next((texts[name] for name in names if texts.get(name, "").strip()), "")


def _within(moment: datetime) -> datetime | None:
    return moment if EARLIEST <= moment <= LATEST else None


def _fingerprint(labels: Mapping[str, str]) -> str:
    """Return a stand-in where an old sender gives none: the labels tell alerts apart."""
    ordered: Sequence[tuple[str, str]] = sorted(labels.items())
    return hashlib.sha256(orjson.dumps(ordered)).hexdigest()[:32]
