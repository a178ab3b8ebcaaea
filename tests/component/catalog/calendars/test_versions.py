"""States that a calendar had: of its hours by version, of the record by time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from tests.component.catalog.desk import CALENDARS, NOBODY, Body, Desk, refusal

OPEN = [{"start": "09:00", "end": "17:00"}]
LATER = [{"start": "10:00", "end": "12:00"}]


async def grown(desk: Desk) -> list[Body]:
    """Return a calendar in all its states; the second has the hours of the first."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    first = await desk.calendar(holidays={"country": "DE"})
    second = (await desk.change(CALENDARS, first, name="Desk Munich")).json()
    third = (
        await desk.change(
            CALENDARS,
            second,
            weeks=[*second["weeks"], {"effective_from": tomorrow, "hours": {"monday": LATER}}],
        )
    ).json()
    fourth = (
        await desk.change(
            CALENDARS, third, exceptions=[{"date": tomorrow, "name": "Outing", "hours": []}]
        )
    ).json()
    return [first, second, third, fourth]


async def test_every_state_of_the_hours_stays_readable(desk: Desk) -> None:
    states = await grown(desk)
    path = f"{CALENDARS}/{states[0]['id']}/versions"
    page = (await desk.keeper.get(path)).json()
    assert [one["calendar_version"] for one in page["items"]] == [1, 2, 3]
    by_version = {1: states[0], 2: states[2], 3: states[3]}
    hours = ("time_zone", "weeks", "holidays", "exceptions", "holiday_dates", "days")
    for listed in page["items"]:
        version = listed["calendar_version"]
        whole = (await desk.keeper.get(f"{path}/{version}")).json()
        assert {**whole, **listed} == whole
        assert whole["recorded_at"] == by_version[version]["updated_at"]
        for name in (*hours, "expanded_from", "expanded_to"):
            assert whole[name] == by_version[version][name]


async def test_versions_are_paged_and_belong_to_their_calendar(desk: Desk) -> None:
    states = await grown(desk)
    other = await desk.calendar("Another")
    path = f"{CALENDARS}/{states[0]['id']}/versions"
    asked: Body = {"limit": 2, "sort": "-calendar_version"}
    first = (await desk.keeper.get(path, params=asked)).json()
    rest = (await desk.keeper.get(path, params={**asked, "cursor": first["next"]})).json()
    found = [one["calendar_version"] for one in first["items"] + rest["items"]]
    assert (found, rest["next"]) == ([3, 2, 1], None)
    others = (await desk.keeper.get(f"{CALENDARS}/{other['id']}/versions")).json()["items"]
    assert [one["calendar_version"] for one in others] == [1]
    assert {one["calendar_id"] for one in others} == {other["id"]}


async def test_versions_that_never_were_are_not_found(desk: Desk) -> None:
    calendar = await desk.calendar()
    missing = await desk.keeper.get(f"{CALENDARS}/{calendar['id']}/versions/2")
    assert refusal(missing) == (404, "calendar-version-not-found")
    for below in ("versions", "versions/1", "history"):
        nobody = await desk.keeper.get(f"{CALENDARS}/{NOBODY}/{below}")
        assert refusal(nobody) == (404, "calendar-not-found")
    zero = await desk.keeper.get(f"{CALENDARS}/{calendar['id']}/versions/0")
    assert zero.status_code == 404


async def test_a_calendar_is_answered_as_it_was_known_at_an_instant(desk: Desk) -> None:
    states = await grown(desk)
    calendar = states[0]["id"]
    for state in states:
        assert await desk.at(CALENDARS, calendar, state["updated_at"]) == state
    for state, following in pairwise(states):
        before = datetime.fromisoformat(following["updated_at"]) - timedelta(microseconds=1)
        assert await desk.at(CALENDARS, calendar, before.isoformat()) == state
    early = datetime.fromisoformat(states[0]["created_at"]) - timedelta(microseconds=1)
    answer = await desk.keeper.get(f"{CALENDARS}/{calendar}", params={"as_of": early.isoformat()})
    assert refusal(answer) == (404, "calendar-not-found")


async def test_the_history_tells_every_change(desk: Desk) -> None:
    states = await grown(desk)
    page = (await desk.keeper.get(f"{CALENDARS}/{states[0]['id']}/history")).json()
    assert [one["sequence"] for one in page["items"]] == [1, 2, 3, 4]
    assert {one["type"] for one in page["items"]} == {"itsm.calendar.changed.v1"}
    assert [one["data"]["weeks"] for one in page["items"]] == [one["weeks"] for one in states]
    assert {one["actor"] for one in page["items"]} == {"keeper"}
