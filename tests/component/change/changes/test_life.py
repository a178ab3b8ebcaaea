"""A change from the request to its end, over HTTP."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import orjson
import pytest

from services.change.changes.lifecycle import TRANSITIONS
from shared.audit import verify_tables
from tests.component.change.desk import PATH, Desk, minutes_from_now, whole


async def test_a_normal_change_goes_all_the_way(desk: Desk) -> None:
    change = await desk.request(whole(await desk.service()))
    assert (change["number"], change["state"], change["requester"]) == (
        "CHG0000001",
        "draft",
        "asker",
    )

    change = await desk.move(change, "assess", "authorize", "scheduled", "implement", "review")
    assert change["authorised_by"] == "boss"
    answer = await desk.try_move(change, "closed")

    change = answer.json()
    assert answer.headers["ETag"] == f'"{change["version"]}"'
    assert (change["state"], change["close_code"], change["version"]) == ("closed", "successful", 9)
    assert await desk.facts() == [
        "requested",
        "submitted",
        "assessed",
        "authorised",
        "scheduled",
        "implementation_started",
        "implemented",
        "reviewed",
        "closed",
    ]
    assert (await desk.asker.get(f"{PATH}/{change['number']}")).json() == change
    assert await verify_tables(desk.stage.database("change"), ["change"]) == []


async def test_every_event_takes_its_own_version_and_tells_the_state(desk: Desk) -> None:
    change = await desk.request(whole(await desk.service()))
    await desk.move(change, "assess", "authorize", "rejected", "draft", "cancelled")

    events = await desk.stage.events("change")

    assert [one.sequence for one in events] == [1, 2, 3, 4, 5, 6]
    states = [
        (data["previous_state"], data["state"])
        for data in (orjson.loads(one.data) for one in events)
    ]
    assert states == [
        (None, "draft"),
        ("draft", "assess"),
        ("assess", "authorize"),
        ("authorize", "rejected"),
        ("rejected", "draft"),
        ("draft", "cancelled"),
    ]


@pytest.mark.parametrize("state", ["draft", "scheduled", "implement", "cancelled"])
async def test_a_refused_transition_names_the_allowed_ones(desk: Desk, state: str) -> None:
    change = await desk.request(whole(await desk.service()))
    way = ["assess", "authorize", "scheduled", "implement"]
    path = {"draft": [], "cancelled": ["cancelled"]}.get(state, way[: way.index("scheduled") + 1])
    change = await desk.move(change, *path, *(["implement"] if state == "implement" else []))

    answer = await desk.try_move(change, "authorize")

    assert answer.status_code == 409
    assert answer.json()["code"] == "change-transition-not-allowed"
    assert answer.json()["allowed"] == list(TRANSITIONS[change["state"]])


async def test_what_an_authority_needs_to_see_must_be_there(desk: Desk) -> None:
    change = await desk.move(await desk.request({"title": "Something"}), "assess")

    answer = await desk.try_move(change, "authorize")

    assert (answer.status_code, answer.json()["code"]) == (409, "change-not-ready")
    assert answer.json()["missing"] == [
        "service_ids",
        "planned_start",
        "planned_end",
        "implementation_plan",
        "backout_plan",
    ]


async def test_a_requester_cannot_authorise_their_own_change(desk: Desk) -> None:
    change = await desk.request(whole(await desk.service()))
    change = await desk.move(change, "assess", "authorize")
    mighty = desk.stage.http("admin", "change_authority", sub="asker")

    answer = await desk.try_move(change, "scheduled", by=mighty)

    assert (answer.status_code, answer.json()["code"]) == (403, "requester-cannot-authorise")


@pytest.mark.parametrize("to", ["scheduled", "rejected"])
async def test_only_an_authority_decides(desk: Desk, to: str) -> None:
    change = await desk.request(whole(await desk.service()))
    change = await desk.move(change, "assess", "authorize")
    other = desk.stage.http("change_manager", sub="other")

    answer = await desk.try_move(change, to, by=other)

    assert (answer.status_code, answer.json()["code"]) == (403, "change-authority-needed")


async def test_work_does_not_begin_before_its_window(desk: Desk) -> None:
    change = await desk.request(whole(await desk.service(), starts_in=60))
    change = await desk.move(change, "assess", "authorize", "scheduled")

    answer = await desk.try_move(change, "implement")

    assert (answer.status_code, answer.json()["code"]) == (409, "outside-planned-window")
    assert answer.json()["allowed"] == ["draft", "cancelled"]
    assert answer.json()["start_tolerance_minutes"] == 15


async def test_the_tolerance_before_the_window_is_a_setting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.change.settings import settings  # noqa: PLC0415 - the stage has set its variables

    monkeypatch.setenv("ITSM_CHANGE_START_TOLERANCE_MINUTES", "90")
    settings.cache_clear()
    change = await desk.request(whole(await desk.service(), starts_in=60))

    change = await desk.move(change, "assess", "authorize", "scheduled", "implement")

    assert change["state"] == "implement"


async def test_a_window_that_has_begun_cannot_be_authorised(desk: Desk) -> None:
    change = await desk.request(whole(await desk.service(), starts_in=-1))
    change = await desk.move(change, "assess", "authorize")

    answer = await desk.try_move(change, "scheduled")

    assert (answer.status_code, answer.json()["code"]) == (409, "outside-planned-window")


async def test_a_scheduled_change_is_altered_by_giving_up_its_authorisation(desk: Desk) -> None:
    change = await desk.request(whole(await desk.service()))
    change = await desk.move(change, "assess", "authorize", "scheduled")
    place, patch = f"{PATH}/{change['id']}", {"title": "Something else"}
    refused = await desk.asker.patch(place, json=patch, headers={"If-Match": '"5"'})
    assert (refused.status_code, refused.json()["code"]) == (409, "change-content-fixed")

    change = await desk.move(change, "draft")
    assert (change["authorised_by"], change["risk_level"]) == (None, None)
    changed = await desk.asker.patch(place, json=patch, headers={"If-Match": '"6"'})

    assert changed.json()["title"] == "Something else"
    assert (await desk.facts())[-2:] == ["reverted", "updated"]


async def test_a_change_that_was_backed_out_cannot_be_closed_as_a_success(desk: Desk) -> None:
    change = await desk.request(whole(await desk.service()))
    change = await desk.move(change, "assess", "authorize", "scheduled", "implement")
    change = (await desk.try_move(change, "review", outcome="backed_out")).json()

    refused = await desk.try_move(change, "closed", close_code="successful")
    closed = await desk.try_move(change, "closed", close_code="backed_out")

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/close_code"
    assert closed.json()["close_code"] == "backed_out"
    assert (await desk.facts())[-3:] == ["backed_out", "reviewed", "closed"]


async def test_work_that_ended_earlier_is_recorded_when_it_was(desk: Desk) -> None:
    change = await desk.request(whole(await desk.service()))
    change = await desk.move(change, "assess", "authorize", "scheduled", "implement")
    ended = change["actual_start"]

    refused = await desk.try_move(change, "review", occurred_at=minutes_from_now(5))
    done = await desk.try_move(change, "review", occurred_at=ended)

    assert (refused.status_code, refused.json()["code"]) == (422, "occurred-at-out-of-order")
    assert done.json()["actual_end"] == ended
    last = (await desk.stage.events("change"))[-1]
    assert last.occurred_at == datetime.fromisoformat(ended) < last.recorded_at


async def test_the_history_tells_who_did_what(desk: Desk) -> None:
    change = await desk.request(whole(await desk.service()))
    change = await desk.move(change, "assess", "authorize", "scheduled")
    await desk.request({"title": "Another"})

    first = await desk.boss.get(f"{PATH}/{change['number']}/history", params={"limit": 3})
    rest = await desk.boss.get(
        f"{PATH}/{change['number']}/history", params={"limit": 3, "cursor": first.json()["next"]}
    )

    assert rest.status_code == 200, rest.text
    entries = first.json()["items"] + rest.json()["items"]
    assert [(one["sequence"], one["actor"]) for one in entries] == [
        (1, "asker"),
        (2, "asker"),
        (3, "asker"),
        (4, "boss"),
        (5, "boss"),
    ]
    assert entries[4]["data"]["state"] == "scheduled"
    assert rest.json()["next"] is None
    assert (await desk.boss.get(f"{PATH}/{uuid4()}/history")).status_code == 404


async def test_a_change_that_outlasts_its_window_says_so_once(desk: Desk) -> None:
    change = await desk.request(whole(await desk.service(), lasts=30))
    change = await desk.move(change, "assess", "authorize", "scheduled", "implement")
    ends = datetime.fromisoformat(change["planned_end"])

    assert await desk.stage.fire_timers("change", datetime.now(UTC)) == 0
    assert await desk.stage.fire_timers("change", ends + timedelta(seconds=1)) == 1
    assert await desk.stage.fire_timers("change", ends + timedelta(days=1)) == 0

    late = (await desk.asker.get(f"{PATH}/{change['id']}")).json()
    assert datetime.fromisoformat(late["overran_at"]) == ends
    last = (await desk.stage.events("change"))[-1]
    assert (last.type, last.actor) == ("itsm.change.overran.v1", "itsm:change")
    await desk.move(late, "review", "closed")


async def test_a_change_that_ends_in_time_does_not_overrun(desk: Desk) -> None:
    change = await desk.request(whole(await desk.service(), lasts=30))
    await desk.move(change, "assess", "authorize", "scheduled", "implement", "review")

    assert await desk.stage.fire_timers("change", datetime.now(UTC) + timedelta(days=1)) == 0


async def test_of_two_decisions_at_once_one_counts(desk: Desk) -> None:
    change = await desk.request(whole(await desk.service()))
    change = await desk.move(change, "assess", "authorize")

    answers = await asyncio.gather(
        desk.try_move(change, "scheduled"), desk.try_move(change, "rejected")
    )

    assert sorted(one.status_code for one in answers) == [200, 412]
    assert len(await desk.facts()) in (4, 5)
    assert await verify_tables(desk.stage.database("change"), ["change"]) == []
