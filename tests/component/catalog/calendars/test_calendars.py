"""Calendars over HTTP: made, changed with respect for the past, retired."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest

from shared.calendar import Calendar, from_hours
from tests.component.catalog.desk import CALENDARS, NOBODY, Body, Desk, ids, pointers, refusal

DAY: Final = [{"start": "08:00", "end": "12:00"}, {"start": "13:00", "end": "17:00"}]
WORKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday")
WEEK: Final[Body] = dict.fromkeys(WORKDAYS, DAY)
LATE: Final[Body] = {day: [{"start": "10:00", "end": "19:00"}] for day in WORKDAYS}
THIS_YEAR: Final = datetime.now(UTC).year


def days_from_now(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def exception(day: str, *hours: Body, name: str = "Stocktaking") -> Body:
    return {"date": day, "name": name, "hours": list(hours)}


def week(hours: Body, effective_from: str | None = None) -> Body:
    return {"effective_from": effective_from, "hours": hours}


async def office(desk: Desk, **body: Any) -> Body:  # noqa: ANN401 - any field
    given = {
        "name": "Desk Munich",
        "time_zone": "Europe/Berlin",
        "weeks": [{"hours": WEEK}],
        "holidays": {"country": "DE", "subdivision": "BY"},
    }
    return await desk.make(CALENDARS, **{**given, **body})


def built(told: Body) -> Calendar:
    """Return the calendar that a reader makes of an event."""
    return from_hours(
        time_zone=told["time_zone"],
        weeks=told["weeks"],
        days=told["days"],
        version=told["calendar_version"],
    )


async def test_a_new_calendar_has_its_holidays_of_eleven_years(desk: Desk) -> None:
    calendar = await office(desk)
    assert calendar["status"] == "active"
    assert (calendar["version"], calendar["calendar_version"]) == (1, 1)
    assert calendar["expanded_from"] == f"{THIS_YEAR - 5}-01-01"
    assert calendar["expanded_to"] == f"{THIS_YEAR + 6}-01-01"
    assert calendar["holidays"] == {"country": "DE", "subdivision": "BY", "categories": ["public"]}
    assert calendar["weeks"][0]["hours"] == {**WEEK, "saturday": [], "sunday": []}
    new_year = {"date": f"{THIS_YEAR}-01-01", "name": "New Year's Day", "half_day": False}
    assert new_year in calendar["holiday_dates"]
    years = {one["date"][:4] for one in calendar["holiday_dates"]}
    assert years == {str(year) for year in range(THIS_YEAR - 5, THIS_YEAR + 6)}
    assert await desk.read(CALENDARS, calendar) == calendar


async def test_the_event_is_all_that_a_reader_needs(desk: Desk) -> None:
    calendar = await office(desk, exceptions=[exception(days_from_now(3), DAY[0])])
    [(name, told)] = await desk.events(calendar)
    assert name == "calendar.changed"
    own = {"id", "version", "created_at", "updated_at"}
    assert {"calendar_id": calendar["id"]} | {
        field: value for field, value in calendar.items() if field not in own
    } == told
    read = built(told)
    assert read.hours(date.fromisoformat(days_from_now(3))) == ((480, 720),)
    assert read.hours(date(THIS_YEAR + 1, 1, 6)) == ()


async def test_a_week_may_change_from_today_on(desk: Desk) -> None:
    calendar = await office(desk)
    answer = await desk.change(
        CALENDARS, calendar, weeks=[week(WEEK), week(LATE, days_from_now(2))]
    )
    assert answer.status_code == 200, answer.text
    assert (answer.json()["version"], answer.json()["calendar_version"]) == (2, 2)
    assert answer.headers["ETag"] == '"2"'
    [_, (_, told)] = await desk.events(calendar)
    assert [one["effective_from"] for one in told["weeks"]] == [None, days_from_now(2)]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"weeks": [week(WEEK), week(LATE, days_from_now(-3))]}, "/weeks/1/effective_from"),
        ({"weeks": [week(LATE)]}, "/weeks"),
        (
            {"exceptions": [exception(days_from_now(place)) for place in range(-9, -1)]},
            "/exceptions",
        ),
        ({"time_zone": "Europe/Paris"}, "/time_zone"),
    ],
)
async def test_past_hours_change_by_a_correction_only(
    desk: Desk, changes: Body, pointer: str
) -> None:
    calendar = await office(desk)
    refused = await desk.change(CALENDARS, calendar, **changes)
    assert refusal(refused) == (422, "calendar-past-hours")
    assert pointers(refused) == {pointer}
    assert await desk.read(CALENDARS, calendar) == calendar
    corrected = await desk.change(CALENDARS, calendar, correction=True, **changes)
    assert corrected.status_code == 200, corrected.text
    assert corrected.json()["calendar_version"] == 2
    assert await desk.facts(calendar) == ["calendar.changed"] * 2


async def test_another_country_counts_from_today_on_and_no_country_too(desk: Desk) -> None:
    calendar = await office(desk)
    today = days_from_now(0)
    past = [one for one in calendar["holiday_dates"] if one["date"] < today]
    spain = (await desk.change(CALENDARS, calendar, holidays={"country": "ES"})).json()
    assert spain["holidays"] == {"country": "ES", "subdivision": None, "categories": ["public"]}
    assert [one for one in spain["holiday_dates"] if one["date"] < today] == past
    assert spain["holiday_dates"][len(past) :] != calendar["holiday_dates"][len(past) :]
    none = (await desk.change(CALENDARS, spain, holidays=None)).json()
    assert none["holidays"] is None
    assert none["holiday_dates"] == past


async def test_what_changes_nothing_tells_nothing(desk: Desk) -> None:
    calendar = await office(desk)
    same = await desk.change(
        CALENDARS,
        calendar,
        name=calendar["name"],
        weeks=[{"hours": WEEK}],
        holidays={"country": "DE", "subdivision": "BY"},
        exceptions=[],
        correction=True,
    )
    assert same.json() == calendar
    assert await desk.facts(calendar) == ["calendar.changed"]


async def test_only_hours_make_a_version_of_the_hours(desk: Desk) -> None:
    calendar = await office(desk)
    calendar = (await desk.change(CALENDARS, calendar, name="Desk", description="x")).json()
    calendar = (await desk.move(CALENDARS, calendar, "retired")).json()
    calendar = (await desk.move(CALENDARS, calendar, "active")).json()
    assert (calendar["version"], calendar["calendar_version"]) == (4, 1)


async def test_a_name_belongs_to_one_active_calendar_whatever_the_case(desk: Desk) -> None:
    calendar = await office(desk)
    body = {"name": "DESK munich", "time_zone": "UTC", "weeks": [{"hours": {}}]}
    taken = await desk.keeper.post(CALENDARS, json=body)
    assert refusal(taken) == (409, "calendar-name-taken")
    assert pointers(taken) == {"/name"}
    calendar = (await desk.move(CALENDARS, calendar, "retired")).json()
    other = await desk.make(CALENDARS, **body)
    assert refusal(await desk.move(CALENDARS, calendar, "active")) == (409, "calendar-name-taken")
    assert refusal(await desk.move(CALENDARS, other, "active")) == (
        409,
        "calendar-transition-not-allowed",
    )


async def test_lists_are_without_hours_and_filter(desk: Desk) -> None:
    munich = await office(desk)
    tokyo = await office(desk, name="Desk Tokyo", time_zone="Asia/Tokyo", holidays=None)
    answer = await desk.keeper.get(CALENDARS)
    assert ids(answer) == [munich["id"], tokyo["id"]]
    hours = {"weeks", "exceptions", "holiday_dates", "days"}
    assert answer.json()["items"][0] == {
        name: value for name, value in munich.items() if name not in hours
    }
    assert ids(await desk.keeper.get(CALENDARS, params={"time_zone": "Asia/Tokyo"})) == [
        tokyo["id"]
    ]
    assert ids(await desk.keeper.get(CALENDARS, params={"sort": "-name", "limit": 1})) == [
        tokyo["id"]
    ]
    assert ids(await desk.keeper.get(CALENDARS, params={"status": "retired"})) == []


async def test_calendars_are_the_providers_matter(desk: Desk) -> None:
    calendar, customer = await office(desk), await desk.customer()
    path = f"{CALENDARS}/{calendar['id']}"
    bound, user = desk.bound_keeper(customer), desk.user_of(customer)
    start: Body = {"start": "2026-03-02T00:00:00Z"}
    asked = {
        "/open-time": {**start, "end": "2026-03-03T00:00:00Z"},
        "/deadline": {**start, "open_seconds": 60},
    }
    for below in ("", "/history", "/versions", "/versions/1", *asked):
        parameters = asked.get(below, {})
        refused = await bound.get(path + below, params=parameters)
        assert refusal(refused) == (403, "provider-only"), below
        assert refusal(await user.get(path + below, params=parameters)) == (403, "forbidden"), below
    assert refusal(await bound.get(CALENDARS)) == (403, "provider-only")
    headers = {"If-Match": '"1"'}
    changed = await bound.patch(path, json={"name": "x"}, headers=headers)
    assert refusal(changed) == (403, "provider-only")
    resolver = desk.stage.http("resolver", sub="resolver")
    assert (await resolver.get(path)).status_code == 200
    assert refusal(await resolver.patch(path, json={}, headers=headers)) == (403, "forbidden")


async def test_a_change_needs_the_present_version(desk: Desk) -> None:
    calendar = await office(desk)
    await desk.change(CALENDARS, calendar, name="Desk")
    assert refusal(await desk.change(CALENDARS, calendar, name="Other")) == (412, "stale-version")
    missing = {"id": str(NOBODY), "version": 1}
    assert refusal(await desk.change(CALENDARS, missing, name="x")) == (404, "calendar-not-found")
    assert refusal(await desk.move(CALENDARS, missing, "retired")) == (404, "calendar-not-found")
    nobody = await desk.keeper.get(f"{CALENDARS}/{NOBODY}")
    assert refusal(nobody) == (404, "calendar-not-found")
