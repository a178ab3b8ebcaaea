"""A plan and a run in words that people read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from services.catalog.bundles.domain.plans import Change, Plan

_MARKS: Final = {"create": "+", "change": "~", "end": "-"}
_MAX_CHARS: Final = 60


def lines_of(plan: Plan) -> Iterator[str]:
    """Yield what a plan would do: a line per record and per field, and the counts at the end."""
    for change in plan.changes:
        yield from _lines(change)
    if plan.omitted:
        yield f"  … and {plan.omitted} more"
    yield from counts_of(plan)


def counts_of(plan: Plan) -> Iterator[str]:
    """Yield how much is done of each kind, and in all."""
    for kind, counted in plan.counts.items():
        parts = [f"{number} {action}" for action, number in sorted(counted.items()) if number]
        yield f"{kind}: {', '.join(parts)}"
    totals = ", ".join(
        f"{plan.total(action)} to {action}" for action in ("create", "change", "end")
    )
    yield f"in all: {totals}, {plan.total('unchanged')} unchanged"


def _lines(change: Change) -> Iterator[str]:
    moves = f" → {' → '.join(change.moves)}" if change.moves else ""
    yield f"{_MARKS[change.action]} {change.kind} {change.key}{moves}"
    for name, (before, after) in change.fields.items():
        yield f"    {name}: {_short(before)} → {_short(after)}"


def _short(value: Any) -> str:  # noqa: ANN401 - any JSON value
    text = "nothing" if value is None else str(value)
    return text if len(text) <= _MAX_CHARS else f"{text[: _MAX_CHARS - 1]}…"
