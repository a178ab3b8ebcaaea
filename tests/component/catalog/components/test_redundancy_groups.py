"""Redundancy groups over HTTP."""

from __future__ import annotations

import asyncio

import pytest

from tests.component.catalog.components.ground import FAR, FARTHER, GROUPS, Ground
from tests.component.catalog.desk import DEPENDENCIES, NOBODY, Desk, ids, pointers, refusal


async def test_a_group_is_published_and_its_members_name_it(desk: Desk, ground: Ground) -> None:
    members = await ground.rests(2)
    made = await ground.group(members)
    assert await desk.events(made) == [
        (
            "redundancy_group.defined",
            {
                "redundancy_group_id": made["id"],
                "node_id": ground.shop["id"],
                "node_kind": "service",
                "name": "web servers",
                "min_up": 1,
                "min_up_unit": "count",
                "valid_from": made["valid_from"],
                "valid_to": None,
            },
        )
    ]
    for member in members:
        assert (await desk.events(member))[-1][1]["redundancy_group_id"] == made["id"]
    third = await desk.dependency(
        ground.shop, await ground.item("web-3"), redundancy_group_id=made["id"]
    )
    listed = await desk.keeper.get(DEPENDENCIES, params={"redundancy_group_id": made["id"]})
    assert ids(listed) == [*(one["id"] for one in members), third["id"]]
    assert await desk.read(GROUPS, made) == made


async def test_a_group_changes_and_ends_and_stays_readable(desk: Desk, ground: Ground) -> None:
    members = await ground.rests(2)
    made = await ground.group(members)
    assert (await desk.change(GROUPS, made, min_up=1, name="web servers")).json() == made
    made = (await desk.change(GROUPS, made, min_up=50, min_up_unit="percent")).json()
    made = (await desk.change(GROUPS, made, name="front", min_up=2, min_up_unit="count")).json()
    made = (await desk.change(GROUPS, made, valid_to=FAR)).json()
    gone = (await desk.move(GROUPS, made, "removed")).json()
    assert gone["valid_from"] < gone["valid_to"] < FAR
    assert await desk.facts(made) == [
        "redundancy_group.defined",
        *["redundancy_group.changed"] * 3,
        "redundancy_group.removed",
    ]
    assert await desk.read(GROUPS, made) == gone
    for again in (
        await desk.move(GROUPS, gone, "removed"),
        await desk.change(GROUPS, gone, min_up=1),
    ):
        assert refusal(again) == (409, "redundancy-group-removed")
        assert again.json()["allowed"] == []
    joining = await desk.keeper.post(
        DEPENDENCIES,
        json={
            "from_id": ground.shop["id"],
            "to_id": (await ground.item("late"))["id"],
            "redundancy_group_id": made["id"],
        },
    )
    assert refusal(joining) == (422, "redundancy-group-invalid")
    # Its members are free for another one, of the same name.
    members = [await desk.read(DEPENDENCIES, member) for member in members]
    await ground.group(members, name="front", min_up=2)


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"min_up": 3}, "min-up-too-high", "/min_up"),
        ({"min_up": 0}, "invalid-fields", "/min_up"),
        ({"min_up": 1.5}, "invalid-fields", "/min_up"),
        ({"min_up": "1"}, "invalid-fields", "/min_up"),
        ({"min_up": 101, "min_up_unit": "percent"}, "min-up-too-high", "/min_up"),
        ({"min_up_unit": "share"}, "invalid-fields", "/min_up_unit"),
        ({"name": "two\nlines"}, "invalid-fields", "/name"),
        ({"node_id": str(NOBODY)}, "node-unknown", "/node_id"),
        ({"dependency_ids": []}, "invalid-fields", "/dependency_ids"),
        ({"dependency_ids": ["web"]}, "invalid-fields", "/dependency_ids/0"),
        ({"dependency_ids": [str(NOBODY)]}, "redundancy-group-member-invalid", "/dependency_ids/0"),
        ({"valid_to": "2001-01-01T00:00:00Z"}, "redundancy-group-period-invalid", "/valid_to"),
        ({"valid_from": FARTHER, "valid_to": FAR}, "redundancy-group-period-invalid", "/valid_to"),
        ({"members": []}, "invalid-fields", "/members"),
    ],
)
async def test_a_field_that_is_not_valid_is_pointed_at(
    desk: Desk, ground: Ground, fields: dict[str, object], code: str, pointer: str
) -> None:
    members = await ground.rests(2)
    given = {"node_id": ground.shop["id"], "name": "web servers", "min_up": 2}
    given["dependency_ids"] = [member["id"] for member in members]
    answer = await desk.keeper.post(GROUPS, json={**given, **fields})
    assert refusal(answer) == (422, code)
    assert pointers(answer) == {pointer}
    assert ids(await desk.keeper.get(GROUPS)) == []
    assert await desk.read(DEPENDENCIES, members[0]) == members[0]


async def test_members_are_present_dependencies_of_the_node_and_in_no_other_group(
    desk: Desk, ground: Ground
) -> None:
    [mine, taken, over] = await ground.rests(3)
    await desk.move(DEPENDENCIES, over, "removed")
    await ground.group([taken], name="other")
    foreign = await desk.dependency(ground.servers[0], ground.servers[1])
    given = {"node_id": ground.shop["id"], "name": "web servers", "min_up": 1}
    for wrong in (taken, over, foreign, mine):
        answer = await desk.keeper.post(
            GROUPS, json={**given, "dependency_ids": [mine["id"], wrong["id"]]}
        )
        assert refusal(answer) == (422, "redundancy-group-member-invalid")
        assert pointers(answer) == {"/dependency_ids/1"}


async def test_a_member_that_is_needed_does_not_leave(desk: Desk, ground: Ground) -> None:
    members = await ground.rests(3)
    group = await ground.group(members, min_up=2)
    members = [await desk.read(DEPENDENCIES, member) for member in members]
    assert (await desk.change(DEPENDENCIES, members[0], strength=0.5)).status_code == 200
    assert (await desk.change(DEPENDENCIES, members[1], valid_to=FAR)).status_code == 200
    one, two, three = [await desk.read(DEPENDENCIES, member) for member in members]
    refused = [
        # One leaves in any case, so no other one may, now or later.
        await desk.move(DEPENDENCIES, one, "removed"),
        await desk.change(DEPENDENCIES, three, redundancy_group_id=None),
        await desk.change(DEPENDENCIES, three, valid_to=FARTHER),
    ]
    for answer in refused:
        assert refusal(answer) == (409, "redundancy-group-needs-member")
    assert (await desk.move(DEPENDENCIES, two, "removed")).status_code == 200
    too_high = await desk.change(GROUPS, group, min_up=3)
    assert refusal(too_high) == (422, "min-up-too-high")
    group = (await desk.change(GROUPS, group, min_up=1)).json()
    assert (await desk.change(DEPENDENCIES, three, redundancy_group_id=None)).status_code == 200
    last = await desk.move(DEPENDENCIES, one, "removed")
    assert refusal(last) == (409, "redundancy-group-needs-member")
    await desk.move(GROUPS, group, "removed")
    assert (await desk.move(DEPENDENCIES, one, "removed")).status_code == 200


async def test_two_members_that_leave_at_once_do_not_break_the_group(
    desk: Desk, ground: Ground
) -> None:
    members = await ground.rests(2)
    await ground.group(members)
    members = [await desk.read(DEPENDENCIES, member) for member in members]
    answers = await asyncio.gather(
        *(desk.move(DEPENDENCIES, member, "removed") for member in members)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_group_has_its_name_alone_on_its_node(desk: Desk, ground: Ground) -> None:
    one, two = await ground.rests(2)
    await ground.group([one])
    given = {"node_id": ground.shop["id"], "name": "WEB servers", "min_up": 1}
    answer = await desk.keeper.post(GROUPS, json={**given, "dependency_ids": [two["id"]]})
    assert refusal(answer) == (409, "redundancy-group-name-taken")
    other = await ground.group([two], name="other")
    renamed = await desk.change(GROUPS, other, name="web servers")
    assert refusal(renamed) == (409, "redundancy-group-name-taken")


async def test_groups_are_listed_by_node_and_an_unknown_one_is_not_found(
    desk: Desk, ground: Ground
) -> None:
    one, two = await ground.rests(2)
    first = await ground.group([one])
    other = await ground.group([two], name="other")
    await desk.move(GROUPS, other, "removed")
    for parameters, found in (
        ({"node_id": ground.shop["id"]}, [other, first]),
        ({"node_id": str(NOBODY)}, []),
        ({"open_ended": "true"}, [first]),
        ({"name": "other"}, [other]),
        ({"sort": "-created_at"}, [other, first]),
    ):
        assert ids(await desk.keeper.get(GROUPS, params=parameters)) == [one["id"] for one in found]
    answer = await desk.keeper.get(f"{GROUPS}/{NOBODY}")
    assert refusal(answer) == (404, "redundancy-group-not-found")
