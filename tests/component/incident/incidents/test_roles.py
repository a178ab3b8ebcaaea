"""Who has which part in the response, over HTTP."""

from __future__ import annotations

import pytest

from tests.component.incident.desk import PATH, Body, Desk, minutes_from_now

ACCEPT: Body = {"commander": "mara", "business_impact": "No orders at all."}


async def accepted(desk: Desk, incident: Body) -> Body:
    path = "major-transitions"
    answer = await desk.try_move(incident, "proposed", by=desk.major, path=path, reason="All.")
    answer = await desk.try_move(
        answer.json(),
        "accepted",
        by=desk.major,
        path=path,
        next_update_at=minutes_from_now(30),
        **ACCEPT,
    )
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()
    return found


async def test_roles_are_given_handed_over_and_taken_back(desk: Desk) -> None:
    incident = await desk.declare()
    nobody = dict.fromkeys(("commander", "communications", "scribe", "liaison"))
    assert incident["roles"] == nobody
    answer = await desk.change(incident, roles={"scribe": "sam", "communications": "cleo"})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"3"')
    after = answer.json()
    assert after["roles"] == {**nobody, "communications": "cleo", "scribe": "sam"}
    after = (await desk.change(after, roles={"scribe": "tom", "communications": "cleo"})).json()
    told = await desk.last("incident.role_assigned")
    assert (told["role"], told["person"], told["previous"]) == ("scribe", "tom", "sam")
    assert told["roles"] == after["roles"] == (await desk.read(incident))["roles"]
    after = (await desk.change(after, roles={"scribe": None})).json()
    assert after["roles"] == {**nobody, "communications": "cleo"}
    assert after["version"] == 5
    assert await desk.facts() == ["incident.declared", *["incident.role_assigned"] * 4]
    entries = (await desk.staff.get(f"{PATH}/{incident['id']}/timeline")).json()["items"]
    assert [one["text"] for one in entries[1:]] == [
        "Role communications: cleo.",
        "Role scribe: sam.",
        "Role scribe: tom, before: sam.",
        "Role scribe: nobody, before: tom.",
    ]
    assert {one["visibility"] for one in entries[1:]} == {"internal"}


async def test_roles_that_are_so_already_change_nothing(desk: Desk) -> None:
    incident = await desk.declare()
    for roles in ({}, {"liaison": None}):
        answer = await desk.change(incident, roles=roles)
        assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert await desk.facts() == ["incident.declared"]


async def test_a_major_incident_is_handed_over_but_never_without_a_commander(desk: Desk) -> None:
    incident = await accepted(desk, await desk.declare())
    assert incident["roles"]["commander"] == incident["commander"] == "mara"
    facts = await desk.facts()
    refused = await desk.change(incident, title="Lost", roles={"scribe": "sam", "commander": None})
    assert (refused.status_code, refused.json()["code"]) == (409, "commander-needed")
    assert (await desk.read(incident), await desk.facts()) == (incident, facts)
    after = (await desk.change(incident, roles={"commander": "max"})).json()
    assert (after["commander"], after["major_state"]) == ("max", "accepted")
    assert (await desk.last("incident.role_assigned"))["previous"] == "mara"
    down = await desk.try_move(
        after, "stood_down", by=desk.major, path="major-transitions", reason="Over."
    )
    assert down.json()["roles"]["commander"] == "max"
    freed = await desk.change(down.json(), roles={"commander": None})
    assert (freed.status_code, freed.json()["commander"]) == (200, None)


@pytest.mark.parametrize(
    ("path", "code"),
    [(("resolved",), "incident-roles-over"), (("cancelled",), "incident-settled")],
)
async def test_roles_are_given_while_the_incident_is_open(
    desk: Desk, path: tuple[str, ...], code: str
) -> None:
    incident = await desk.move(await desk.declare(), *path)
    answer = await desk.change(incident, roles={"scribe": "sam"})
    assert (answer.status_code, answer.json()["code"]) == (409, code)


@pytest.mark.parametrize(
    ("roles", "pointer"),
    [
        (None, "/roles"),
        ("sam", "/roles"),
        ({"captain": "sam"}, "/roles/captain"),
        ({"scribe": ""}, "/roles/scribe"),
        ({"scribe": "a\x07b"}, "/roles/scribe"),
        ({"scribe": "x" * 201}, "/roles/scribe"),
        ({"scribe": ["sam"]}, "/roles/scribe"),
    ],
)
async def test_roles_that_make_no_sense_are_refused(
    desk: Desk, roles: object, pointer: str
) -> None:
    answer = await desk.change(await desk.declare(), roles=roles)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await desk.facts() == ["incident.declared"]


async def test_customers_neither_see_nor_give_roles(desk: Desk) -> None:
    customer = await desk.register_customer()
    incident = await desk.declare(customer_ids=[str(customer)])
    incident = (await desk.change(incident, roles={"liaison": "lou"})).json()
    theirs = desk.customer(customer)
    assert set((await desk.read(incident, by=theirs))["roles"].values()) == {None}
    entries = await theirs.get(f"{PATH}/{incident['id']}/timeline")
    assert "lou" not in entries.text
    answer = await theirs.patch(
        f"{PATH}/{incident['id']}", json={"roles": {"liaison": "me"}}, headers={"If-Match": '"2"'}
    )
    assert answer.status_code == 403
