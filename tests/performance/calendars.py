"""What one question to a calendar costs, a year apart: pure arithmetic, no stack beneath.

The calendar is one of office hours with a break, in a zone with summer time, with holidays of
eleven years. Its years are expanded before the clock runs: that is paid once per calendar and year,
and is a figure of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final

from shared.calendar import CLOSED, Calendar
from tests.performance.report import Report

ROUNDS: Final = 9
OPERATIONS: Final = 5_000
MOST_MICROSECONDS: Final = 20
YEAR: Final = timedelta(days=365)
Question = Callable[[datetime, datetime, int], object]
HOLIDAYS: Final = ((1, 1), (1, 6), (5, 1), (10, 3), (11, 1), (12, 24), (12, 25), (12, 26), (12, 31))


def office(zone: str = "Europe/Berlin") -> Calendar:
    """Return the calendar that is measured; nothing of it is expanded yet."""
    return Calendar(
        zone=zone,
        week=dict.fromkeys(range(5), ((8 * 60, 12 * 60), (13 * 60, 17 * 60))),
        days={
            date(year, month, day): CLOSED for year in range(2021, 2032) for month, day in HOLIDAYS
        },
    )


def microseconds_per_question(
    rounds: int = ROUNDS, operations: int = OPERATIONS
) -> dict[str, list[float]]:
    """Return for each question what one takes in microseconds, round by round.

    ``expand_year`` is the first question to a year, which expands it; the others find it there.
    """
    calendar = office()
    starts = [
        datetime(2025, 1, 1, 7, tzinfo=UTC) + timedelta(hours=hours, microseconds=hours)
        for hours in range(0, 8760, 8760 // 100)
    ]
    years = [
        (start, start + YEAR, calendar.open_microseconds(start, start + YEAR)) for start in starts
    ] * (operations // len(starts) + 1)
    questions: dict[str, Question] = {
        "between": lambda start, end, _: calendar.open_microseconds(start, end),
        "add": lambda start, _, amount: calendar.add(start, microseconds=amount),
        "subtract": lambda _, end, amount: calendar.subtract(end, microseconds=amount),
        "next_open": lambda start, _, __: calendar.next_open(start),
    }
    figures: dict[str, list[float]] = {name: [] for name in (*questions, "expand_year")}
    for _ in range(rounds):
        # All questions in every round, so that a slow moment of the machine hits all alike.
        for name, question in questions.items():
            began = time.perf_counter()
            for start, end, amount in years:
                question(start, end, amount)
            figures[name].append((time.perf_counter() - began) / len(years) * 1e6)
        figures["expand_year"].append(_microseconds_to_expand())
    return figures


def _microseconds_to_expand() -> float:
    fresh = office()
    began = time.perf_counter()
    for year in range(2021, 2031):
        fresh.is_open(datetime(year, 7, 1, tzinfo=UTC))
    return (time.perf_counter() - began) / 10 * 1e6


def measure(report: Report) -> None:
    """Note what adding a year of open time and asking for it cost; the goal is below 20 each."""
    figures = microseconds_per_question()
    report.below("calendar_add", figures["add"], "us", MOST_MICROSECONDS)
    report.below("calendar_between", figures["between"], "us", MOST_MICROSECONDS)
    report.add("calendar_expand_year", figures["expand_year"], "us")


if __name__ == "__main__":
    for name, taken in microseconds_per_question().items():
        print(f"{name}: median {sorted(taken)[len(taken) // 2]:.1f} us, least {min(taken):.1f} us")
