"""Open time and deadlines by HTTP, with the intervals that were counted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import httpx
import pytest

from services.catalog.calendars.domain import CalendarId
from services.catalog.calendars.queries import load_calendar
from tests.component.catalog.desk import CALENDARS, NOBODY, Body, Desk, pointers, refusal

DAY: Final = [{"start": "08:00", "end": "12:00"}, {"start": "13:00", "end": "17:00"}]
WEEK: Final = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), DAY)
HOUR: Final = 3600


async def office(desk: Desk, **body: Any) -> Body:  # noqa: ANN401 - any field
    given = {"time_zone": "Europe/Berlin", "weeks": [{"hours": WEEK}]}
    return await desk.calendar(**{**given, "holidays": {"country": "DE"}, **body})


async def ask(desk: Desk, calendar: Body, question: str, **parameters: Any) -> httpx.Response:  # noqa: ANN401
    return await desk.keeper.get(f"{CALENDARS}/{calendar['id']}/{question}", params=parameters)


async def test_open_time_is_told_with_the_intervals_that_make_it(desk: Desk) -> None:
    calendar = await office(desk)
    # Good Friday and Easter Monday lie between, and the clock changes.
    answer = await ask(
        desk,
        calendar,
        "open-time",
        start="2024-03-28T15:00:00Z",
        end="2024-04-02T07:30:00Z",
    )
    told = answer.json()
    assert told["open_seconds"] == 1 * HOUR + 90 * 60
    assert told["intervals"] == [
        {
            "start": "2024-03-28T15:00:00Z",
            "end": "2024-03-28T16:00:00Z",
            "local_start": "2024-03-28T16:00:00+01:00",
            "local_end": "2024-03-28T17:00:00+01:00",
            "weekday": "thursday",
            "open_seconds": HOUR,
        },
        {
            "start": "2024-04-02T06:00:00Z",
            "end": "2024-04-02T07:30:00Z",
            "local_start": "2024-04-02T08:00:00+02:00",
            "local_end": "2024-04-02T09:30:00+02:00",
            "weekday": "tuesday",
            "open_seconds": 90 * 60,
        },
    ]
    assert (told["more_intervals"], told["beyond_expansion"]) == (False, False)
    assert (told["time_zone"], told["calendar_version"]) == ("Europe/Berlin", 1)


async def test_a_deadline_is_told_with_the_next_opening(desk: Desk) -> None:
    calendar = await office(desk)
    answer = await ask(
        desk, calendar, "deadline", start="2024-03-28T12:00:00+01:00", open_seconds=4 * HOUR
    )
    told = answer.json()
    assert told["first_open"] == "2024-03-28T12:00:00Z"
    # It runs out as the desk closes for Easter.
    assert told["deadline"] == "2024-03-28T16:00:00Z"
    assert told["next_open"] == "2024-04-02T06:00:00Z"
    assert [one["open_seconds"] for one in told["intervals"]] == [4 * HOUR]
    nothing = (
        await ask(desk, calendar, "deadline", start="2024-03-30T12:00:00Z", open_seconds=0)
    ).json()
    assert nothing["deadline"] == nothing["start"] == "2024-03-30T12:00:00Z"
    assert nothing["first_open"] == nothing["next_open"] == "2024-04-02T06:00:00Z"
    assert nothing["intervals"] == []


async def test_questions_can_be_put_to_an_earlier_version(desk: Desk) -> None:
    calendar = await office(desk)
    late = {"hours": {"monday": [{"start": "08:00", "end": "24:00"}]}}
    await desk.change(CALENDARS, calendar, weeks=[late], correction=True)
    period = {"start": "2024-06-03T00:00:00+02:00", "end": "2024-06-04T00:00:00+02:00"}
    now = (await ask(desk, calendar, "open-time", **period)).json()
    assert (now["calendar_version"], now["open_seconds"]) == (2, 16 * HOUR)
    before = (await ask(desk, calendar, "open-time", calendar_version=1, **period)).json()
    assert (before["calendar_version"], before["open_seconds"]) == (1, 8 * HOUR)
    due = {"start": period["start"], "open_seconds": 10 * HOUR}
    assert (await ask(desk, calendar, "deadline", **due)).json()["deadline"] == (
        "2024-06-03T16:00:00Z"
    )
    earlier = await ask(desk, calendar, "deadline", calendar_version=1, **due)
    assert earlier.json()["deadline"] == "2024-06-04T08:00:00Z"
    missing = await ask(desk, calendar, "deadline", calendar_version=3, **due)
    assert refusal(missing) == (404, "calendar-version-not-found")


async def test_what_is_counted_is_what_others_load(desk: Desk) -> None:
    calendar = await office(desk)
    start, end = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    told = (
        await ask(desk, calendar, "open-time", start=start.isoformat(), end=end.isoformat())
    ).json()
    async with desk.transaction() as tx:
        loaded = await load_calendar(tx, calendar_id=CalendarId(calendar["id"]))
    assert loaded.version == 1
    assert told["open_seconds"] == loaded.open_seconds(start, end)
    assert told["more_intervals"]
    assert len(told["intervals"]) == 400


async def test_beyond_the_years_expanded_is_said(desk: Desk) -> None:
    calendar = await office(desk)
    far = await ask(desk, calendar, "deadline", start="2090-01-01T00:00:00Z", open_seconds=HOUR)
    assert far.json()["beyond_expansion"]
    assert far.json()["deadline"] == "2090-01-02T08:00:00Z"


async def test_a_calendar_that_never_opens_has_no_deadline(desk: Desk) -> None:
    calendar = await office(desk, weeks=[{"hours": {}}])
    never = await ask(desk, calendar, "deadline", start="2024-06-03T00:00:00Z", open_seconds=1)
    assert refusal(never) == (422, "calendar-never-opens")
    nothing = await ask(desk, calendar, "deadline", start="2024-06-03T00:00:00Z", open_seconds=0)
    assert (nothing.json()["first_open"], nothing.json()["next_open"]) == (None, None)


@pytest.mark.parametrize(
    ("question", "parameters", "status", "code"),
    [
        ("open-time", {"end": "2025-06-05T00:00:00Z"}, 422, "calendar-period-too-long"),
        ("open-time", {"end": "2024-06-02T00:00:00Z"}, 422, "period-reversed"),
        ("open-time", {"end": "2024-06-04T00:00:00.5Z"}, 422, "calendar-fraction-of-second"),
        ("open-time", {"end": "2024-06-04"}, 400, "malformed-request"),
        ("open-time", {}, 400, "malformed-request"),
        ("open-time", {"end": "2024-06-04T00:00:00Z", "calendar_version": 0}, 400, None),
        ("deadline", {"open_seconds": -1}, 400, "malformed-request"),
        ("deadline", {"open_seconds": 10**12}, 400, "malformed-request"),
        ("deadline", {"open_seconds": "soon"}, 400, "malformed-request"),
        ("deadline", {"open_seconds": 1, "start": "1960-06-03T00:00:00Z"}, 422, None),
        ("deadline", {"open_seconds": 1, "colour": "red"}, 400, None),
    ],
)
async def test_questions_without_an_answer_are_refused(
    desk: Desk, question: str, parameters: Body, status: int, code: str | None
) -> None:
    calendar = await office(desk)
    asked = {"start": "2024-06-03T00:00:00Z", **parameters}
    refused = await ask(desk, calendar, question, **asked)
    assert refusal(refused) == (status, code or refused.json()["code"])


async def test_a_fraction_of_a_second_is_pointed_at(desk: Desk) -> None:
    calendar = await office(desk)
    refused = await ask(desk, calendar, "deadline", start="2024-06-03T00:00:00.25Z", open_seconds=1)
    assert pointers(refused) == {"start"}


async def test_nobodys_calendar_answers_nothing(desk: Desk) -> None:
    nobody = {"id": str(NOBODY)}
    answer = await ask(desk, nobody, "deadline", start="2024-06-03T00:00:00Z", open_seconds=1)
    assert refusal(answer) == (404, "calendar-not-found")
