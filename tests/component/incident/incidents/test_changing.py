"""Changing, commenting, listing incidents over HTTP."""

from __future__ import annotations

import pytest

from tests.component.incident.desk import PATH, Body, Desk, minutes_from_now


async def test_a_patch_changes_what_it_names_and_says_so_in_order(desk: Desk) -> None:
    team = await desk.team()
    service = await desk.service(team=team)
    incident = await desk.declare(description_business="Kept.")
    answer = await desk.change(
        incident, title="No orders", service_id="SVC0000001", impact="high", urgency="high"
    )
    after = answer.json()
    assert answer.status_code == 200
    assert (after["title"], after["description_business"]) == ("No orders", "Kept.")
    assert (after["service_id"], after["affected_service_ids"]) == (str(service), [str(service)])
    assert (after["priority"], after["state"]) == (1, "assigned")
    assert after["assignment_team_id"] == str(team)
    assert answer.headers["etag"] == '"4"'
    assert await desk.facts() == [
        "incident.declared",
        "incident.updated",
        "incident.priority_changed",
        "incident.assigned",
    ]
    assert (await desk.last("incident.updated"))["changed"] == [
        "title",
        "service_id",
        "affected_service_ids",
    ]
    told = await desk.last("incident.priority_changed")
    assert (told["previous_priority"], told["priority"], told["source"]) == (3, 1, "matrix")
    unchanged = await desk.change(after, title="No orders", impact=1)
    assert unchanged.headers["etag"] == '"4"'


async def test_a_priority_against_the_matrix_needs_a_reason_and_holds(desk: Desk) -> None:
    incident = await desk.declare(impact=3, urgency=3)
    bare = await desk.change(incident, priority=1)
    assert bare.json()["errors"][0]["pointer"] == "/priority_reason"
    after = (await desk.change(incident, priority=1, priority_reason="The board waits.")).json()
    assert (after["priority"], after["priority_source"]) == (1, "override")
    after = (await desk.change(after, impact=2)).json()
    assert (after["impact"], after["priority"]) == (2, 1)
    after = (await desk.change(after, priority=None)).json()
    assert (after["priority"], after["priority_source"], after["priority_reason"]) == (
        4,
        "matrix",
        None,
    )


@pytest.mark.parametrize("changes", [{"title": None}, {"state": "closed"}, {"impact": 4}])
async def test_what_a_patch_may_not_say_is_refused(desk: Desk, changes: Body) -> None:
    answer = await desk.change(await desk.declare(), **changes)
    assert answer.status_code == 422, answer.text


async def test_what_is_over_stays_as_it_is(desk: Desk) -> None:
    incident = await desk.move(await desk.declare(), "cancelled")
    answer = await desk.change(incident, title="Something else")
    assert (answer.status_code, answer.json()["code"]) == (409, "incident-settled")


async def test_a_comment_is_an_entry_and_a_version(desk: Desk) -> None:
    incident = await desk.declare()
    answer = await desk.staff.post(
        f"{PATH}/{incident['id']}/timeline", json={"text": "Looking.\nSoon more."}
    )
    assert answer.status_code == 201
    entry = answer.json()
    assert (entry["sequence"], entry["visibility"], entry["actor"]) == (2, "internal", "nora")
    assert (await desk.read(incident))["version"] == 2
    empty = await desk.staff.post(f"{PATH}/{incident['id']}/timeline", json={"text": ""})
    assert empty.status_code == 422
    listed = await desk.staff.get(f"{PATH}/{incident['id']}/timeline?kind=commented")
    assert listed.json()["items"] == [entry]


async def test_lists_are_filtered_sorted_and_paged(desk: Desk) -> None:
    service = await desk.service(team=await desk.team())
    for each in range(3):
        await desk.declare(title=f"Case {each}", impact=each + 1, urgency=each + 1)
    await desk.declare(title="Of a service", service_id=str(service))
    client = desk.staff

    async def titles(query: str) -> list[str]:
        answer = await client.get(f"{PATH}?{query}")
        assert answer.status_code == 200, answer.text
        return [one["title"] for one in answer.json()["items"]]

    assert await titles("") == ["Of a service", "Case 2", "Case 1", "Case 0"]
    assert await titles("state=assigned,resolved") == ["Of a service"]
    assert await titles("priority[lte]=1") == ["Case 0"]
    assert await titles(f"service_id={service}") == ["Of a service"]
    assert await titles("sort=opened_at&limit=1") == ["Case 0"]
    first = await client.get(f"{PATH}?limit=3&sort=number")
    second = await client.get(first.links["next"]["url"])
    assert [one["number"] for one in second.json()["items"]] == ["INC0000004"]
    soon = minutes_from_now(1).replace("+", "%2B")
    assert await titles(f"opened_at[gte]={soon}") == []


@pytest.mark.parametrize(
    "query",
    ["colour=red", "sort=title", "sort=priority", "limit=0", "service_id=x", "opened_at[gte]=now"],
)
async def test_parameters_that_are_not_valid_are_refused(desk: Desk, query: str) -> None:
    assert (await desk.staff.get(f"{PATH}?{query}")).status_code == 400


async def test_a_known_version_is_not_sent_again(desk: Desk) -> None:
    incident = await desk.declare()
    same = await desk.staff.get(f"{PATH}/{incident['id']}", headers={"If-None-Match": '"1"'})
    assert same.status_code == 304
