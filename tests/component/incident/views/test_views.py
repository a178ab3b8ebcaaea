"""What is remembered of the catalog follows its events, whatever order they come in."""

from __future__ import annotations

from uuid import uuid4

from tests.component.incident.desk import Desk
from tests.support.builders import event


async def test_an_older_event_changes_nothing(desk: Desk) -> None:
    key = uuid4()

    def told(name: str) -> dict[str, object]:
        return {"team_id": str(key), "name": name, "status": "active", "purpose": ""}

    for sequence, name in ((2, "New name"), (1, "Old name")):
        await desk.stage.deliver(
            "incident",
            event("itsm.team.changed.v1", key, sequence, told(name), service="catalog"),
        )
    (row,) = await desk.rows("select name, sequence from incident.view_team")
    assert (row["name"], row["sequence"]) == ("New name", 2)


async def test_a_retired_service_can_no_longer_be_named(desk: Desk) -> None:
    service = await desk.service()
    await desk.service(key=service, phase="retired")
    answer = await desk.staff.post(
        "/incident/v1/incidents", json={"title": "x", "service_id": "SVC0000001"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "service-unknown")
