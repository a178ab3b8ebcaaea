"""Figures of one run: medians and spread, as a ratio with the floor measured beside them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson
from rich.console import Console
from rich.table import Table

OUTPUT: Final = Path("var/bench/latest.json")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: the median of its rounds; spread is (highest - lowest) / median."""

    value: float
    unit: str
    spread: float
    floor: float | None = None
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None


@dataclass
class Report:
    """All figures of a run, in the order they were measured."""

    figures: dict[str, Figure] = field(default_factory=dict)

    def add(self, name: str, rounds: Sequence[float], unit: str) -> float:
        """Note a figure without a goal; return its median."""
        middle = statistics.median(rounds)
        self.figures[name] = Figure(middle, unit, _spread(rounds))
        return middle

    def against(
        self,
        name: str,
        rounds: Sequence[float],
        unit: str,
        *,
        floors: Sequence[float],
        least: float,
    ) -> None:
        """Note a figure with its floor of the same rounds; the goal is a ratio of at least that.

        The ratio is the median of the rounds' own ratios, so that a slow minute hits both alike.
        """
        ratio = statistics.median(own / floor for own, floor in zip(rounds, floors, strict=True))
        self.figures[name] = Figure(
            statistics.median(rounds),
            unit,
            _spread(rounds),
            statistics.median(floors),
            ratio,
            f"ratio >= {least}",
            ratio >= least,
        )

    def at_least(self, name: str, rounds: Sequence[float], unit: str, least: float) -> None:
        """Note a figure whose median should reach a number."""
        middle = statistics.median(rounds)
        goal = f">= {least:g} {unit}"
        self.figures[name] = Figure(middle, unit, _spread(rounds), goal=goal, met=middle >= least)

    def below(self, name: str, rounds: Sequence[float], unit: str, most: float) -> None:
        """Note a figure whose median should stay below a number."""
        middle = statistics.median(rounds)
        goal = f"< {most:g} {unit}"
        self.figures[name] = Figure(middle, unit, _spread(rounds), goal=goal, met=middle < most)

    def write(self, console: Console) -> bool:
        """Print the table, save the file; tell whether every goal was met."""
        OUTPUT.parent.mkdir(parents=True, exist_ok=True)
        OUTPUT.write_bytes(
            orjson.dumps(
                {"figures": self.figures},
                option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_DATACLASS,
            )
        )
        table = Table("figure", "value", "unit", "spread", "floor", "ratio", "goal", "met")
        for name, one in self.figures.items():
            table.add_row(
                name,
                f"{one.value:,.1f}",
                one.unit,
                f"{one.spread:.0%}",
                "" if one.floor is None else f"{one.floor:,.1f}",
                "" if one.ratio is None else f"{one.ratio:.2f}",
                one.goal,
                {True: "yes", False: "NO", None: ""}[one.met],
            )
        console.print(table)
        console.print(f"saved as {OUTPUT}")
        return all(one.met is not False for one in self.figures.values())


def _spread(rounds: Sequence[float]) -> float:
    middle = statistics.median(rounds)
    return (max(rounds) - min(rounds)) / middle if middle else 0.0
