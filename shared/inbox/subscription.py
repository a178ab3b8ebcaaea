"""What a service follows: types of events, the fields it reads of each, and its handlers."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import NAMESPACE_OID, UUID, uuid5

from pydantic import BaseModel, ValidationError

from shared.bus import Delivery
from shared.db import Tx
from shared.envelope import Event, MalformedRecordError, from_record
from shared.telemetry import Trace, current_trace

Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a subscription does with one event type: the fields it reads, and the handler."""

    types: tuple[str, ...]
    model: type[BaseModel]
    handle: Callable[[Tx, Event, Any, datetime], Awaitable[None]]


def on(
    types: str | tuple[str, ...],
    model: type[Body],
    handle: Callable[[Tx, Event, Body, datetime], Awaitable[None]],
) -> Reaction:
    """Bind event types to a handler ``(tx, event, body, now)``; ``body`` has what it reads."""
    return Reaction((types,) if isinstance(types, str) else types, model, handle)


@dataclass(frozen=True)
class Subscription:
    """A named reader of some services' events; the name is for ever, for it keys what was read."""

    name: str
    topics: tuple[str, ...]
    reactions: tuple[Reaction, ...]
    by_type: Mapping[str, Reaction] = field(init=False)

    def __post_init__(self) -> None:
        """Index the reactions by event type."""
        table = {name: reaction for reaction in self.reactions for name in reaction.types}
        object.__setattr__(self, "by_type", table)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record as this subscription reads it; ``fault`` says why it cannot."""

    delivery: Delivery
    event: Event | None
    body: BaseModel | None
    reaction: Reaction | None
    fault: str | None

    @property
    def identity(self) -> UUID:
        """Return the event's id; for a record that has none, one made of its place and bytes.

        The place alone would not do: a topic that was made anew counts from zero again.
        """
        if self.event is not None:
            return self.event.id
        record = self.delivery.record
        bytes_hash = hashlib.sha256(repr((record.key, record.headers, record.value)).encode())
        place = f"{record.topic}/{self.delivery.partition}/{self.delivery.offset}"
        return uuid5(NAMESPACE_OID, f"{place}/{bytes_hash.hexdigest()}")

    @property
    def key(self) -> str:
        """Return the record's key as text, readable even where the record is not."""
        return self.delivery.record.key.decode("utf-8", "backslashreplace").replace("\x00", "")[
            :200
        ]


def read(subscription: Subscription, delivery: Delivery) -> Incoming | None:
    """Return what a record means to a subscription; None if it does not concern it."""
    try:
        event = from_record(delivery.record)
    except MalformedRecordError as error:
        return Incoming(delivery, None, None, None, str(error))
    reaction = subscription.by_type.get(event.type)
    if reaction is None:
        return None
    try:
        body = reaction.model.model_validate_json(event.data)
    except ValidationError as error:
        return Incoming(delivery, event, None, reaction, f"payload: {error.errors()[0]['msg']}")
    return Incoming(delivery, event, body, reaction, None)


@contextmanager
def caused_by(event: Event) -> Iterator[None]:
    """Make what a handler emits carry the event's correlation, trace and id as its cause."""
    token = current_trace.set(Trace(event.correlation_id, event.traceparent, event.id))
    try:
        yield
    finally:
        current_trace.reset(token)
