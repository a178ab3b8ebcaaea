"""A sender's report in our own words, for tools without a format of their own."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from services.incident.signals.domain.signal import Delivery, Report
from services.incident.signals.domain.wording import MAX_DETAILS_CHARS, lines, one_line
from shared.schemas import Instant, Line, RequestModel

Key = Annotated[Line, StringConstraints(max_length=200)]


class GenericBody(RequestModel):
    """One signal: it fires (trigger), somebody saw it (acknowledge), it is over (resolve).

    ``dedup_key`` tells signals apart; those of one ``group_key`` lead to one incident.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "dedup_key": "backup/orders",
                    "action": "trigger",
                    "severity": "warning",
                    "service": "SVC0000007",
                    "ci": "db-host-1",
                    "summary": "Last night's backup failed",
                }
            ]
        }
    )

    dedup_key: Key
    action: Literal["trigger", "acknowledge", "resolve"]
    group_key: Key | None = Field(default=None, description="By default the dedup_key.")
    severity: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{0,50}$")] = ""
    service: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        default=None, description="Number, id or technical name."
    )
    ci: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        default=None, description="Configuration item: number, id or name."
    )
    summary: Annotated[str, StringConstraints(max_length=1000)] = ""
    details: Annotated[str, StringConstraints(max_length=20_000)] = ""
    link: Annotated[str, StringConstraints(max_length=2000)] | None = None
    started_at: Instant | None = Field(default=None, description="By default now.")
    ended_at: Instant | None = None


def delivery_of(body: GenericBody) -> Delivery:
    """Return what a sender says, in our own terms."""
    summary = one_line(body.summary)
    report = Report(
        fingerprint=body.dedup_key,
        action=body.action,
        started_at=body.started_at,
        ended_at=body.ended_at,
        severity=body.severity.lower(),
        service_hint=one_line(body.service or "", 100) or None,
        ci_hint=one_line(body.ci or "", 200) or None,
        name=body.dedup_key,
        summary=summary,
        details=lines(body.details, MAX_DETAILS_CHARS),
        link=one_line(body.link, 2000) or None if body.link else None,
        raw="",
    )
    return Delivery(
        group_key=body.group_key or body.dedup_key,
        title=summary or body.dedup_key,
        text=lines(body.details) or summary,
        reports=(report,),
    )
