"""How a record comes to the status that a document asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Statuses:
    """The statuses of a kind.

    ``transitions`` are the kind's own; ``endings`` are reached after everything else of a bundle,
    because what ends must not be needed any more; from ``final`` ones there is no way back, so
    that a document that asks for another status asks for another record. ``born`` says where a new
    record begins for each status that can be asked for; where that is missing, it begins at
    ``begins``. ``asked`` is whether the API lets the caller say where a new record begins.
    """

    transitions: Mapping[Any, Sequence[str]]
    begins: str
    endings: frozenset[str] = frozenset()
    final: frozenset[str] = frozenset()
    born: Mapping[str, str] = field(default_factory=dict)
    asked: bool = False

    @property
    def names(self) -> list[str]:
        """Return all statuses, in the order of a life."""
        return list(self.transitions)

    def birth(self, wanted: str | None) -> str:
        """Return where a new record begins that is to come to a status."""
        return self.begins if wanted is None else self.born.get(wanted, self.begins)

    def path(self, current: str, wanted: str) -> tuple[str, ...] | None:
        """Return the shortest way from one status to another, None where there is none."""
        ways: dict[str, tuple[str, ...]] = {current: ()}
        waiting = [current]
        for here in waiting:
            if here == wanted:
                return ways[here]
            for following in self.transitions.get(here, ()):
                if following not in ways:
                    ways[following] = (*ways[here], following)
                    waiting.append(following)
        return None
