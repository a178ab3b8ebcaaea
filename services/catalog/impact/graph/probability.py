"""How probable it is that a node is hit, where it is uncertain whether a failure passes.

Working node by node with products of probabilities would be wrong wherever two ways share an
uncertain dependency (a diamond below one of 0.5 would give 0.75). So each uncertain dependency is
drawn once per draw, and the failure spreads in every draw as in the worst case: in all draws at
once, since a node's state is one integer with a bit per draw.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from services.catalog.components.domain import NodeId
from services.catalog.impact.graph.adjacency import ServiceMap
from services.catalog.impact.graph.circles import components
from services.catalog.impact.graph.columns import UNGROUPED
from services.catalog.impact.graph.draws import (
    Draws,
    Enumeration,
    Estimate,
    Sample,
    more_than,
)
from services.catalog.impact.graph.rows import Level, MapQuestionError, microseconds
from services.catalog.impact.graph.spread import Spread, origins_of, spread

ENUMERATED = 12
"""So many uncertain dependencies are enumerated: 4,096 combinations, fewer than draws."""
DRAWS = 10_000
WORK = 600_000_000
"""So many draws of a node or an uncertain dependency are made for one answer, some seconds."""

Method: TypeAlias = Literal["certain", "enumerated", "sampled"]


class Chance(NamedTuple):
    """How probable it is that a node is hit at all, and that it is down."""

    node: NodeId
    hit: Estimate
    down: Estimate


class Likelihood(NamedTuple):
    """The chances of everything that the worst case hits, by id, those that failed included.

    Whatever is not here cannot be hit. ``uncertain`` counts the uncertain dependencies in reach;
    ``draws`` is 0 unless they were sampled.
    """

    as_of: datetime
    method: Method
    uncertain: int
    draws: int
    seed: int
    chances: tuple[Chance, ...]


class _Inputs(NamedTuple):
    """What a node looks at: single dependencies, and groups as (spare, slots per member)."""

    single: list[int]
    groups: list[tuple[int, list[list[int]]]]


def probability(
    service_map: ServiceMap,
    failed: Mapping[NodeId, Level],
    *,
    as_of: datetime,
    seed: int,
    draws: int = DRAWS,
    enumerate_up_to: int = ENUMERATED,
) -> Likelihood:
    """Return how probable each hit of the worst case is.

    A dependency passes a failure on with the probability that is its strength, once for all, and
    independently of all others. Exact where nothing is uncertain or where up to ``enumerate_up_to``
    uncertain dependencies lie in reach; else an estimate from seeded draws, except for what is hit
    whatever they do. The same seed gives the same answer.

    Raises:
        NodeUnknownError: one of them is not on the map.
        MapQuestionError: nothing failed, there are no draws or more than the reach allows, or the
            instant has no zone.
    """
    if draws < 1:
        raise MapQuestionError("Take at least one draw.", pointer="draws")
    origins = origins_of(service_map, failed)
    worst = spread(service_map, origins, at=microseconds(as_of), depth=None)
    # What is down already looks at nothing: it gets no worse.
    inputs = {
        node: _Inputs([], [])
        if origins.get(node) == Level.DOWN
        else _inputs(service_map, worst, node)
        for node in worst.levels
    }
    columns = service_map.dependencies
    uncertain = sorted(
        (slot for own in inputs.values() for slot in _slots(own) if columns.strength[slot] < 1.0),
        key=columns.number,
    )
    strengths = [(slot, columns.strength[slot]) for slot in uncertain]
    method: Method = "enumerated" if strengths else "certain"
    chosen: Draws
    if len(strengths) <= enumerate_up_to:
        chosen = Enumeration(strengths)
    else:
        method = "sampled"
        cells = len(inputs) + len(uncertain)
        if cells * draws > WORK:
            detail = f"So far a reach allows {WORK // cells} draws."
            raise MapQuestionError(detail, pointer="draws", extras={"most": WORK // cells})
        numbers = [columns.number(slot) for slot in uncertain]
        chosen = Sample(strengths, numbers, seed=seed, draws=draws)
    hit, down = _Propagation(service_map, worst, inputs, chosen, origins).run()
    nodes = service_map.nodes
    return Likelihood(
        as_of,
        method,
        len(uncertain),
        draws if method == "sampled" else 0,
        seed,
        tuple(
            Chance(
                nodes[node].id,
                chosen.estimate(hit[node]),
                chosen.estimate(down[node]) if worst.levels[node] == Level.DOWN else _NEVER,
            )
            for node in sorted(worst.levels, key=lambda one: nodes[one].id.int)
        ),
    )


_NEVER = Estimate(0.0, 0.0, exact=True)


class _Propagation:
    """The least fixed point of both levels in all draws: set by set of nodes, providers first."""

    def __init__(
        self,
        service_map: ServiceMap,
        worst: Spread,
        inputs: dict[int, _Inputs],
        draws: Draws,
        origins: Mapping[int, Level],
    ) -> None:
        self._columns = service_map.dependencies
        self._inputs = inputs
        self._draws = draws
        self._origins = origins
        # Where nothing only degrades, both levels are the same and one pass finds them.
        caps = self._columns.cap
        self._degrades = any(level == Level.DEGRADED for level in origins.values()) or any(
            caps[slot] == Level.DEGRADED for own in inputs.values() for slot in _slots(own)
        )
        self._hit = dict.fromkeys(worst.levels, 0)
        self._down = self._hit if not self._degrades else dict.fromkeys(worst.levels, 0)
        self._passing: dict[int, int] = {}

    def run(self) -> tuple[dict[int, int], dict[int, int]]:
        """Return, by node, the draws in which it is hit and those in which it is down."""
        provider = self._columns.provider
        for one in components(
            self._inputs, lambda node: [provider[slot] for slot in _slots(self._inputs[node])]
        ):
            self._settle(one)
            self._passing.clear()
        return self._hit, self._down

    def _settle(self, nodes: list[int]) -> None:
        if len(nodes) == 1:
            self._raise(nodes[0])
            return
        inside = set(nodes)
        consumers: dict[int, list[int]] = {}
        for node in nodes:
            for provider in {self._columns.provider[slot] for slot in _slots(self._inputs[node])}:
                if provider in inside:
                    consumers.setdefault(provider, []).append(node)
        waiting, queued = deque(nodes), set(nodes)
        while waiting:
            node = waiting.popleft()
            queued.discard(node)
            if self._raise(node):
                again = [one for one in consumers.get(node, ()) if one not in queued]
                waiting.extend(again)
                queued.update(again)

    def _raise(self, node: int) -> bool:
        """Look at a node's providers as they are; tell whether that changed the node."""
        before = (self._hit[node], self._down[node])
        origin = self._origins.get(node, Level.OPERATIONAL)
        full = self._draws.full
        if self._degrades:
            self._down[node] = full if origin == Level.DOWN else self._level(node, Level.DOWN)
        self._hit[node] = full if origin else self._level(node, Level.DEGRADED)
        return before != (self._hit[node], self._down[node])

    def _level(self, node: int, level: Level) -> int:
        single, groups = self._inputs[node]
        reached, full = 0, self._draws.full
        for slot in single:
            reached |= self._passed(slot, level)
            if reached == full:
                return full
        for spare, members in groups:
            lost = []
            for slots in members:
                one = 0
                for slot in slots:
                    one |= self._passed(slot, level)
                lost.append(one)
            reached |= more_than(spare, lost)
        return reached

    def _passed(self, slot: int, level: Level) -> int:
        """Return the draws in which so bad a failure passes through a dependency."""
        columns = self._columns
        if columns.cap[slot] < level:
            return 0
        state = (self._down if level == Level.DOWN else self._hit)[columns.provider[slot]]
        if not state or columns.strength[slot] == 1.0:
            return state
        passing = self._passing.get(slot)
        if passing is None:
            passing = self._passing[slot] = self._draws.passing(slot)
        return state & passing


def _inputs(service_map: ServiceMap, worst: Spread, node: int) -> _Inputs:
    """Return what can hit a node at all: dependencies on nodes that the worst case hits."""
    columns, levels = service_map.dependencies, worst.levels
    single: list[int] = []
    groups: dict[int, dict[int, list[int]]] = {}
    for slot in service_map.foundations(node, worst.at):
        if columns.provider[slot] not in levels:
            continue
        if columns.group[slot] == UNGROUPED:
            single.append(slot)
        else:
            members = groups.setdefault(columns.group[slot], {})
            members.setdefault(columns.provider[slot], []).append(slot)
    counted = []
    for group, members in groups.items():
        every = {columns.provider[slot] for slot in service_map.members(group, worst.at)}
        size = len(every)
        spare = size - service_map.groups.needed(group, size=size, at=worst.at)
        counted.append((spare, list(members.values())))
    return _Inputs(single, counted)


def _slots(own: _Inputs) -> list[int]:
    grouped = [slot for _, members in own.groups for slots in members for slot in slots]
    return own.single + grouped
