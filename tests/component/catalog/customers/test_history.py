"""What a customer was like at an instant, and who may know it."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx
import pytest

from tests.component.catalog.desk import CONTACTS, CUSTOMERS, NOBODY, Body, Desk, refusal
from tests.support.postgres import Database


async def rewrite(database: Database, query: str, *values: str) -> None:
    """Change the log as nobody may who runs the service."""
    connection = await asyncpg.connect(database.admin)
    try:
        await connection.execute(query, *values)
    finally:
        await connection.close()


async def test_a_customer_is_answered_as_it_was_known_at_an_instant(desk: Desk) -> None:
    first = await desk.customer()
    second = (await desk.change(CUSTOMERS, first, name="Nordwind AG", criticality=5)).json()
    await desk.contact(customer_id=first["id"], roles=["representative"])
    third = await desk.read(CUSTOMERS, first)
    fourth = (await desk.move(CUSTOMERS, third, "inactive")).json()
    for version in (first, second, third, fourth):
        for ref in (first["id"], first["number"]):
            assert await desk.at(CUSTOMERS, ref, version["updated_at"]) == version
    for ref in (first["id"], first["number"], NOBODY, "CUS0000099"):
        early = await desk.keeper.get(
            f"{CUSTOMERS}/{ref}", params={"as_of": "2020-01-01T00:00:00Z"}
        )
        assert refusal(early) == (404, "customer-not-found")


async def test_the_history_of_a_customer_names_what_happened(desk: Desk) -> None:
    customer = await desk.customer()
    customer = (await desk.change(CUSTOMERS, customer, name="Nordwind AG")).json()
    await desk.move(CUSTOMERS, customer, "inactive")
    for ref in (customer["id"], customer["number"].lower()):
        told = (await desk.keeper.get(f"{CUSTOMERS}/{ref}/history")).json()["items"]
        assert [(one["sequence"], one["type"]) for one in told] == [
            (1, "itsm.customer.registered.v1"),
            (2, "itsm.customer.updated.v1"),
            (3, "itsm.customer.deactivated.v1"),
        ]
    unknown = await desk.keeper.get(f"{CUSTOMERS}/CUS0000099/history")
    assert refusal(unknown) == (404, "customer-not-found")
    user, bound = desk.user_of(customer), desk.bound_keeper(customer)
    path = f"{CUSTOMERS}/{customer['id']}/history"
    assert refusal(await user.get(path)) == (403, "forbidden")
    assert refusal(await bound.get(path)) == (403, "provider-only")


async def test_what_was_registered_before_there_was_criticality_has_the_usual_one(
    desk: Desk, database: Database
) -> None:
    customer = await desk.customer()
    older = "update catalog.event_log set data = (data::jsonb - 'criticality')::text"
    await rewrite(database, older)
    assert await desk.at(CUSTOMERS, customer["id"], customer["created_at"]) == customer


class Moved:
    """A customer with a contact that was moved from one superior to another."""

    old: Body
    new: Body
    child: Body
    contact: Body
    before: str
    after: str


@pytest.fixture
async def moved(desk: Desk) -> Moved:
    made = Moved()
    made.old, made.new = await desk.customer(name="old"), await desk.customer(name="new")
    made.child = await desk.customer(name="child", parent_id=made.old["id"])
    made.contact = await desk.contact(customer_id=made.child["id"])
    made.before = made.contact["created_at"]
    changed = await desk.change(CUSTOMERS, made.child, parent_id=made.new["id"])
    made.after = changed.json()["updated_at"]
    return made


async def seen(client: httpx.AsyncClient, made: Moved, **asked: Any) -> set[int]:  # noqa: ANN401
    """Return the statuses of the answers for the customer that moved and for its contact."""
    paths = (f"{CUSTOMERS}/{made.child['id']}", f"{CONTACTS}/{made.contact['id']}")
    return {(await client.get(path, params=asked)).status_code for path in paths}


async def test_the_past_is_seen_by_whoever_it_belonged_to_then_and_belongs_to_now(
    desk: Desk, moved: Moved
) -> None:
    own, old, new = (desk.user_of(one) for one in (moved.child, moved.old, moved.new))
    assert await seen(own, moved, as_of=moved.before) == {200}
    assert await seen(own, moved, as_of=moved.after) == {200}
    assert await seen(old, moved) == {404}
    assert await seen(old, moved, as_of=moved.before) == {404}
    assert await seen(old, moved, as_of=moved.after) == {404}
    assert await seen(new, moved) == {200}
    assert await seen(new, moved, as_of=moved.before) == {404}
    assert await seen(new, moved, as_of=moved.after) == {200}


async def test_a_past_answer_that_is_hidden_looks_like_none(desk: Desk, moved: Moved) -> None:
    user = desk.user_of(moved.new)
    asked = {"as_of": moved.before}
    hidden = await user.get(f"{CUSTOMERS}/{moved.child['id']}", params=asked)
    absent = await user.get(f"{CUSTOMERS}/{NOBODY}", params=asked)
    assert refusal(hidden) == refusal(absent) == (404, "customer-not-found")
    assert await seen(desk.user_of(None), moved, as_of=moved.after) == {404}
    assert await seen(desk.bound_keeper(moved.old), moved, as_of=moved.before) == {404}
    assert await seen(desk.keeper, moved, as_of=moved.before) == {200}


async def test_a_circle_that_only_the_times_show_ends_the_search(
    desk: Desk, database: Database
) -> None:
    top = await desk.customer(name="top")
    one = await desk.customer(name="one", parent_id=top["id"])
    other = await desk.customer(name="other", parent_id=one["id"])
    await rewrite(
        database,
        "update catalog.event_log set data ="
        " jsonb_set(data::jsonb, '{parent_id}', to_jsonb($2::text))::text where key = $1::uuid",
        one["id"],
        other["id"],
    )
    answer = await desk.user_of(top).get(
        f"{CUSTOMERS}/{other['id']}", params={"as_of": other["created_at"]}
    )
    assert refusal(answer) == (404, "customer-not-found")
