"""A request that nobody waits for any more leaves nothing, and keeps no connection."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from shared.db import statement
from tests.support.eventually import eventually
from tests.support.sample import THINGS, Factory, make


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
async def test_a_request_that_is_given_up_is_undone_and_its_connection_free(
    sample: Factory, headers: dict[str, str]
) -> None:
    stage = await sample(pool_size=2, pool_wait_seconds=0.5)
    client = stage.keeper()
    address = f"{THINGS}/{(await make(client))['id']}"

    async def blocked() -> list[object]:
        return await stage.rows("select from pg_locks where not granted")

    async with stage.database("sample").transaction() as holder:
        await holder.all(statement("select * from sample.thing for update"))
        for _ in range(3):
            change = client.patch(address, json={"size": 9}, headers={"If-Match": '"1"', **headers})
            given_up = asyncio.create_task(change)
            await eventually(blocked, within=5)
            given_up.cancel()
            with suppress(asyncio.CancelledError):
                await given_up
            assert (await client.get(address)).json()["size"] == 1
    answer = await client.patch(address, json={"size": 2}, headers={"If-Match": '"1"', **headers})
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
