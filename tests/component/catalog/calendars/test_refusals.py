"""Calendars that cannot be, each refused where it is wrong, and nothing written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from tests.component.catalog.desk import CALENDARS, Body, Desk, pointers, refusal

YEAR: Final = datetime.now(UTC).year
HOUR: Final = {"start": "08:00", "end": "09:00"}


def weeks(*hours: Any, begins: tuple[str | None, ...] = (None,)) -> Body:  # noqa: ANN401 - JSON
    return {"weeks": [{"effective_from": one, "hours": {"monday": list(hours)}} for one in begins]}


def exceptions(*days: Any, hours: Any = ()) -> Body:  # noqa: ANN401 - JSON
    return {"exceptions": [{"date": day, "name": "x", "hours": list(hours)} for day in days]}


def holidays(country: Any, **more: Any) -> Body:  # noqa: ANN401 - JSON
    return {"holidays": {"country": country, **more}}


WRONG: Final[list[tuple[Body, str, str]]] = [
    (
        weeks({"start": "08:00", "end": "12:00"}, {"start": "11:00", "end": "13:00"}),
        "calendar-hours-overlap",
        "/weeks/0/hours/monday/1",
    ),
    (
        weeks({"start": "17:00", "end": "08:00"}),
        "calendar-hours-invalid",
        "/weeks/0/hours/monday/0",
    ),
    (
        weeks({"start": "08:00", "end": "08:00"}),
        "calendar-hours-invalid",
        "/weeks/0/hours/monday/0",
    ),
    (
        weeks({"start": "24:00", "end": "24:00"}),
        "calendar-hours-invalid",
        "/weeks/0/hours/monday/0",
    ),
    (weeks(*[HOUR] * 49), "invalid-fields", "/weeks/0/hours/monday"),
    (weeks({"start": "8:00", "end": "09:00"}), "invalid-fields", "/weeks/0/hours/monday/0/start"),
    (weeks({"start": "08:00", "end": "24:01"}), "invalid-fields", "/weeks/0/hours/monday/0/end"),
    (weeks({"start": "08:00"}), "invalid-fields", "/weeks/0/hours/monday/0/end"),
    (weeks({**HOUR, "note": "x"}), "invalid-fields", "/weeks/0/hours/monday/0/note"),
    ({"weeks": []}, "invalid-fields", "/weeks"),
    ({"weeks": [{"hours": {"funday": []}}]}, "invalid-fields", "/weeks/0/hours/funday"),
    ({"weeks": [{"hours": {}}] * 21}, "invalid-fields", "/weeks"),
    (weeks(begins=("2026-01-01",)), "calendar-week-order", "/weeks/0/effective_from"),
    (weeks(begins=(None, None)), "calendar-week-order", "/weeks/1/effective_from"),
    (
        weeks(begins=(None, "2027-02-01", "2027-01-01")),
        "calendar-week-order",
        "/weeks/2/effective_from",
    ),
    (weeks(begins=(None, "1900-01-01")), "calendar-week-order", "/weeks/1/effective_from"),
    (weeks(begins=(None, "2027-02-30")), "invalid-fields", "/weeks/1/effective_from"),
    (
        weeks(begins=(None, "2027-02-01T00:00:00Z")),
        "invalid-fields",
        "/weeks/1/effective_from",
    ),
    ({"time_zone": "Europe/Atlantis"}, "time-zone-unknown", "/time_zone"),
    ({"time_zone": "localtime"}, "time-zone-unknown", "/time_zone"),
    ({"time_zone": ""}, "invalid-fields", "/time_zone"),
    (holidays("XX"), "calendar-holidays-unknown", "/holidays/country"),
    (holidays("Germany"), "invalid-fields", "/holidays/country"),
    (
        holidays("DE", subdivision="QQ"),
        "calendar-holidays-unknown",
        "/holidays/subdivision",
    ),
    (
        holidays("DE", categories=["public", "feast"]),
        "calendar-holidays-unknown",
        "/holidays/categories/0",
    ),
    (holidays("DE", categories=[]), "invalid-fields", "/holidays/categories"),
    (exceptions(f"{YEAR}-05-04", f"{YEAR}-05-04"), "calendar-exception-date", "/exceptions/1/date"),
    (
        exceptions(f"{YEAR}-05-04", f"{YEAR - 6}-12-31"),
        "calendar-exception-date",
        "/exceptions/1/date",
    ),
    (exceptions(f"{YEAR + 6}-01-01"), "calendar-exception-date", "/exceptions/0/date"),
    (exceptions(1772442000), "invalid-fields", "/exceptions/0/date"),
    (exceptions("20260504"), "invalid-fields", "/exceptions/0/date"),
    (
        exceptions(f"{YEAR}-05-04", hours=[HOUR, HOUR]),
        "calendar-hours-overlap",
        "/exceptions/0/hours/1",
    ),
    (
        {"exceptions": [{"date": f"{YEAR}-05-04", "hours": []}]},
        "invalid-fields",
        "/exceptions/0/name",
    ),
    ({"correction": "yes"}, "invalid-fields", "/correction"),
]


@pytest.mark.parametrize(("wrong", "code", "pointer"), WRONG)
async def test_what_cannot_be_is_refused_where_it_is_wrong(
    desk: Desk, wrong: Body, code: str, pointer: str
) -> None:
    body = {"name": "Desk", "time_zone": "Europe/Berlin", "weeks": [{"hours": {}}]}
    if "correction" not in wrong:
        refused = await desk.keeper.post(CALENDARS, json={**body, **wrong})
        assert refusal(refused) == (422, code)
        assert pointers(refused) == {pointer}
    calendar = await desk.make(CALENDARS, **body)
    changed = await desk.change(CALENDARS, calendar, **{"correction": True, **wrong})
    assert refusal(changed) == (422, code)
    assert pointers(changed) == {pointer}
    assert await desk.read(CALENDARS, calendar) == calendar
    assert await desk.facts() == ["calendar.changed"]


async def test_more_than_an_event_can_carry_is_refused(desk: Desk) -> None:
    hours = [
        {
            "start": f"{minute // 60:02}:{minute % 60:02}",
            "end": f"{minute // 60:02}:{minute % 60 + 1:02}",
        }
        for minute in range(0, 1440, 30)
    ]
    days = dict.fromkeys(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), hours
    )
    body = {
        "name": "Desk",
        "time_zone": "UTC",
        "weeks": [
            {"effective_from": begin, "hours": days}
            for begin in (None, *(f"2027-01-{day:02}" for day in range(1, 20)))
        ],
    }
    refused = await desk.keeper.post(CALENDARS, json=body)
    assert refusal(refused) == (422, "calendar-too-large")
    assert refused.json()["most_bytes"] == 200 * 1024
    assert await desk.facts() == []


async def test_a_field_without_a_value_is_refused(desk: Desk) -> None:
    calendar = await desk.calendar()
    for field in ("name", "time_zone", "weeks", "exceptions", "description"):
        refused = await desk.change(CALENDARS, calendar, **{field: None})
        assert refusal(refused) == (422, "invalid-fields")
        assert pointers(refused) == {f"/{field}"}
