"""Clocks and their records as rows, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from services.incident.clocks.domain import (
    Clock,
    ClockId,
    Fact,
    Hit,
    Reading,
    Record,
    Rules,
    Share,
    Target,
)


def record_of(row: Mapping[str, Any]) -> Record:
    """Return the record that a row holds."""
    return Record(
        id=row["id"],
        type=row["type"],
        number=row["number"],
        service_id=row["service_id"],
        supplier_id=row["supplier_id"],
        is_open=row["is_open"],
        facts=tuple(_fact(one) for one in row["facts"]),
        customer_ids=tuple(row["customer_ids"]),
        reached={
            UUID(key): tuple(UUID(one) for one in services)
            for key, services in row["reached"].items()
        },
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def clock_of(row: Mapping[str, Any]) -> Clock:
    """Return the clock that a row holds."""
    terms = {
        int(priority): None if one is None else _target(one)
        for priority, one in row["terms"].items()
    }
    target = next(
        one
        for one in terms.values()
        if one is not None
        and (one.target_id, one.seconds) == (row["target_id"], row["target_seconds"])
    )
    reading = Reading(
        at=row["measured_at"],
        state=row["state"],
        running=row["running"],
        started_at=row["started_at"],
        stopped_at=row["stopped_at"],
        breached_at=row["breached_at"],
        deadline=row["deadline"],
        elapsed=row["elapsed"],
        target=target,
        hits=tuple(Hit(one["percent"], _instant(one["at"])) for one in row["hits"]),
        attribution=tuple(
            Share(_id(one["team_id"]), _id(one["supplier_id"]), one["reason"], one["seconds"])
            for one in row["attribution"]
        ),
        wake_at=row["wake_at"],
    )
    return Clock(
        id=ClockId(row["id"]),
        record_id=row["record_id"],
        agreement_id=row["agreement_id"],
        agreement_type=row["agreement_type"],
        agreement_sequence=row["agreement_sequence"],
        service_id=row["service_id"],
        customer_id=row["customer_id"],
        rules=Rules(
            metric=row["metric"],
            terms=terms,
            team_id=row["team_id"],
            supplier_id=row["supplier_id"],
            withdrawn_at=row["withdrawn_at"],
        ),
        reading=reading,
        calendar_version=row["calendar_version"],
        calendar_sequence=row["calendar_sequence"],
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def record_row(record: Record) -> dict[str, object]:
    """Return the row of a record, to be written as JSON."""
    return {
        "id": record.id,
        "type": record.type,
        "number": record.number,
        "service_id": record.service_id,
        "supplier_id": record.supplier_id,
        "is_open": record.is_open,
        "facts": [fact_row(one) for one in record.facts],
        "customer_ids": list(record.customer_ids),
        "reached": {str(key): list(services) for key, services in record.reached.items()},
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def clock_row(record: Record, clock: Clock) -> dict[str, object]:
    """Return the row of a clock of a record, to be written as JSON."""
    shown, rules = clock.reading, clock.rules
    targets = [one for one in rules.terms.values() if one is not None]
    return {
        "id": clock.id,
        "record_type": record.type,
        "record_id": clock.record_id,
        "record_number": record.number,
        "service_id": clock.service_id,
        "customer_id": clock.customer_id,
        "team_id": rules.team_id,
        "supplier_id": rules.supplier_id,
        "agreement_id": clock.agreement_id,
        "agreement_type": clock.agreement_type,
        "agreement_version": shown.target.agreement_version,
        "agreement_sequence": clock.agreement_sequence,
        "metric": rules.metric,
        "target_id": shown.target.target_id,
        "target_seconds": shown.target.seconds,
        "calendar_id": shown.target.calendar_id,
        "calendar_version": clock.calendar_version,
        "calendar_sequence": clock.calendar_sequence,
        "calendar_ids": sorted({one.calendar_id for one in targets if one.calendar_id is not None}),
        "terms": {
            str(priority): None if one is None else _target_row(one)
            for priority, one in rules.terms.items()
        },
        "withdrawn_at": rules.withdrawn_at,
        "state": shown.state,
        "running": shown.running,
        "started_at": shown.started_at,
        "stopped_at": shown.stopped_at,
        "breached_at": shown.breached_at,
        "deadline": shown.deadline,
        "measured_at": shown.at,
        "elapsed": shown.elapsed,
        "hits": [{"percent": one.percent, "at": one.at} for one in shown.hits],
        "attribution": [
            {
                "team_id": one.team_id,
                "supplier_id": one.supplier_id,
                "reason": one.reason,
                "seconds": one.seconds,
            }
            for one in shown.attribution
        ],
        "wake_at": shown.wake_at,
        "version": clock.version,
        "created_at": clock.created_at,
        "updated_at": clock.updated_at,
    }


def _fact(found: Mapping[str, Any]) -> Fact:
    return Fact(
        sequence=found["sequence"],
        kind=found["kind"],
        at=_instant(found["at"]),
        reason=found.get("reason"),
        priority=found.get("priority"),
        team_id=_id(found.get("team_id")),
        corrects=found.get("corrects"),
        entry=found.get("entry"),
    )


def fact_row(fact: Fact) -> dict[str, object]:
    """Return a fact without what it does not say; a record may have many."""
    found = {one.name: getattr(fact, one.name) for one in fields(fact)}
    return {name: value for name, value in found.items() if value is not None}


def _target(found: Mapping[str, Any]) -> Target:
    return Target(
        target_id=UUID(found["target_id"]),
        agreement_version=found["agreement_version"],
        seconds=found["seconds"],
        calendar_id=_id(found["calendar_id"]),
        pause_on=frozenset(found["pause_on"]),
        runs_only_on=frozenset(found["runs_only_on"]),
        thresholds=tuple(found["thresholds"]),
    )


def _target_row(target: Target) -> dict[str, object]:
    return {
        "target_id": target.target_id,
        "agreement_version": target.agreement_version,
        "seconds": target.seconds,
        "calendar_id": target.calendar_id,
        "pause_on": sorted(target.pause_on),
        "runs_only_on": sorted(target.runs_only_on),
        "thresholds": list(target.thresholds),
    }


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
