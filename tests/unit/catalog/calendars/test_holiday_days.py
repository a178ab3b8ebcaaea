"""Holidays of countries, as the library knows them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.catalog.calendars.domain import Holiday, HolidayRule
from services.catalog.calendars.holiday_days import UnknownHolidaysError, holiday_dates


def days(rule: HolidayRule, year: int = 2026) -> dict[date, Holiday]:
    found = holiday_dates(rule, range(year, year + 1))
    assert [one.day for one in found] == sorted({one.day for one in found})
    return {one.day: one for one in found}


def test_a_part_of_a_country_has_more_holidays_than_the_whole() -> None:
    germany = days(HolidayRule("DE", None, ("public",)))
    bavaria = days(HolidayRule("DE", "BY", ("public",)))
    assert germany.keys() < bavaria.keys()
    assert bavaria[date(2026, 1, 6)] == Holiday(date(2026, 1, 6), "Epiphany")
    assert date(2026, 8, 15) not in germany


def test_categories_add_up() -> None:
    both = days(HolidayRule("DE", "BY", ("catholic", "public")))
    assert both.keys() >= days(HolidayRule("DE", "BY", ("public",))).keys()
    assert both.keys() >= days(HolidayRule("DE", "BY", ("catholic",))).keys()


def test_half_days_are_told_from_whole_ones() -> None:
    found = days(HolidayRule("IS", None, ("half_day", "public")))
    assert found[date(2026, 12, 24)].half_day
    assert not found[date(2026, 12, 25)].half_day


def test_years_are_whole_and_none_around_them_is_told() -> None:
    # New Year's Day of 2028 is a Saturday there, observed on the last day of 2027.
    found = holiday_dates(HolidayRule("US", None, ("public",)), range(2028, 2030))
    assert {one.day.year for one in found} == {2028, 2029}
    observed = days(HolidayRule("US", None, ("public",)), 2027)
    assert date(2027, 12, 31) in observed


def test_names_do_not_depend_on_the_machines_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "de")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    assert days(HolidayRule("DE", None, ("public",)))[date(2026, 1, 1)].name == "New Year's Day"


@pytest.mark.parametrize(
    ("rule", "pointer", "known"),
    [
        (HolidayRule("XX", None, ("public",)), "/holidays/country", "DE"),
        (HolidayRule("DE", "QQ", ("public",)), "/holidays/subdivision", "BY"),
        (HolidayRule("JP", "13", ("public",)), "/holidays/subdivision", None),
        (HolidayRule("DE", None, ("bank", "public")), "/holidays/categories/0", "public"),
        (HolidayRule("CN", None, ("public", "workday")), "/holidays/categories/1", "public"),
    ],
)
def test_what_is_not_known_is_refused_with_what_is(
    rule: HolidayRule, pointer: str, known: str | None
) -> None:
    with pytest.raises(UnknownHolidaysError) as refused:
        holiday_dates(rule, range(2026, 2027))
    assert refused.value.pointer == pointer
    offered: Any = refused.value.extras["known"]
    assert known in offered if known is not None else offered == []
