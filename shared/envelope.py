"""An event, and its one way to and from the wire: CloudEvents 1.0 in Kafka binary mode.

The value of a record is the event's data, byte for byte as it was logged; everything else is a
header. The same event gives the same bytes every time it is sent, so copies can be compared.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import orjson

SEQUENCE_DIGITS: Final = 20
"""CloudEvents compares the sequence extension as text, so it is padded with zeros."""
MAX_SEQUENCE: Final = 2**63 - 1
"""The highest that PostgreSQL counts to."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a bus carries: a keyed value with headers, addressed to a topic."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One fact about one aggregate.

    ``key`` is the aggregate's id and ``sequence`` its version after the event (from 1, without
    gaps). ``recorded_at`` is when the fact was learned, ``occurred_at`` when it was so; both are
    aware UTC. ``actor`` is the token's subject, ``origin`` the client program that acted for it.
    ``data`` is the payload as JSON bytes.
    """

    id: UUID
    source: str
    topic: str
    key: UUID
    type: str
    sequence: int
    recorded_at: datetime
    occurred_at: datetime
    actor: str
    origin: str | None
    correlation_id: str | None
    causation_id: UUID | None
    traceparent: str | None
    data: bytes


class MalformedRecordError(ValueError):
    """A record that is not an event of ours: a header is missing or cannot be read."""


def instant(moment: datetime) -> str:
    """Return an aware instant as RFC 3339 in UTC with microseconds and ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def attributes(event: Event) -> dict[str, str]:
    """Return the CloudEvents attributes of an event by their plain names, absent ones left out."""
    found = {
        "specversion": "1.0",
        "id": str(event.id),
        "source": event.source,
        "type": event.type,
        "subject": str(event.key),
        "time": instant(event.recorded_at),
        "dataschema": f"{event.source.removeprefix('/itsm')}/schemas/{event.type}.json",
        "sequence": str(event.sequence).zfill(SEQUENCE_DIGITS),
        "partitionkey": str(event.key),
        "occurredat": instant(event.occurred_at),
        "actor": event.actor,
    }
    optional = {
        "origin": event.origin,
        "correlationid": event.correlation_id,
        "causationid": str(event.causation_id) if event.causation_id else None,
        "traceparent": event.traceparent,
    }
    found.update({name: value for name, value in optional.items() if value is not None})
    return found


def to_record(event: Event, known: dict[str, str] | None = None) -> Record:
    """Return the record that carries an event; equal events give equal bytes.

    ``known`` are the event's ``attributes``, where the caller has them already.
    """
    named = known or attributes(event)
    headers = [(f"ce_{name}", value.encode()) for name, value in named.items()]
    headers.append(("content-type", b"application/json"))
    return Record(
        topic=event.topic, key=str(event.key).encode(), value=event.data, headers=tuple(headers)
    )


def from_record(record: Record) -> Event:
    """Read the event that a record carries.

    Raises:
        MalformedRecordError: a required header is absent or unreadable, the key is not the
            subject, the value is not a JSON object, or the sequence is no version.
    """
    try:
        headers = {name: value.decode() for name, value in record.headers}
        event = Event(
            id=UUID(headers["ce_id"]),
            source=headers["ce_source"],
            topic=record.topic,
            key=UUID(headers["ce_subject"]),
            type=headers["ce_type"],
            sequence=int(headers["ce_sequence"]),
            recorded_at=_moment(headers["ce_time"]),
            occurred_at=_moment(headers["ce_occurredat"]),
            actor=headers["ce_actor"],
            origin=headers.get("ce_origin"),
            correlation_id=headers.get("ce_correlationid"),
            causation_id=UUID(cause) if (cause := headers.get("ce_causationid")) else None,
            traceparent=headers.get("ce_traceparent"),
            data=record.value,
        )
        if record.key != str(event.key).encode():
            message = "the record's key is not its subject"
            raise MalformedRecordError(message)
        if not isinstance(orjson.loads(event.data), dict):
            message = "the value is not a JSON object"
            raise MalformedRecordError(message)
        if not 1 <= event.sequence <= MAX_SEQUENCE:
            message = f"a sequence counts from 1 to {MAX_SEQUENCE}"
            raise MalformedRecordError(message)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        message = f"not an event: {type(error).__name__}: {error}"
        raise MalformedRecordError(message) from error
    return event


def to_document(event: Event) -> dict[str, object]:
    """Return the event in CloudEvents structured JSON form, as the HTTP feed shows it."""
    document: dict[str, object] = dict(attributes(event))
    document["datacontenttype"] = "application/json"
    document["data"] = orjson.loads(event.data)
    return document


def chain_hash(previous: bytes, event: Event, known: dict[str, str] | None = None) -> bytes:
    """Return the hash of a feed entry: ``sha256(previous ‖ canonical envelope ‖ sha256(data))``.

    The canonical envelope is the event's attributes and topic as JSON with sorted keys. ``known``
    are the event's ``attributes``, where the caller has them already.
    """
    named = known or attributes(event)
    envelope = orjson.dumps({**named, "topic": event.topic}, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(previous + envelope + hashlib.sha256(event.data).digest()).digest()


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = "an instant without a zone"
        raise MalformedRecordError(message)
    return moment.astimezone(UTC)
