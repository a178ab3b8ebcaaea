"""What a document would change, said so that people and programs can read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from services.catalog.bundles.domain.documents import Document
from services.catalog.bundles.domain.statuses import Statuses

Action: TypeAlias = Literal["create", "change", "end", "unchanged"]
MAX_SHOWN: Final = 1_000
"""Changes that a plan lists; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Existing:
    """A record as a document would say it."""

    fields: Mapping[str, Any]
    status: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What one document does: ``fields`` holds before and after, ``moves`` the statuses passed."""

    kind: str
    key: str
    action: Action
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    moves: tuple[str, ...] = ()


class NoWayError(Exception):
    """A record cannot come to the status that its document asks for."""


class FixedFieldError(Exception):
    """A field would change that never changes; carries its name."""


def is_over(existing: Existing, document: Document, statuses: Statuses | None) -> bool:
    """Tell whether a record ended for good, so that the document asks for another one."""
    if statuses is None or existing.status not in statuses.final:
        return False
    return document.status not in statuses.final


def changed_fields(
    document: Document, existing: Existing, *, only_given: frozenset[str]
) -> dict[str, tuple[Any, Any]]:
    """Return the fields that would change, before and after.

    What a document leaves out has its default, but for ``only_given``: those stay as they are.
    """
    return {
        name: (existing.fields.get(name), value)
        for name, value in document.fields.items()
        if existing.fields.get(name) != value and (name in document.given or name not in only_given)
    }


def judge(
    document: Document,
    existing: Existing | None,
    *,
    statuses: Statuses | None,
    changeable: frozenset[str],
    only_given: frozenset[str],
) -> Change:
    """Return what a document does to a record, or that it makes one.

    Raises:
        FixedFieldError: a field would change that is not changeable.
        NoWayError: the status asked for cannot be reached.
    """
    kind, key = document.kind, document.key
    if existing is None or is_over(existing, document, statuses):
        moves: tuple[str, ...] = ()
        if statuses is not None and document.status is not None:
            moves = _way(statuses, statuses.birth(document.status), document.status)
        return Change(kind, key, "create", {}, moves)
    fields = changed_fields(document, existing, only_given=only_given)
    for name in fields:
        if name not in changeable:
            raise FixedFieldError(name)
    moves = ()
    if statuses is not None and document.status is not None and existing.status is not None:
        moves = _way(statuses, existing.status, document.status)
    ends = bool(moves) and statuses is not None and document.status in statuses.endings
    action: Action = "end" if ends else "change" if fields or moves else "unchanged"
    return Change(kind, key, action, fields, moves)


def _way(statuses: Statuses, current: str, wanted: str) -> tuple[str, ...]:
    way = statuses.path(current, wanted)
    if way is None:
        raise NoWayError(f"what is {current} cannot become {wanted}")
    return way


@dataclass
class Plan:
    """What a whole bundle does: counts for each kind, and the first thousand changes."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    omitted: int = 0

    def note(self, change: Change) -> None:
        """Count a change, and show it if it is one of the first."""
        self.counts.setdefault(change.kind, Counter())[change.action] += 1
        if change.action == "unchanged":
            return
        if len(self.changes) < MAX_SHOWN:
            self.changes.append(change)
        else:
            self.omitted += 1

    def count(self, kind: str, action: Action, number: int) -> None:
        """Count changes of which none is shown."""
        self.counts.setdefault(kind, Counter())[action] += number
        self.omitted += number

    def changes_kind(self, kind: str) -> bool:
        """Tell whether there is anything to do for a kind."""
        counted = self.counts.get(kind, Counter())
        return any(counted[action] for action in ("create", "change", "end"))

    def total(self, action: Action) -> int:
        """Return how often something is done."""
        return sum(counted[action] for counted in self.counts.values())

    @property
    def changes_anything(self) -> bool:
        """Tell whether there is anything to do."""
        return any(self.total(action) for action in ("create", "change", "end"))
