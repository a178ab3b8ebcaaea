"""Webhook endpoints by HTTP: registered, changed, switched off; the secret is shown once."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.component.notify.desk import ENDPOINTS, Desk

GOOD = {"name": "Chat bridge", "url": "https://hooks.example.com/itsm?key=canary"}


async def register(desk: Desk, **own: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    answer = await desk.keeper.post(ENDPOINTS, json={**GOOD, **own})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == f"{ENDPOINTS}/{body['id']}"
    return body


async def test_the_secret_is_in_the_first_answer_and_nowhere_else(desk: Desk) -> None:
    made = await register(desk)
    assert made["secret"].startswith("whsec_")
    assert len(made["secret"]) >= 40
    read = await desk.keeper.get(f"{ENDPOINTS}/{made['id']}")
    listed = await desk.keeper.get(ENDPOINTS)
    assert made["secret"] not in read.text + listed.text
    assert "secret" not in read.json()
    (event,) = [one for one in await desk.stage.events("notify") if str(one.key) == made["id"]]
    assert event.type == "itsm.webhook_endpoint.changed.v1"
    assert b"whsec" not in event.data
    assert b"canary" not in event.data
    assert b"hooks.example.com" in event.data


async def test_no_two_endpoints_share_a_secret(desk: Desk) -> None:
    assert (await register(desk))["secret"] != (await register(desk))["secret"]


async def test_an_endpoint_is_changed_at_the_version_that_was_seen(desk: Desk) -> None:
    made = await register(desk)
    path = f"{ENDPOINTS}/{made['id']}"
    patch = {"event_types": ["itsm.incident.declared.v1"], "exclude_origins": ["chat-bridge"]}
    changed = await desk.keeper.patch(path, json=patch, headers={"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["version"], changed.json()["event_types"]) == (2, patch["event_types"])
    stale = await desk.keeper.patch(path, json=patch, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    same = await desk.keeper.patch(path, json=patch, headers={"If-Match": '"2"'})
    assert same.json()["version"] == 2
    await desk.is_consistent()


@pytest.mark.parametrize(
    "url",
    [
        *("http://hooks.example.com/", "https://localhost/", "https://127.0.0.1/"),
        *("https://[::1]/", "https://169.254.169.254/", "https://10.0.0.1/", "https://2130706433/"),
        *("https://user:pass@hooks.example.com/", "https://hooks.example.com:22/", "file:///etc"),
        *("https://hooks.example.com/\r\nX: y", "https://hooks.example.com\x00/", "", "x" * 2001),
    ],
)
async def test_an_address_that_is_not_allowed_is_refused(desk: Desk, url: str) -> None:
    refused = await desk.keeper.post(ENDPOINTS, json={**GOOD, "url": url})
    assert refused.status_code == 422, refused.text
    assert "url" in str(refused.json().get("errors", "NUL")) or "NUL" in refused.json()["detail"]
    made = await register(desk)
    path = f"{ENDPOINTS}/{made['id']}"
    changed = await desk.keeper.patch(path, json={"url": url}, headers={"If-Match": '"1"'})
    assert changed.status_code == 422
    assert (await desk.keeper.get(path)).json()["url"] == GOOD["url"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x"},
        {**GOOD, "name": ""},
        {**GOOD, "secret": "whsec_mine"},
        {**GOOD, "status": "disabled"},
        {**GOOD, "event_types": ["*"]},
        {**GOOD, "event_types": ["itsm.incident.declared.v1"] * 101},
        {**GOOD, "event_types": "itsm.incident.declared.v1"},
        {**GOOD, "exclude_origins": ["two\nlines"]},
        {**GOOD, "exclude_origins": [""]},
        {**GOOD, "url": 7},
        {**GOOD, "id": str(uuid4())},
        [],
        "text",
    ],
)
async def test_a_body_that_does_not_fit_is_refused(desk: Desk, body: object) -> None:
    answer = await desk.keeper.post(ENDPOINTS, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_endpoint_is_switched_off_and_on(desk: Desk) -> None:
    made = await register(desk)
    path = f"{ENDPOINTS}/{made['id']}/transitions"
    off = await desk.keeper.post(path, json={"to": "disabled"}, headers={"If-Match": '"1"'})
    assert (off.json()["status"], off.json()["reason"]) == ("disabled", "by_hand")
    twice = await desk.keeper.post(path, json={"to": "disabled"}, headers={"If-Match": '"2"'})
    assert (twice.status_code, twice.json()["allowed"]) == (409, ["enabled"])
    on = await desk.keeper.post(path, json={"to": "enabled"}, headers={"If-Match": '"2"'})
    assert (on.json()["status"], on.json()["reason"]) == ("enabled", None)


async def test_a_repeated_registration_with_its_key_makes_one_endpoint(desk: Desk) -> None:
    headers = {"Idempotency-Key": "register-once"}
    first = await desk.keeper.post(ENDPOINTS, json=GOOD, headers=headers)
    again = await desk.keeper.post(ENDPOINTS, json=GOOD, headers=headers)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == {**first.json(), "secret": None}
    assert len(await desk.listed(ENDPOINTS)) == 1


async def test_a_secret_is_not_in_what_is_kept_for_repetitions(desk: Desk) -> None:
    made = (await desk.keeper.post(ENDPOINTS, json=GOOD, headers={"Idempotency-Key": "one"})).json()
    path = f"{ENDPOINTS}/{made['id']}/secret-rotations"
    headers = {"If-Match": '"1"', "Idempotency-Key": "two"}
    rotated = await desk.keeper.post(path, headers=headers)
    again = await desk.keeper.post(path, headers=headers)
    assert rotated.json()["secret"].startswith("whsec_")
    assert again.json() == {**rotated.json(), "secret": None}
    assert again.headers["ETag"] == rotated.headers["ETag"] == '"2"'
    kept = [row["body"] for row in await desk.rows("select body from notify.idempotency")]
    assert len(kept) == 2
    assert not any(b"whsec_" in body for body in kept)


async def test_endpoints_are_the_business_of_administrators_and_integrations(desk: Desk) -> None:
    made = await register(desk)
    path = f"{ENDPOINTS}/{made['id']}"
    assert (await desk.stage.http("integration").get(path)).status_code == 200
    for role in ("resolver", "service_manager", "customer_representative"):
        other = desk.stage.http(role, customer_id=UUID(int=1) if "customer" in role else None)
        for answer in (
            await other.get(path),
            await other.post(ENDPOINTS, json=GOOD),
            await other.post(f"{path}/secret-rotations", headers={"If-Match": '"1"'}),
        ):
            assert answer.status_code == 403


async def test_a_rotation_names_the_version_it_saw(desk: Desk) -> None:
    made = await register(desk)
    path = f"{ENDPOINTS}/{made['id']}/secret-rotations"
    assert (await desk.keeper.post(path)).status_code == 428
    assert (await desk.keeper.post(path, headers={"If-Match": '"7"'})).status_code == 412
    missing = f"{ENDPOINTS}/{uuid4()}/secret-rotations"
    assert (await desk.keeper.post(missing, headers={"If-Match": '"1"'})).status_code == 404
