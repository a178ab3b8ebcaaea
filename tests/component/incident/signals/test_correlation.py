"""Which signals lead to no incident of their own: too few, explained by a change, or effects."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.db import statement
from tests.component.incident.desk import INTEGRATIONS, Body, Desk, minutes_from_now
from tests.support.builders import event

RELEASE = "incident.signals.release"


async def fire(desk: Desk, integration: Body, key: str, *, group: str = "g", **more: Any) -> Body:  # noqa: ANN401 - any field
    body = {"dedup_key": key, "action": "trigger", "summary": f"{key} fails", "group_key": group}
    return await desk.take(integration, {**body, **more})


async def tell_change(
    desk: Desk,
    service: UUID,
    fact: str,
    state: str,
    *,
    key: UUID | None = None,
    begins: float = -10,
    ends: float = 60,
    outages: bool = True,
) -> UUID:
    """Tell of a change of a service, with its planned window in minutes from now."""
    key = key or uuid4()
    desk.sequences[key] = desk.sequences.get(key, 0) + 1
    data: Body = {
        "change_id": str(key),
        "number": "CHG0000001",
        "type": "normal",
        "title": "New disks",
        "state": state,
        "previous_state": None,
        "service_ids": [str(service)],
        "planned_start": minutes_from_now(begins),
        "planned_end": minutes_from_now(ends),
    }
    if fact in ("requested", "updated"):
        planned = [{"service_id": str(service), "minutes": 15}] if outages else []
        data |= {"planned_outages": planned}
    told = event(f"itsm.change.{fact}.v1", key, desk.sequences[key], data, service="change")
    await desk.stage.deliver("incident", told)
    return key


async def work_on(desk: Desk, service: UUID, **fields: Any) -> UUID:  # noqa: ANN401 - any field
    """Tell of a change with a planned outage that is being carried out."""
    key = await tell_change(desk, service, "requested", "draft", **fields)
    fields.pop("outages", None)
    return await tell_change(desk, service, "implementation_started", "implement", key=key)


async def signals(desk: Desk) -> dict[str, Body]:
    answer = await desk.staff.get("/incident/v1/signals")
    assert answer.status_code == 200, answer.text
    return {one["fingerprint"]: one for one in answer.json()["items"]}


async def test_signals_wait_until_there_are_enough_of_their_group(desk: Desk) -> None:
    integration = await desk.integration("generic", threshold=3, window_seconds=600)
    assert (integration["threshold"], integration["window_seconds"]) == (3, 600)
    for key in ("a", "b"):
        receipt = await fire(desk, integration, key)
        assert (receipt["outcome"], receipt["incident_id"]) == ("waiting", None)
    await fire(desk, integration, "elsewhere", group="other")
    assert (await signals(desk))["a"]["standing"] == "waiting"
    third = await fire(desk, integration, "c")
    assert third["outcome"] == "declared"
    found = await signals(desk)
    assert {found[key]["incident_id"] for key in "abc"} == {third["incident_id"]}
    assert {found[key]["standing"] for key in "abc"} == {"open"}
    assert found["elsewhere"]["standing"] == "waiting"
    assert (await desk.facts()).count("signal.linked") == 2
    assert (await fire(desk, integration, "d"))["outcome"] == "added"


async def test_the_same_signal_again_is_no_second_one(desk: Desk) -> None:
    integration = await desk.integration("generic", threshold=2)
    await fire(desk, integration, "a")
    assert (await fire(desk, integration, "a"))["outcome"] == "noted"
    assert (await signals(desk))["a"]["standing"] == "waiting"


async def test_signals_further_apart_than_the_window_do_not_count_together(desk: Desk) -> None:
    integration = await desk.integration("generic", threshold=2, window_seconds=60)
    await fire(desk, integration, "a")
    async with desk.stage.database("incident").transaction() as tx:
        await tx.run(
            statement("update incident.signal set last_seen_at = last_seen_at - interval '2 min'")
        )
    assert (await fire(desk, integration, "b"))["outcome"] == "waiting"
    assert (await fire(desk, integration, "c"))["outcome"] == "declared"
    assert (await signals(desk))["a"]["incident_id"] is None


@pytest.mark.parametrize("field", ["threshold", "window_seconds"])
@pytest.mark.parametrize("value", [0, -1, 100_000, "2", 1.5, None])
async def test_impossible_thresholds_are_refused(desk: Desk, field: str, value: object) -> None:
    body = {"name": "Monitoring", "kind": "generic", field: value}
    answer = await desk.staff.post(INTEGRATIONS, json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/{field}"


async def test_a_change_that_takes_the_service_down_explains_its_signals(desk: Desk) -> None:
    service = await desk.service()
    change = await work_on(desk, service)
    integration = await desk.integration("generic")
    receipt = await fire(desk, integration, "a", service="SVC0000001")
    assert (receipt["outcome"], receipt["incident_id"]) == ("suppressed", None)
    kept = (await signals(desk))["a"]
    assert (kept["standing"], kept["suppressed_by"]) == ("suppressed", str(change))
    assert "CHG0000001" in kept["suppression_reason"]
    assert "incident.declared" not in await desk.facts()
    assert await desk.stage.run_job("incident", RELEASE, datetime.now(UTC)) == 0
    await tell_change(desk, service, "implemented", "review", key=change)
    assert await desk.stage.run_job("incident", RELEASE, datetime.now(UTC)) == 1
    released = (await signals(desk))["a"]
    assert (released["standing"], released["suppressed_by"]) == ("open", None)
    incident = await desk.read(released["incident_id"])
    assert (incident["title"], incident["service_id"]) == ("a fails", str(service))
    assert await desk.stage.run_job("incident", RELEASE, datetime.now(UTC)) == 0


async def test_what_ended_during_the_change_is_not_released(desk: Desk) -> None:
    service = await desk.service()
    change = await work_on(desk, service)
    integration = await desk.integration("generic", default_service_id=str(service))
    await fire(desk, integration, "a")
    await desk.take(integration, {"dedup_key": "a", "action": "resolve", "group_key": "g"})
    await tell_change(desk, service, "implemented", "review", key=change)
    assert await desk.stage.run_job("incident", RELEASE, datetime.now(UTC)) == 0
    assert "incident.declared" not in await desk.facts()


@pytest.mark.parametrize(
    ("begins", "ends", "outcome"),
    [(-10, 60, "suppressed"), (10, 60, "declared"), (-60, -10, "declared")],
)
async def test_a_scheduled_change_explains_within_its_window(
    desk: Desk, begins: float, ends: float, outcome: str
) -> None:
    service = await desk.service()
    key = await tell_change(desk, service, "requested", "draft")
    await tell_change(desk, service, "scheduled", "scheduled", key=key, begins=begins, ends=ends)
    receipt = await fire(desk, await desk.integration("generic"), "a", service="SVC0000001")
    assert receipt["outcome"] == outcome


async def test_a_change_without_an_outage_or_of_another_service_explains_nothing(
    desk: Desk,
) -> None:
    service, other = await desk.service(), await desk.service("SVC0000002", technical="mail")
    await work_on(desk, service, outages=False)
    await work_on(desk, other)
    receipt = await fire(desk, await desk.integration("generic"), "a", service="SVC0000001")
    assert receipt["outcome"] == "declared"


async def test_row_13_effects_join_the_incident_of_their_nearest_root(desk: Desk) -> None:
    names = ("shop", "orders", "database", "aside")
    shop, orders, database, _ = [
        await desk.service(f"SVC{n:07d}", technical=name, name=name)
        for n, name in enumerate(names, start=1)
    ]
    await desk.depend(shop, orders)
    await desk.depend(orders, database)
    await desk.depend(database, shop)
    integration = await desk.integration("generic")
    root = await fire(desk, integration, "db", group="db", service="database")
    effect = await fire(desk, integration, "web", group="web", service="shop")
    aside = await fire(desk, integration, "else", group="else", service="aside")
    assert (root["outcome"], effect["outcome"]) == ("declared", "added")
    assert effect["incident_id"] == root["incident_id"]
    assert (aside["outcome"], aside["incident_id"] != root["incident_id"]) == ("declared", True)
    end = {"dedup_key": "db", "action": "resolve", "group_key": "db"}
    assert (await desk.take(integration, end))["outcome"] == "noted"
    end = {"dedup_key": "web", "action": "resolve", "group_key": "web"}
    assert (await desk.take(integration, end))["outcome"] == "resolved"
    assert (await desk.read(root["incident_id"]))["state"] == "resolved"
