"""The invariants, by name: each is a function over dumps that returns its smallest witness.

``check`` runs them all. What a client was told must be so (W), what was written must be whole (O),
what was published must be what was written (K), what was read must have had its effect once (C),
timers fire when they should and once (T), and whoever is to be told is told (N).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.faults import consuming, outside, publishing, writing
from tests.faults.dumps import Dumps


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken promise: which, and the smallest thing that shows it."""

    invariant: str
    witness: str


INVARIANTS: Final[Mapping[str, Callable[[Dumps], Iterable[str]]]] = {
    "W1": writing.acknowledged_writes_are_durable,
    "W2": writing.refused_writes_have_no_effect,
    "W3": writing.a_key_has_one_effect,
    "O1": writing.each_change_is_one_event,
    "K1": publishing.what_is_committed_is_published,
    "K2": publishing.what_is_published_is_committed,
    "K3": publishing.first_copies_ascend,
    "K4": publishing.copies_are_identical,
    "C1": consuming.each_effect_happens_once,
    "C2": consuming.applied_versions_ascend,
    "C3": consuming.offsets_stay_behind_effects,
    "T1": outside.timers_fire_once_and_in_time,
    "N1": outside.everybody_is_told,
    "N2": outside.ids_are_stable,
}


def check(dumps: Dumps) -> list[Violation]:
    """Return each broken invariant with its smallest witness and how many there are."""
    found: list[Violation] = []
    for name, broken in INVARIANTS.items():
        witnesses = sorted(broken(dumps), key=lambda text: (text.count("\n"), len(text), text))
        if witnesses:
            more = f"\n({len(witnesses) - 1} more)" if len(witnesses) > 1 else ""
            found.append(Violation(name, witnesses[0] + more))
    return found
