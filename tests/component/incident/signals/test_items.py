"""Signals that hint at a configuration item, and the service that they stand for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from tests.component.incident.desk import Body, Desk, alert, group
from tests.component.incident.signals.test_correlation import RELEASE, tell_change, work_on

SIGNALS = "/incident/v1/signals"


async def fire(desk: Desk, integration: Body, key: str = "a", **more: Any) -> Body:  # noqa: ANN401 - any field
    body = {"dedup_key": key, "action": "trigger", "summary": f"{key} fails"}
    return await desk.take(integration, {**body, **more})


async def the_signal(desk: Desk) -> Body:
    answer = await desk.staff.get(SIGNALS)
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["items"]
    kept: Body = found
    return kept


@pytest.mark.parametrize("how", ["number", "id", "name"])
async def test_an_item_is_known_by_number_id_or_name_in_any_case(desk: Desk, how: str) -> None:
    item = await desk.item("CI0000007", name="Order-DB")
    hint = {"number": "ci0000007", "id": str(item).upper(), "name": "order-db"}[how]
    told = await fire(desk, await desk.integration("generic"), ci=hint)
    incident = await desk.read(told["incident_id"])
    assert (incident["ci_ids"], incident["service_id"]) == ([str(item)], None)
    kept = await the_signal(desk)
    assert (kept["ci_id"], kept["ci_hint"], kept["service_hint"]) == (str(item), hint, None)
    listed = await desk.staff.get(f"{SIGNALS}?ci_id={item}")
    assert [one["id"] for one in listed.json()["items"]] == [kept["id"]]
    received = await desk.last("signal.received")
    assert (received["ci_id"], received["ci_hint"]) == (str(item), hint)


@pytest.mark.parametrize(
    "hint",
    [
        "nothing",
        "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e09",
        "CI9999999",
        "SVC0000001",
        "' or 1=1",
    ],
)
async def test_an_unknown_hint_is_kept_and_refuses_nothing(desk: Desk, hint: str) -> None:
    service = await desk.service()
    told = await fire(desk, await desk.integration("generic"), ci=hint, service="SVC0000001")
    incident = await desk.read(told["incident_id"])
    assert (incident["ci_ids"], incident["service_id"]) == ([], str(service))
    kept = await the_signal(desk)
    assert (kept["ci_id"], kept["ci_hint"]) == (None, hint)


@pytest.mark.parametrize("ci", [7, ["db"], "x" * 201])
async def test_a_hint_that_is_no_short_text_is_refused(desk: Desk, ci: object) -> None:
    integration = await desk.integration("generic")
    answer = await desk.send(integration, {"dedup_key": "a", "action": "trigger", "ci": ci})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/ci"


async def test_a_retired_item_is_unknown_and_of_two_names_the_older_counts(desk: Desk) -> None:
    await desk.item("CI0000001", status="retired")
    older = await desk.item("CI0000002")
    await desk.item("CI0000003")
    told = await fire(desk, await desk.integration("generic"), ci="db-1")
    assert (await desk.read(told["incident_id"]))["ci_ids"] == [str(older)]


async def test_an_alert_names_its_item_by_a_label(desk: Desk) -> None:
    one, other = await desk.item("CI0000001"), await desk.item("CI0000002", name="db-2")
    integration = await desk.integration()
    body = group(alert("aa", ci="db-1"), alert("bb", ci="db-2"), alert("cc", ci="x" * 5000))
    told = await desk.take(integration, body)
    incident = await desk.read(told["incident_id"])
    assert set(incident["ci_ids"]) == {str(one), str(other)}


async def lay(desk: Desk) -> tuple[UUID, UUID, UUID]:
    """Lay a database below a server below two services, of which one rests on the other."""
    database, server = await desk.item("CI0000001"), await desk.item("CI0000002", name="web-1")
    orders = await desk.service("SVC0000001", technical="orders", name="Orders")
    shop = await desk.service("SVC0000002", technical="shop", name="Shop")
    await desk.depend(server, database)
    await desk.depend(orders, server)
    await desk.depend(shop, orders)
    return database, orders, shop


async def test_the_one_nearest_service_that_rests_on_the_item_is_the_incidents(desk: Desk) -> None:
    database, orders, shop = await lay(desk)
    customer = await desk.register_customer()
    await desk.use(customer, shop)
    told = await fire(desk, await desk.integration("generic"), ci="db-1")
    incident = await desk.read(told["incident_id"])
    assert (incident["service_id"], incident["ci_ids"]) == (str(orders), [str(database)])
    assert (await the_signal(desk))["service_id"] == str(orders)
    await desk.follow()
    reach = await desk.last("incident.impact_assessed")
    assert {one["name_business"]: one["distance"] for one in reach["services"]} == {
        "Orders": 0,
        "Shop": 1,
    }
    assert [one["customer_id"] for one in reach["customers"]] == [str(customer)]


async def test_of_two_nearest_services_none_is_chosen_and_both_are_reached(desk: Desk) -> None:
    await lay(desk)
    mail = await desk.service("SVC0000003", technical="mail", name="Mail")
    rows = await desk.rows(
        "select configuration_item_id as id from incident.view_configuration_item"
        " where name = 'web-1'"
    )
    await desk.depend(mail, rows[0]["id"])
    told = await fire(desk, await desk.integration("generic"), ci="db-1")
    assert (await desk.read(told["incident_id"]))["service_id"] is None
    await desk.follow()
    reach = await desk.last("incident.impact_assessed")
    found = {one["name_business"]: one["distance"] for one in reach["services"]}
    assert found == {"Orders": 2, "Mail": 2, "Shop": 3}


async def test_a_service_hint_goes_before_the_nearest_service(desk: Desk) -> None:
    database, _, shop = await lay(desk)
    told = await fire(desk, await desk.integration("generic"), ci="db-1", service="shop")
    incident = await desk.read(told["incident_id"])
    assert (incident["service_id"], incident["ci_ids"]) == (str(shop), [str(database)])


async def test_where_nothing_rests_on_the_item_the_integrations_service_counts(desk: Desk) -> None:
    item, service = await desk.item(), await desk.service()
    integration = await desk.integration("generic", default_service_id=str(service))
    incident = await desk.read((await fire(desk, integration, ci="db-1"))["incident_id"])
    assert (incident["service_id"], incident["ci_ids"]) == (str(service), [str(item)])


async def test_a_change_of_the_nearest_service_explains_a_signal_of_the_item(desk: Desk) -> None:
    database, orders, _ = await lay(desk)
    change = await work_on(desk, orders)
    told = await fire(desk, await desk.integration("generic"), ci="db-1")
    assert told["outcome"] == "suppressed"
    await tell_change(desk, orders, "implemented", "review", key=change)
    assert await desk.stage.run_job("incident", RELEASE, datetime.now(UTC)) == 1
    incident = await desk.read((await the_signal(desk))["incident_id"])
    assert (incident["service_id"], incident["ci_ids"]) == (str(orders), [str(database)])


async def test_signals_are_released_also_where_their_service_has_gone(desk: Desk) -> None:
    service = await desk.service()
    change = await work_on(desk, service)
    told = await fire(desk, await desk.integration("generic"), service="SVC0000001")
    assert told["outcome"] == "suppressed"
    await desk.service(key=service, phase="retired")
    await tell_change(desk, service, "implemented", "review", key=change)
    assert await desk.stage.run_job("incident", RELEASE, datetime.now(UTC)) == 1
    incident = await desk.read((await the_signal(desk))["incident_id"])
    assert (incident["title"], incident["service_id"]) == ("a fails", None)
