"""What every service offers about itself: its event feed, what it parked, its subscriptions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from shared import parking
from shared.app import service_router
from shared.db import Row
from shared.envelope import to_document
from shared.feed import Stretch, read_feed, republish
from shared.problems import ProblemError, responses
from shared.schemas import Instant, Line, RequestModel, ResponseModel
from shared.web import Caller, Reading

PERMISSIONS: Final[Mapping[str, frozenset[str]]] = {
    "read_events": frozenset({"integration", "auditor", "admin"}),
    "list_parked": frozenset({"auditor", "admin"}),
    "show_parked": frozenset({"auditor", "admin"}),
    "replay_parked": frozenset({"admin"}),
    "discard_parked": frozenset({"admin"}),
    "list_subscriptions": frozenset({"auditor", "admin"}),
    "resume_subscription": frozenset({"admin"}),
    "republish_events": frozenset({"admin"}),
}
MAX_WAIT_SECONDS: Final = 30
POLL_SECONDS: Final = 0.1
MAX_BIGINT: Final = 2**63 - 1


class EventPage(ResponseModel):
    """A stretch of the feed; ask again with ``after`` = ``next``."""

    items: list[dict[str, Any]]
    next: int


class ParkedSummary(ResponseModel):
    """A parked record without its payload."""

    id: int
    subscription: str
    key: str
    topic: str
    type: str | None
    reason: str
    error: str
    attempts: int
    parked_at: datetime


class ParkedRecord(ParkedSummary):
    """A parked record with what arrived; ``value`` is text with unreadable bytes escaped."""

    headers: dict[str, str]
    value: str


class ParkedPage(ResponseModel):
    """Parked records by ascending id; ask again with ``after`` = ``next``, null ends."""

    items: list[ParkedSummary]
    next: int | None


class ReplayResult(ResponseModel):
    """How many records of the key were applied, and whether more are parked still."""

    applied: int
    left: bool


class SubscriptionState(ResponseModel):
    """A subscription; ``stopped`` says why it does not go on, null that it does."""

    name: str
    topics: list[str]
    stopped: str | None
    parked: int


class SubscriptionList(ResponseModel):
    """All subscriptions of the service."""

    items: list[SubscriptionState]


class Republish(RequestModel):
    """Which events should go out again; nothing named means all of them."""

    key: UUID | None = Field(default=None, description="One record's events.")
    type: Line | None = Field(default=None, description="One type of event.")
    since: Instant | None = Field(default=None, description="Recorded since then.")


class Republished(ResponseModel):
    """How many events were queued to go out again."""

    queued: int


def kernel_router(service: str) -> APIRouter:
    """Return the routes that every service has, under ``/<service>/v1``."""
    router = service_router(f"/{service}/v1", tags=["platform"])
    _feed_routes(router, service)
    _parked_routes(router, service)
    _subscription_routes(router, service)
    return router


def _feed_routes(router: APIRouter, service: str) -> None:
    @router.get("/events", response_model=EventPage, responses=responses())
    async def read_events(
        call: Caller,
        after: Annotated[int, Query(ge=0, le=MAX_BIGINT, description="A position; 0 begins.")] = 0,
        type: Annotated[  # noqa: A002 - the parameter's public name
            str, Query(max_length=1000, description="Event types; comma means or.")
        ] = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        wait: Annotated[
            int, Query(ge=0, le=MAX_WAIT_SECONDS, description="Seconds to wait for something new.")
        ] = 0,
    ) -> Response:
        """Read the events of this service in the order they went out; long-polls with ``wait``."""
        if "\x00" in type:
            raise ProblemError(400, "The parameter type is not valid text.")
        types = [one for one in type.split(",") if one]
        deadline = asyncio.get_running_loop().time() + wait
        while True:
            async with call.edge.database.reading() as tx:
                found = await read_feed(tx, service=service, after=after, types=types, limit=limit)
            if found.events or asyncio.get_running_loop().time() >= deadline or call.draining():
                return call.answer(_event_page(found))
            await asyncio.sleep(POLL_SECONDS)

    @router.post("/republications", response_model=Republished, responses=responses(413, 415, 422))
    async def republish_events(body: Republish, call: Caller) -> Response:
        """Send logged events again, ids unchanged, for one that is new or lost its state."""
        counts = republish(call.edge.database, key=body.key, event_type=body.type, since=body.since)
        queued = [count async for count in counts]
        return call.answer(Republished(queued=queued[-1] if queued else 0))


def _event_page(found: Stretch) -> EventPage:
    items = [{"position": position, **to_document(event)} for position, event in found.events]
    return EventPage(items=items, next=found.next)


def _parked_routes(router: APIRouter, service: str) -> None:
    @router.get("/parked", response_model=ParkedPage, responses=responses())
    async def list_parked(
        call: Reading,
        after: Annotated[int, Query(ge=0, le=MAX_BIGINT)] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        subscription: Annotated[str | None, Query(max_length=100)] = None,
    ) -> Response:
        """List records that could not be applied and wait for a person."""
        if subscription is not None and "\x00" in subscription:
            raise ProblemError(400, "The parameter subscription is not valid text.")
        rows = await parking.list_parked(
            call.tx, service=service, after=after, limit=limit + 1, subscription=subscription
        )
        items = [ParkedSummary.model_validate(dict(row)) for row in rows[:limit]]
        return call.answer(
            ParkedPage(items=items, next=items[-1].id if len(rows) > limit else None)
        )

    @router.get("/parked/{parked_id}", response_model=ParkedRecord, responses=responses(404))
    async def show_parked(call: Reading, parked_id: int) -> Response:
        """Show a parked record with what arrived."""
        row = await parking.show_parked(call.tx, service=service, parked_id=_bigint(parked_id))
        return call.answer(_parked_record(row))

    @router.post(
        "/parked/{parked_id}/replay", response_model=ReplayResult, responses=responses(404, 409)
    )
    async def replay_parked(call: Caller, parked_id: int) -> Response:
        """Apply a parked record and those behind it, oldest first."""
        done = await parking.replay(
            call.edge.database, call.edge.inboxes, parked_id=_bigint(parked_id)
        )
        return call.answer(ReplayResult(applied=done.applied, left=done.left))

    @router.post(
        "/parked/{parked_id}/discard", response_model=ReplayResult, responses=responses(404)
    )
    async def discard_parked(call: Caller, parked_id: int) -> Response:
        """Give a parked record up, so that those behind it can be replayed."""
        await parking.discard(
            call.edge.database, parked_id=_bigint(parked_id), actor=call.actor.sub
        )
        return call.answer(ReplayResult(applied=0, left=False))


def _subscription_routes(router: APIRouter, service: str) -> None:
    @router.get("/subscriptions", response_model=SubscriptionList, responses=responses())
    async def list_subscriptions(call: Reading) -> Response:
        """List what this service follows, and whether it goes on."""
        states = {
            row["subscription"]: row
            for row in await parking.subscription_states(call.tx, service=service)
        }
        items = [
            SubscriptionState(
                name=inbox.subscription.name,
                topics=list(inbox.subscription.topics),
                stopped=state["reason"] if (state := states.get(name)) else None,
                parked=state["parked"] if state else 0,
            )
            for name, inbox in sorted(call.edge.inboxes.items())
        ]
        return call.answer(SubscriptionList(items=items))

    @router.post(
        "/subscriptions/{name}/resume", response_model=SubscriptionState, responses=responses(404)
    )
    async def resume_subscription(call: Caller, name: str) -> Response:
        """Let a stopped subscription go on; it begins with the record it stopped at."""
        inbox = call.edge.inboxes.get(name)
        if inbox is None:
            raise ProblemError(404, "This service has no such subscription.")
        await inbox.resume()
        topics = list(inbox.subscription.topics)
        return call.answer(SubscriptionState(name=name, topics=topics, stopped=None, parked=0))


def _bigint(number: int) -> int:
    if not 0 <= number <= MAX_BIGINT:
        raise ProblemError(404, "There is no record with this id.")
    return number


def _parked_record(row: Row) -> ParkedRecord:
    return ParkedRecord(
        headers=dict(row["headers"]),
        value=row["value"].decode("utf-8", "backslashreplace"),
        **{name: row[name] for name in ParkedSummary.model_fields},
    )
