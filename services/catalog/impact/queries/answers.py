"""Who is hit, what something rests on, and how probable it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from services.catalog.components.domain import NodeId
from services.catalog.components.queries import whole_map
from services.catalog.impact.domain import AskedUnknownError
from services.catalog.impact.graph.adjacency import ServiceMap
from services.catalog.impact.graph.drawing import draw_impact, draw_upstream
from services.catalog.impact.graph.impact import downstream
from services.catalog.impact.graph.probability import probability
from services.catalog.impact.graph.rows import Level, MapQuestionError
from services.catalog.impact.graph.upstream import upstream
from services.catalog.impact.queries.live import LiveMap, in_thread
from services.catalog.impact.queries.past import past_map
from services.catalog.impact.schemas import ImpactChances, ImpactGraph, NodeChance
from services.catalog.permissions import require_provider
from shared.auth import Actor

MOST_ASKED: Final = 50
MOST_SHOWN: Final = 5_000
MOST_DRAWS: Final = 100_000
MOST_DEPTH: Final = 1_000
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question names: nodes by id or number, as many as ``MOST_ASKED``, and how they are.

    ``as_of`` is None for now. An instant to come is answered with what is known now.
    """

    nodes: Sequence[UUID | str]
    level: Level
    as_of: datetime | None


async def read_impact(
    live: LiveMap, *, asked: Asked, depth: int | None, most: int, actor: Actor, now: datetime
) -> ImpactGraph:
    """Return who is hit in the worst case if the asked nodes fail, with reasons.

    ``depth`` is in dependencies; at most ``most`` nodes are shown, the nearest.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        AskedUnknownError: a node is not on the map, or was not at that instant.
        ReachTooLargeError: too much to look at for a past instant.
        MapBusyError: others are asking.
    """
    require_provider(actor)
    question = partial(_impact, level=asked.level, depth=depth, most=most)
    return await _answer(live, asked, question, up=False, depth=depth, now=now)


async def read_foundations(
    live: LiveMap, *, asked: Asked, depth: int | None, most: int, actor: Actor, now: datetime
) -> ImpactGraph:
    """Return what the asked node rests on; ``depth`` and ``most`` as for an impact.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        MapQuestionError: it is more than one node.
        AskedUnknownError: the node is not on the map, or was not at that instant.
        ReachTooLargeError: too much to look at for a past instant.
        MapBusyError: others are asking.
    """
    require_provider(actor)
    if len(asked.nodes) > 1:
        raise MapQuestionError("Ask for one node when you look upstream.", pointer="node")
    question = partial(_foundations, depth=depth, most=most)
    return await _answer(live, asked, question, up=True, depth=depth, now=now)


async def read_chances(
    live: LiveMap,
    *,
    asked: Asked,
    seed: int,
    draws: int,
    most: int,
    actor: Actor,
    now: datetime,
) -> ImpactChances:
    """Return how probable it is that what can be hit is hit; the same seed, the same answer.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        AskedUnknownError: a node is not on the map, or was not at that instant.
        MapQuestionError: so many draws of so far a reach are too much.
        ReachTooLargeError: too much to look at for a past instant.
        MapBusyError: others are asking.
    """
    require_provider(actor)
    question = partial(_chances, level=asked.level, seed=seed, draws=draws, most=most)
    return await _answer(live, asked, question, up=False, depth=None, now=now)


async def _answer(
    live: LiveMap,
    asked: Asked,
    question: Callable[[ServiceMap, datetime, list[NodeId]], Answer],
    *,
    up: bool,
    depth: int | None,
    now: datetime,
) -> Answer:
    """Put a question to the map of now or, if it is about the past, to that of then."""
    nodes = await _nodes(live, asked.nodes)
    if asked.as_of is None or asked.as_of >= now:
        at = asked.as_of or now
        return await live.ask(lambda service_map: question(service_map, at, nodes), now=now)
    async with live.database.snapshot() as tx:
        found = await past_map(tx, asked=nodes, up=up, depth=depth, as_of=asked.as_of)
    return await in_thread(partial(question, found, asked.as_of, nodes))


async def _nodes(live: LiveMap, refs: Sequence[UUID | str]) -> list[NodeId]:
    """Return the ids of what was named, each once; a number never changes."""
    numbers = [one for one in refs if isinstance(one, str)]
    known: dict[str, NodeId] = {}
    if numbers:
        async with live.database.reading() as tx:
            known = await whole_map.nodes_by_number(tx, numbers=numbers)
    found: dict[NodeId, None] = {}
    for one in refs:
        node = known.get(one) if isinstance(one, str) else NodeId(one)
        if node is None:
            raise AskedUnknownError(f"There is nothing {one} on the map.", pointer="node")
        found[node] = None
    return list(found)


def _impact(
    service_map: ServiceMap,
    at: datetime,
    nodes: list[NodeId],
    *,
    level: Level,
    depth: int | None,
    most: int,
) -> ImpactGraph:
    _require(service_map, nodes)
    impact = downstream(service_map, dict.fromkeys(nodes, level), as_of=at, depth=depth)
    drawing = draw_impact(service_map, impact, most=most)
    return ImpactGraph.of(drawing, direction="downstream", asked=list(nodes), most=most)


def _foundations(
    service_map: ServiceMap, at: datetime, nodes: list[NodeId], *, depth: int | None, most: int
) -> ImpactGraph:
    _require(service_map, nodes)
    found = upstream(service_map, nodes[0], as_of=at, depth=depth)
    drawing = draw_upstream(service_map, found, most=most)
    return ImpactGraph.of(drawing, direction="upstream", asked=list(nodes), most=most)


def _chances(
    service_map: ServiceMap,
    at: datetime,
    nodes: list[NodeId],
    *,
    level: Level,
    seed: int,
    draws: int,
    most: int,
) -> ImpactChances:
    _require(service_map, nodes)
    failed = dict.fromkeys(nodes, level)
    found = probability(service_map, failed, as_of=at, seed=seed, draws=draws)
    chosen = sorted(found.chances, key=lambda one: (-one.hit.value, one.node.int))[:most]
    shown = [
        NodeChance.of(one, service_map.nodes[service_map.positions[one.node]]) for one in chosen
    ]
    return ImpactChances.of(found, shown, asked=list(nodes), most=most)


def _require(service_map: ServiceMap, nodes: Sequence[NodeId]) -> None:
    for node in nodes:
        if node not in service_map.positions:
            raise AskedUnknownError(f"There is nothing {node} on the map.", pointer="node")
