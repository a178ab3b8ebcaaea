"""Holidays of countries from the ``holidays`` library: asked here and nowhere else.

What it answers depends on its version, so callers keep what they were told. Names are English
where the library has them so, and never depend on the machine's language.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import holidays

from services.catalog.calendars.domain import Holiday, HolidayRule
from shared.errors import DomainError, Kind

HALF_DAY: Final = holidays.HALF_DAY
NO_HOLIDAYS: Final = frozenset({holidays.WORKDAY, "weekend"})
"""Categories of days that are worked instead of others, and of every weekend: no holidays."""
MAX_NAME_CHARS: Final = 200


class UnknownHolidaysError(DomainError):
    """The library does not know this country, this part of it, or this category there."""

    code = "calendar-holidays-unknown"
    kind = Kind.INVALID
    title = "No such holidays are known"


class HolidaySource(Protocol):
    """Whoever knows holidays."""

    def __call__(self, rule: HolidayRule, years: range, /) -> tuple[Holiday, ...]:
        """Return the holidays of a rule in whole years, ascending, a date once."""


def holiday_dates(rule: HolidayRule, years: range, /) -> tuple[Holiday, ...]:
    """Return the holidays of a country or a part of it, ascending, a date once.

    A date that one category has whole and another half is whole.

    Raises:
        UnknownHolidaysError: the library does not know the country, the part or a category; it
            points at the field and carries what it knows in ``known``.
    """
    _require_known(rule)
    whole = tuple(name for name in rule.categories if name != HALF_DAY)
    found: dict[object, Holiday] = {}
    if HALF_DAY in rule.categories:
        found |= {one.day: one for one in _expand(rule, years, (HALF_DAY,), half_day=True)}
    if whole:
        found |= {one.day: one for one in _expand(rule, years, whole, half_day=False)}
    return tuple(sorted(found.values(), key=lambda one: one.day))


def _expand(
    rule: HolidayRule, years: range, categories: tuple[str, ...], *, half_day: bool
) -> list[Holiday]:
    known = holidays.country_holidays(rule.country).supported_languages
    answer = holidays.country_holidays(
        rule.country,
        subdiv=rule.subdivision,
        years=years,
        language="en_US" if "en_US" in known else None,
        categories=categories,
    )
    # The library adds observed days of the years around as well.
    return [
        Holiday(day, name[:MAX_NAME_CHARS], half_day)
        for day, name in answer.items()
        if day.year in years
    ]


def _require_known(rule: HolidayRule) -> None:
    countries = holidays.list_supported_countries(include_aliases=False)
    if rule.country not in countries:
        raise _unknown("country", rule.country, sorted(countries))
    country = holidays.country_holidays(rule.country)
    if rule.subdivision is not None and rule.subdivision not in country.subdivisions:
        raise _unknown("subdivision", rule.subdivision, sorted(country.subdivisions))
    categories = sorted(set(country.supported_categories) - NO_HOLIDAYS)
    for place, category in enumerate(rule.categories):
        if category not in categories:
            raise _unknown(f"categories/{place}", category, categories)


def _unknown(field: str, given: str, known: Sequence[str]) -> UnknownHolidaysError:
    return UnknownHolidaysError(
        f"{given[:60]!r} is none that is known here.",
        pointer=f"/holidays/{field}",
        extras={"known": list(known)},
    )
