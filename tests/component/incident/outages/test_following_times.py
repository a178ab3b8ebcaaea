"""Outages that opened by themselves follow the times of their incident, those of people do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.component.incident.clocks.promising import at
from tests.component.incident.desk import Body, Desk
from tests.component.incident.incidents.correcting import correct_milestones, entry
from tests.component.incident.outages.recording import listed, send, told

BEGUN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=6)


def hours(count: float) -> str:
    return (BEGUN + timedelta(hours=count)).isoformat()


async def declared(desk: Desk) -> Body:
    """Return an incident of high impact, reported in the second hour, whose outage is open."""
    service = await desk.service(team=await desk.team())
    incident = await desk.declare(
        service_id=str(service), impact=1, started_at=hours(0), occurred_at=hours(2)
    )
    await desk.follow()
    return await desk.read(incident)


async def resolved(desk: Desk) -> Body:
    answer = await desk.try_move(await declared(desk), "resolved", occurred_at=hours(4))
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()
    return found


async def lasted(desk: Desk) -> tuple[Any, Any]:
    """Return from which to which hour the only outage was."""
    (outage,) = await listed(desk)
    segments = outage["segments"]
    moments = (outage["started_at"], outage["ended_at"])
    assert (segments[0]["start"], segments[-1]["end"]) == moments
    begin, end = [one and (at(one) - BEGUN) / timedelta(hours=1) for one in moments]
    return begin, end


async def test_an_open_one_begins_when_the_incident_did(desk: Desk) -> None:
    answer = await correct_milestones(desk, await declared(desk), started_at=hours(1))
    assert answer.status_code == 200, answer.text
    assert await lasted(desk) == (1, None)
    (outage,) = await listed(desk)
    assert await told(desk, outage) == ["started", "corrected"]
    said = await desk.last("outage.corrected")
    assert said["reason"] == "The times of its incident were corrected."


async def test_one_that_is_over_has_both_times_of_its_incident(desk: Desk) -> None:
    incident = await resolved(desk)
    assert await lasted(desk) == (0, 4)
    answer = await correct_milestones(
        desk, incident, started_at=hours(-1), detected_at=hours(-1), resolved_at=hours(5)
    )
    assert answer.status_code == 200, answer.text
    assert await lasted(desk) == (-1, 5)
    answer = await correct_milestones(desk, answer.json(), reported_at=hours(3))
    assert answer.status_code == 200, answer.text
    (outage,) = await listed(desk)
    assert await told(desk, outage) == ["started", "ended", "corrected"]


async def test_when_users_were_no_longer_affected_goes_before_the_resolution(desk: Desk) -> None:
    incident = await declared(desk)
    answer = await desk.staff.post(
        f"/incident/v1/incidents/{incident['id']}/milestones",
        json={"milestone": "mitigated", "occurred_at": hours(3)},
        headers={"If-Match": f'"{incident["version"]}"'},
    )
    assert answer.status_code == 200, answer.text
    answer = await desk.try_move(answer.json(), "resolved", occurred_at=hours(4))
    assert await lasted(desk) == (0, 3)
    answer = await correct_milestones(desk, answer.json(), mitigated_at=hours(3.5))
    assert answer.status_code == 200, answer.text
    assert await lasted(desk) == (0, 3.5)
    assert at((await entry(desk, incident, "milestone_recorded"))["occurred_at"]) == at(hours(3.5))


async def test_nothing_is_left_of_one_that_began_when_it_was_over(desk: Desk) -> None:
    incident = await resolved(desk)
    late = dict.fromkeys(
        ("started_at", "detected_at", "reported_at", "acknowledged_at", "resolved_at"), hours(4)
    )
    answer = await correct_milestones(desk, incident, **late)
    assert answer.status_code == 200, answer.text
    begin, end = await lasted(desk)
    assert begin == end


async def test_what_people_said_of_it_stays(desk: Desk) -> None:
    incident = await resolved(desk)
    (outage,) = await listed(desk)
    await send(desk, outage, "corrections", started_at=hours(1.5), reason="Felt since then.")
    answer = await correct_milestones(
        desk, incident, started_at=hours(-1), detected_at=hours(-1), resolved_at=hours(5)
    )
    assert answer.status_code == 200, answer.text
    assert await lasted(desk) == (1.5, 5)


async def test_nothing_counts_of_what_was_no_incident_even_if_it_was_mitigated(desk: Desk) -> None:
    incident = await declared(desk)
    answer = await desk.staff.post(
        f"/incident/v1/incidents/{incident['id']}/milestones",
        json={"milestone": "mitigated", "occurred_at": hours(3)},
        headers={"If-Match": f'"{incident["version"]}"'},
    )
    await desk.move(answer.json(), "cancelled")
    assert await lasted(desk) == (0, 0)
