"""The demonstration: a small organisation, and the story of one alert, told from outside.

It uses the platform's public interface alone, like any other client, so it plays against a program
on this machine and against any deployment alike. Played again it finds what it made and goes on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any, Final, TypeVar

import httpx

Tell = Callable[[str], None]
Found = TypeVar("Found")
PATIENCE_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.1
INTEGRATION: Final = "Demonstration monitoring"
BUNDLE: Final = "demonstration.yaml"
FAILING: Final = "customer-db"
"""The service that the story's alert is about, by its technical name."""


class PlayFailedError(Exception):
    """The platform did not do what the story needs; the message says what was missing."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """What the story is about: the names of teams and customers by id, and what will fail."""

    names: Mapping[str, str]
    failing_id: str


async def play(url: str, token: str, tell: Tell) -> bool:
    """Load the organisation, play the alert, and tell what happened; False if it did not.

    ``token`` needs the role admin.
    """
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=20) as client:
        try:
            organisation = await _organisation(client, tell)
            await _story(client, organisation, tell)
        except (PlayFailedError, httpx.HTTPError) as error:
            tell(f"The demonstration stopped: {str(error) or type(error).__name__}")
            return False
    return True


def bundle() -> bytes:
    """Return the organisation as a bundle, as it comes with the program."""
    return resources.files("services").joinpath(BUNDLE).read_bytes()


async def _organisation(client: httpx.AsyncClient, tell: Tell) -> Organisation:
    answer = await client.post(
        "/catalog/v1/bundles", content=bundle(), headers={"Content-Type": "application/yaml"}
    )
    report = _read(answer)
    made = {
        kind: actions["create"] for kind, actions in report["counts"].items() if "create" in actions
    }
    if made:
        tell(f"Imported {BUNDLE}: {', '.join(counted(made[kind], kind) for kind in made)}.")
    names: dict[str, str] = {}
    for collection in ("teams", "customers"):
        page = await _asked(client.get(f"/catalog/v1/{collection}", params={"limit": 200}))
        names.update({one["id"]: one["name"] for one in page["items"]})
    # Where the platform had many services before, it may be on none of the first pages.
    params = {"name_technical": FAILING}
    found = await _asked(client.get("/catalog/v1/services", params=params))
    if not found["items"]:
        raise PlayFailedError(f"there is no service {FAILING}")
    return Organisation(names, found["items"][0]["id"])


def counted(number: int, kind: str) -> str:
    """Return how many of a kind there are, in words."""
    word = kind.replace("_", " ")
    if number != 1:
        word = f"{word.removesuffix('y')}ies" if word.endswith("y") else f"{word}s"
    return f"{number} {word}"


async def _story(client: httpx.AsyncClient, organisation: Organisation, tell: Tell) -> None:
    intake, secret = await _monitoring(client, organisation.failing_id)
    began = datetime.now(UTC) - timedelta(seconds=90)
    body = notification(began)
    tell("\nAlertmanager reports two firing alerts on customer-db.")
    receipt = await _sent(client, intake, secret, body)
    incident_id = receipt["incident_id"]
    path = f"/incident/v1/incidents/{incident_id}"
    incident = await _until("the incident", lambda: _asked(client.get(path)), lambda _: True)
    tell(
        f"  {incident['number']} “{incident['title']}”, priority {incident['priority']}"
        f" (impact {incident['impact']}, urgency {incident['urgency']}),"
        f" goes to {organisation.names.get(incident['assignment_team_id'], 'nobody')}."
    )
    reach = await _until(
        "its reach", lambda: _asked(client.get(f"{path}/impact")), lambda one: one["assessed_at"]
    )
    services = ", ".join(one["name_business"] for one in reach["services"])
    customers = [organisation.names.get(one["customer_id"], "?") for one in reach["customers"]]
    tell(f"  It reaches {services}, and with them {' and '.join(customers)}.")
    version = incident["version"]
    await _told(client, incident_id, {"technical": 1, "business": len(customers)}, version, tell)
    for alert in body["alerts"]:
        alert.update(status="resolved", endsAt=_text(datetime.now(UTC)))
    await _sent(client, intake, secret, {**body, "status": "resolved"})
    done = await _until(
        "the resolution",
        lambda: _asked(client.get(path)),
        lambda one: one["state"] == "resolved",
    )
    tell("Alertmanager reports that both have ended.")
    tell(
        f"  {done['number']} is resolved ({done['resolution_code']})"
        f" and closes by itself at {done['auto_close_at'][:16].replace('T', ' ')} UTC."
    )


def notification(began: datetime) -> dict[str, Any]:
    """Return a firing notification as Alertmanager sends it: one group of two alerts."""
    alerts = [
        {
            "status": "firing",
            "labels": {
                "alertname": "DatabaseDown",
                "service": "customer-db",
                "instance": f"customer-db-{node}",
                "severity": "critical",
            },
            "annotations": {
                "summary": f"customer-db-{node} does not answer",
                "description": "No successful probe for 60 s; replication is stopped.",
            },
            "startsAt": _text(began),
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus.provider.example/graph",
            "fingerprint": f"d3m0{node:012d}",
        }
        for node in (1, 2)
    ]
    return {
        "version": "4",
        "groupKey": '{}:{alertname="DatabaseDown", service="customer-db"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "itsm",
        "groupLabels": {"alertname": "DatabaseDown", "service": "customer-db"},
        "commonLabels": {
            "alertname": "DatabaseDown",
            "service": "customer-db",
            "severity": "critical",
        },
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.provider.example",
        "alerts": alerts,
    }


async def _monitoring(client: httpx.AsyncClient, service_id: str) -> tuple[str, str]:
    """Return where monitoring sends to and its secret; waits until the service is known there."""
    path = "/incident/v1/integrations"
    found = await _asked(client.get(path, params={"name": INTEGRATION, "limit": 1}))
    if found["items"]:
        record = found["items"][0]
        answer = await _asked(
            client.post(
                f"{path}/{record['id']}/secret-rotations",
                headers={"If-Match": f'"{record["version"]}"'},
            )
        )
        return answer["intake_path"], answer["secret"]
    body = {"name": INTEGRATION, "kind": "alertmanager", "default_service_id": service_id}

    async def register() -> dict[str, Any] | None:
        answer = await client.post(path, json=body)
        # The service may still be on its way from catalog to incident.
        return None if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY else _read(answer)

    made = await _until("the service in incident", register, lambda one: one is not None)
    if made is None:
        raise PlayFailedError("the integration was not made")
    return made["intake_path"], made["secret"]


async def _sent(
    client: httpx.AsyncClient, intake: str, secret: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {secret}"}
    receipt: dict[str, Any] = await _asked(client.post(intake, json=dict(body), headers=headers))
    return receipt


async def _told(
    client: httpx.AsyncClient,
    incident_id: str,
    wanted: Mapping[str, int],
    since: int,
    tell: Tell,
) -> None:
    """Tell who was told what about an incident, once as many as expected were."""

    async def sent() -> list[dict[str, Any]]:
        params: dict[str, str | int] = {"record_id": incident_id, "state": "sent", "limit": 200}
        page = await _asked(client.get("/notify/v1/notifications", params=params))
        return [one for one in page["items"] if one["event_sequence"] >= since]

    def enough(found: list[dict[str, Any]]) -> bool:
        return all(
            sum(one["audience"] == audience for one in found) >= count
            for audience, count in wanted.items()
        )

    found = await _until("its notifications", sent, enough)
    for one in sorted(found, key=_order):
        explained = await _asked(client.get(f"/notify/v1/notifications/{one['id']}/explain"))
        person = explained["recipient"]["name"]
        for_whom = explained["on_behalf_of"]["name"]
        tell(f"  Told {person} for {for_whom} ({one['audience']}, by {one['channel']}):")
        tell(f"    {one['subject']}")


def _order(one: Mapping[str, Any]) -> tuple[bool, str]:
    return one["audience"] == "business", one["created_at"]


async def _asked(answer: Awaitable[httpx.Response]) -> Any:  # noqa: ANN401 - any JSON value
    return _read(await answer)


def _read(answer: httpx.Response) -> Any:  # noqa: ANN401 - any JSON value
    if answer.is_error:
        request = answer.request
        raise PlayFailedError(
            f"{request.method} {request.url.path}: {answer.status_code} {answer.text[:300]}"
        )
    return answer.json()


async def _until(
    what: str, ask: Callable[[], Awaitable[Found]], enough: Callable[[Found], object]
) -> Found:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = await ask()
        if enough(found):
            return found
        if time.monotonic() > deadline:
            raise PlayFailedError(f"{what} did not come within {PATIENCE_SECONDS:.0f} s")
        await asyncio.sleep(POLL_SECONDS)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
