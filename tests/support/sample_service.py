"""A tiny service for tests of the kernel: things that change, orders heard of, one timer, one job.

    python -m tests.support.sample_service serve FOLDER    serves until it is told to stop
    python -m tests.support.sample_service relay FOLDER    runs the relay alone, on a bus of its own

It knows nothing of the four services. ``REFUSED`` holds ids that its handlers refuse right now, so
that a test decides what fails and when that is mended; ``heard`` gets a row per handler's run.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import sqlalchemy as sa
from fastapi import Depends
from pydantic import BaseModel
from pydantic_settings import SettingsConfigDict
from starlette.responses import Response

from shared import clock, kernel_api, log, timers
from shared.app import service_router
from shared.auth import platform_actor
from shared.bus_local import LocalBus
from shared.cli import run, serve_services
from shared.db import Tx
from shared.envelope import Event
from shared.errors import require_version
from shared.inbox import Subscription, on
from shared.paging import Listing, PageRequest, page
from shared.problems import responses
from shared.relay import Relay
from shared.schemas import Page
from shared.service import Area, Job, Service
from shared.settings import ServiceSettings, load
from shared.timers import Timer
from shared.web import IfMatch, IfNoneMatch, Reading, Writing
from tests.support.eventually import eventually
from tests.support.sample_records import (
    ChangeThing,
    KeyRecord,
    MakeThing,
    RemindThing,
    ThingRecord,
)
from tests.support.sample_things import (
    HEAR,
    HEARD,
    METADATA,
    THING,
    Thing,
    ThingChanged,
    ThingClosed,
    change_thing,
    close_empty,
    close_thing,
    find_thing,
    load_thing,
    make_thing,
)

REFUSED: Final[set[UUID]] = set()


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="ITSM_SAMPLE_", frozen=True, extra="ignore")


async def remind(tx: Tx, timer: Timer, now: datetime) -> None:
    """Count a reminder of a thing that is still open."""
    thing = await load_thing(tx, timer.subject)
    await tx.run(HEAR, key=thing.id, sequence=timer.generation, type="timer")
    if thing.id in REFUSED:
        raise ValueError("this thing is refused right now")
    changes: dict[str, object] = {"reminders": thing.reminders + 1}
    await change_thing(tx, thing, changes=changes, actor=platform_actor("sample"), now=now)


class OrderView(BaseModel, frozen=True):
    makes: str | None = None


class ThingView(BaseModel, frozen=True):
    name: str


async def hear_order(tx: Tx, event: Event, body: OrderView, now: datetime) -> None:
    """Note another service's event; make a thing where it asks for one."""
    await tx.run(HEAR, key=event.key, sequence=event.sequence, type=event.type)
    if event.key in REFUSED:
        raise ValueError("this order is refused right now")
    if body.makes is not None:
        actor = platform_actor("sample")
        await make_thing(tx, thing_id=event.id, name=body.makes, size=1, actor=actor, now=now)


async def hear_thing(tx: Tx, event: Event, body: ThingView, now: datetime) -> None:  # noqa: ARG001 - a handler's shape
    """Note an event of this service itself."""
    await tx.run(HEAR, key=event.key, sequence=event.sequence, type=event.type)


LISTENER: Final = Subscription(
    name="sample.listener",
    topics=("itsm.other.events", "itsm.sample.events"),
    reactions=(
        on("itsm.order.placed.v1", OrderView, hear_order),
        on(ThingChanged.TYPE, ThingView, hear_thing),
    ),
)


THINGS: Final = Listing(
    source=sa.select(THING),
    key=THING.c.id,
    filters={
        "state": THING.c.state,
        "size": THING.c.size,
        "created_at": THING.c.created_at,
        "id": THING.c.id,
    },
    sorts={"name": THING.c.name, "size": THING.c.size, "created_at": THING.c.created_at},
    default_sort="name",
)
HEARINGS: Final = Listing(
    source=sa.select(HEARD),
    key=HEARD.c.key,
    filters={},
    sorts={"size": HEARD.c.type},
    default_sort="size",
)
router = service_router("/sample/v1", tags=["things"])


def _record(thing: Thing) -> ThingRecord:
    return ThingRecord(**{name: getattr(thing, name) for name in ThingRecord.model_fields})


@router.post(
    "/things", status_code=201, response_model=ThingRecord, responses=responses(409, 413, 422)
)
async def create_thing(body: MakeThing, call: Writing) -> Response:
    """Make a thing."""
    thing_id = clock.new_id()
    thing = await make_thing(
        call.tx, thing_id=thing_id, name=body.name, size=body.size, actor=call.actor, now=call.now
    )
    return call.created(_record(thing), location=f"/sample/v1/things/{thing_id}")


@router.get("/things", response_model=Page[ThingRecord], responses=responses())
async def list_things(
    call: Reading, asked: Annotated[PageRequest, Depends(THINGS.parameters())]
) -> Response:
    """List things."""
    rows, following = await page(call.tx, THINGS, asked)
    items = [ThingRecord(**{name: row[name] for name in ThingRecord.model_fields}) for row in rows]
    return call.page(Page[ThingRecord](items=items, next=following))


@router.get("/things/{thing_id}", response_model=ThingRecord, responses=responses(404))
async def read_thing(thing_id: UUID, call: Reading, if_none_match: IfNoneMatch = None) -> Response:  # noqa: ARG001
    """Read a thing."""
    found = await find_thing(call.tx, thing_id)
    return call.answer(_record(found), version=found.version)


@router.patch(
    "/things/{thing_id}", response_model=ThingRecord, responses=responses(404, 412, 422, 428)
)
async def patch_thing(
    thing_id: UUID,
    body: ChangeThing,
    call: Writing,
    if_match: IfMatch = None,  # noqa: ARG001
) -> Response:
    """Change a thing."""
    thing = await load_thing(call.tx, thing_id)
    require_version(thing.version, call.expected_version())
    changes = body.model_dump(exclude_unset=True)
    thing = await change_thing(call.tx, thing, changes=changes, actor=call.actor, now=call.now)
    return call.answer(_record(thing), version=thing.version)


@router.post(
    "/things/{thing_id}/close", response_model=ThingRecord, responses=responses(404, 409, 428)
)
async def end_thing(thing_id: UUID, call: Writing, if_match: IfMatch = None) -> Response:  # noqa: ARG001
    """Close a thing."""
    thing = await load_thing(call.tx, thing_id)
    require_version(thing.version, call.expected_version())
    thing = await close_thing(call.tx, thing, actor=call.actor, now=call.now)
    return call.answer(_record(thing), version=thing.version)


@router.post(
    "/things/{thing_id}/remind", response_model=ThingRecord, responses=responses(404, 409, 422)
)
async def remind_thing(thing_id: UUID, body: RemindThing, call: Writing) -> Response:
    """Ask for a reminder."""
    thing = await load_thing(call.tx, thing_id)
    await timers.arm(call.tx, kind="remind", subject=thing.id, due_at=body.due_at)
    return call.answer(_record(thing), version=thing.version)


@router.post(
    "/things/{thing_id}/keys", status_code=201, response_model=KeyRecord, responses=responses(404)
)
async def make_key(thing_id: UUID, call: Writing) -> Response:
    """Make a key to a thing; it is in this answer and nowhere else."""
    thing = await load_thing(call.tx, thing_id)
    return call.created(
        KeyRecord(thing_id=thing.id, key=secrets.token_urlsafe(32)),
        location=f"/sample/v1/things/{thing.id}",
        kept=KeyRecord(thing_id=thing.id, key=None),
    )


@router.get("/heard", responses=responses())
async def list_heard(
    call: Reading, asked: Annotated[PageRequest, Depends(HEARINGS.parameters())]
) -> Response:
    """List what was heard, in the order of its type."""
    rows, following = await page(call.tx, HEARINGS, asked)
    return call.page(Page[str](items=[row["type"] for row in rows], next=following))


PERMISSIONS: Final = {
    "list_heard": frozenset({"keeper"}),
    "create_thing": frozenset({"keeper"}),
    "list_things": frozenset({"keeper", "reader"}),
    "read_thing": frozenset({"keeper", "reader"}),
    "patch_thing": frozenset({"keeper"}),
    "end_thing": frozenset({"keeper"}),
    "remind_thing": frozenset({"keeper"}),
    "make_key": frozenset({"keeper"}),
}


def sample_service(folder: Path) -> Service:
    """Return the service; its migrations are in a folder of the test run."""
    return Service(
        name="sample",
        about="Things, for tests.",
        settings=Settings,
        metadata=METADATA,
        areas=(
            Area(
                name="things",
                router=router,
                subscriptions=(LISTENER,),
                timers={"remind": remind},
                jobs=(Job("close_empty", every_seconds=3600, run=close_empty),),
                published=(ThingChanged, ThingClosed),
                aggregates=("thing",),
            ),
        ),
        permissions={**kernel_api.PERMISSIONS, **PERMISSIONS},
        folder=folder,
        release=1,
    )


async def _relay() -> None:
    url = load(Settings).database_url.get_secret_value()
    relay = Relay(url=url, service="sample", bus=LocalBus())
    running = asyncio.ensure_future(relay.run())
    await eventually(lambda: relay.leading, within=30)
    print("leading", flush=True)  # noqa: T201 - read by the test
    await running


def main() -> None:
    """Serve, or relay, until told to stop."""
    what, folder = sys.argv[1], Path(sys.argv[2])
    log.configure(as_json=True)
    if what == "relay":
        run(_relay())
        return

    def started(port: int) -> None:
        print(port, flush=True)  # noqa: T201 - read by the test

    run(serve_services([sample_service(folder)], whole=True, version="test", started=started))


if __name__ == "__main__":
    main()
