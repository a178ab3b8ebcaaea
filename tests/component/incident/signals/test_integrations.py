"""Integrations over HTTP."""

from __future__ import annotations

import hashlib

from tests.component.incident.desk import INTEGRATIONS, Desk, alert, group


async def test_a_secret_is_shown_once_and_only_its_hash_is_kept(desk: Desk) -> None:
    headers = {"Idempotency-Key": "one"}
    body = {"name": "Shop", "kind": "alertmanager"}
    first = await desk.staff.post(INTEGRATIONS, json=body, headers=headers)
    again = await desk.staff.post(INTEGRATIONS, json=body, headers=headers)
    secret = first.json()["secret"]
    assert len(secret) >= 43
    assert again.json() == {**first.json(), "secret": None}
    read = (await desk.staff.get(f"{INTEGRATIONS}/{first.json()['id']}")).json()
    assert "secret" not in read
    (row,) = await desk.rows("select secret_hash from incident.integration")
    assert row["secret_hash"] == hashlib.sha256(secret.encode()).digest()
    kept = await desk.rows("select body from incident.idempotency")
    assert secret.encode() not in kept[0]["body"]
    events = await desk.stage.events("incident")
    assert all(secret.encode() not in one.data for one in events)


async def test_a_new_secret_is_shown_once_too(desk: Desk) -> None:
    integration = await desk.integration()
    path = f"{INTEGRATIONS}/{integration['id']}/secret-rotations"
    headers = {"If-Match": '"1"', "Idempotency-Key": "two"}
    first = await desk.staff.post(path, headers=headers)
    again = await desk.staff.post(path, headers=headers)
    assert (again.status_code, again.json()) == (200, {**first.json(), "secret": None})
    assert again.headers["ETag"] == first.headers["ETag"] == '"2"'
    (kept,) = await desk.rows("select body from incident.idempotency")
    assert first.json()["secret"].encode() not in kept["body"]
    assert (await desk.send(first.json(), group(alert()))).status_code == 200


async def test_another_secret_replaces_the_first(desk: Desk) -> None:
    integration = await desk.integration()
    path = f"{INTEGRATIONS}/{integration['id']}/secret-rotations"
    assert (await desk.staff.post(path)).status_code == 428
    rotated = (await desk.staff.post(path, headers={"If-Match": '"1"'})).json()
    assert (await desk.send(integration, group(alert()))).status_code == 401
    assert (await desk.send(rotated, group(alert()))).status_code == 200
    assert (await desk.last("integration.changed"))["secret_rotated"] is True


async def test_the_weight_of_severities_is_data(desk: Desk) -> None:
    integration = await desk.integration(
        severities={"page": {"impact": "high", "urgency": "low"}, "*": {"impact": 3, "urgency": 3}}
    )
    receipt = (await desk.send(integration, group(alert(severity="Page")))).json()
    incident = await desk.read(receipt["incident_id"])
    assert (incident["impact"], incident["urgency"], incident["priority"]) == (1, 3, 3)
    other = group(alert("b", severity="odd"), key="other")
    receipt = (await desk.send(integration, other)).json()
    assert (await desk.read(receipt["incident_id"]))["priority"] == 5


async def test_an_integration_is_changed_retired_and_let_in_again(desk: Desk) -> None:
    integration = await desk.integration(name="Shop")
    path = f"{INTEGRATIONS}/{integration['id']}"
    taken = await desk.staff.post(INTEGRATIONS, json={"name": "shop", "kind": "generic"})
    assert (taken.status_code, taken.json()["code"]) == (409, "integration-name-taken")
    changed = await desk.staff.patch(
        path, json={"resolve_on": "never"}, headers={"If-Match": '"1"'}
    )
    assert (changed.json()["resolve_on"], changed.headers["etag"]) == ("never", '"2"')
    same = await desk.staff.patch(path, json={"resolve_on": "never"}, headers={"If-Match": '"2"'})
    assert same.headers["etag"] == '"2"'
    for version, to in ((2, "retired"), (3, "active")):
        moved = await desk.staff.post(
            f"{path}/transitions", json={"to": to}, headers={"If-Match": f'"{version}"'}
        )
        assert moved.json()["status"] == to
    assert await desk.facts() == [
        "integration.registered",
        "integration.changed",
        "integration.retired",
        "integration.changed",
    ]


async def test_what_an_integration_refers_to_must_be_known(desk: Desk) -> None:
    unknown = "0197a0c2-7d31-7c50-8f00-000000000000"
    for name in ("default_service_id", "default_team_id"):
        body = {"name": "Shop", "kind": "generic", name: unknown}
        answer = await desk.staff.post(INTEGRATIONS, json=body)
        assert answer.status_code == 422
    resolver = desk.stage.http("resolver")
    body = {"name": "Shop", "kind": "generic"}
    assert (await resolver.post(INTEGRATIONS, json=body)).status_code == 403
