"""The yearly renewal: only new years are added, once, whatever the library says now."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import Final

from structlog.testing import capture_logs

from services.catalog.calendars.domain import Holiday, HolidayRule
from services.catalog.calendars.holiday_days import UnknownHolidaysError
from services.catalog.calendars.jobs import BATCH, renewing
from tests.component.catalog.desk import CALENDARS, Body, Desk

YEAR: Final = datetime.now(UTC).year
NEXT_YEAR: Final = datetime(YEAR + 1, 1, 1, 0, 30, tzinfo=UTC)
BERLIN: Final = {"country": "DE", "subdivision": "BE"}


def moved(rule: HolidayRule, years: range, /) -> tuple[Holiday, ...]:
    """Answer as another version of the library would: every holiday is on another date."""
    name = f"Moved in {rule.country}"
    return tuple(
        Holiday(date(year, month, 3), name)
        for year in range(years.start - 20, years.stop + 20)
        for month in range(1, 13)
    )


async def renewed(desk: Desk, now: datetime = NEXT_YEAR) -> int:
    return await renewing(moved)(desk.stage.database("catalog"), now)


async def test_a_new_year_is_added_and_no_other_touched(desk: Desk) -> None:
    before = await desk.calendar(holidays=BERLIN)
    assert await renewed(desk) == 1
    after = await desk.read(CALENDARS, before)
    known, days = len(before["holiday_dates"]), len(before["days"])
    assert after["holiday_dates"][:known] == before["holiday_dates"]
    assert after["days"][:days] == before["days"]
    added = after["holiday_dates"][known:]
    assert [one["date"] for one in added] == [f"{YEAR + 6}-{month:02}-03" for month in range(1, 13)]
    assert (after["expanded_from"], after["expanded_to"]) == (
        before["expanded_from"],
        f"{YEAR + 7}-01-01",
    )
    assert (after["version"], after["calendar_version"]) == (2, 2)
    told = [data for _, data in await desk.events(before)]
    assert [one["expanded_to"][:4] for one in told] == [str(YEAR + 6), str(YEAR + 7)]
    old = await desk.keeper.get(f"{CALENDARS}/{before['id']}/versions/1")
    assert old.json()["holiday_dates"] == before["holiday_dates"]


def forgotten(rule: HolidayRule, years: range, /) -> tuple[Holiday, ...]:
    """Answer as a library would that has given Germany up."""
    if rule.country == "DE":
        raise UnknownHolidaysError("'DE' is none that is known here.")
    return moved(rule, years)


async def test_a_country_that_is_not_known_any_more_holds_up_no_other(desk: Desk) -> None:
    lost = [await desk.calendar(f"Lost {each}", holidays=BERLIN) for each in range(BATCH + 1)]
    kept = [await desk.calendar("Paris", holidays={"country": "FR"}), await desk.calendar("None")]
    renew = renewing(forgotten)
    with capture_logs() as lines:
        first = await renew(desk.stage.database("catalog"), NEXT_YEAR)
        assert lines == []
        assert (first, await renew(desk.stage.database("catalog"), NEXT_YEAR)) == (2, 0)
    for calendar in kept:
        assert await desk.facts(calendar) == ["calendar.changed"] * 2
    for calendar in lost:
        assert await desk.read(CALENDARS, calendar) == calendar
    assert {one["calendar_id"] for one in lines} == {one["id"] for one in lost}
    assert {(one["log_level"], one["reason"]) for one in lines} == {
        ("error", "'DE' is none that is known here.")
    }
    assert await renewed(desk) == BATCH


async def test_renewal_is_done_once(desk: Desk) -> None:
    calendar = await desk.calendar(holidays=BERLIN)
    assert await renewed(desk, datetime(YEAR, 12, 31, 23, 59, tzinfo=UTC)) == 0
    assert [await renewed(desk) for _ in range(3)] == [1, 0, 0]
    assert await desk.facts(calendar) == ["calendar.changed"] * 2


async def test_retired_calendars_and_those_without_holidays_are_renewed_too(desk: Desk) -> None:
    retired = await desk.calendar("Old", holidays=BERLIN)
    retired = (await desk.move(CALENDARS, retired, "retired")).json()
    plain = await desk.calendar("Plain")
    assert await renewed(desk) == 2
    for calendar in (retired, plain):
        after = await desk.read(CALENDARS, calendar)
        assert after["expanded_to"] == f"{YEAR + 7}-01-01"
        assert after["status"] == calendar["status"]
    assert (await desk.read(CALENDARS, plain))["days"] == plain["days"]


async def test_two_replicas_renew_each_calendar_once(desk: Desk) -> None:
    made: list[Body] = [
        await desk.calendar(f"Desk {number}", holidays=BERLIN) for number in range(BATCH + 5)
    ]

    async def replica() -> int:
        done = 0
        while step := await renewed(desk):
            done += step
        return done

    # Nobody waits for what another has in hand, so one may end before the other has committed.
    assert sum(await asyncio.gather(replica(), replica())) == len(made)
    assert await renewed(desk) == 0
    for calendar in made:
        assert (await desk.read(CALENDARS, calendar))["version"] == 2
    assert len(await desk.facts()) == 2 * len(made)


async def test_a_change_after_renewal_keeps_what_was_published(desk: Desk) -> None:
    before = await desk.calendar(holidays=BERLIN)
    await renewed(desk)
    calendar = await desk.read(CALENDARS, before)
    changed = await desk.change(
        CALENDARS,
        calendar,
        exceptions=[{"date": f"{YEAR + 6}-05-04", "name": "Outing", "hours": []}],
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["holiday_dates"] == calendar["holiday_dates"]


async def test_the_service_has_the_job(desk: Desk) -> None:
    part = desk.stage.part("catalog")
    [job] = [
        job for area in part.service.areas for job in area.jobs if job.name == "calendars.renew"
    ]
    calendar = await desk.calendar(holidays=BERLIN)
    assert await job.run(part.database, NEXT_YEAR) == 1
    after = await desk.read(CALENDARS, calendar)
    new_year = {"date": f"{YEAR + 6}-01-01", "name": "New Year's Day", "half_day": False}
    assert new_year in after["holiday_dates"]
