"""Documents for webhooks are kept as long as somebody may still get them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from shared.db import statement
from tests.component.notify.desk import Desk
from tests.support.webhook_sink import Answer, Sink

DECLARED = "itsm.incident.declared.v1"
MONTHS = timedelta(days=60)


async def kept(desk: Desk) -> set[UUID]:
    async with desk.stage.database("notify").reading() as tx:
        rows = await tx.all(statement("select event_id from notify.document"))
    return {row["event_id"] for row in rows}


@pytest.mark.parametrize(("status", "left"), [(204, 0), (410, 1)])
async def test_an_old_document_goes_once_everybody_has_it(
    hooks: Desk, sink: Sink, status: int, left: int
) -> None:
    sink.default = Answer(status)
    await hooks.endpoint(sink.url(), event_types=[DECLARED])
    declared = hooks.incident("declared", uuid4())
    await hooks.tell(declared)
    now = datetime.now(UTC)
    assert await hooks.stage.run_job("notify", "deliveries.forget", now + MONTHS) == 0
    await hooks.send()
    assert await hooks.stage.run_job("notify", "deliveries.forget", now) == 0
    assert await kept(hooks) == {declared.id}
    assert await hooks.stage.run_job("notify", "deliveries.forget", now + MONTHS) == 1 - left
    assert len(await kept(hooks)) == left


async def test_an_event_that_no_endpoint_wants_leaves_no_document(hooks: Desk) -> None:
    await hooks.tell(hooks.incident("declared", uuid4()))
    assert await kept(hooks) == set()
