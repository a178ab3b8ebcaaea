"""HTTP for impact."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.catalog.impact import queries
from services.catalog.impact.graph.drawing import DRAWN
from services.catalog.impact.graph.probability import DRAWS
from services.catalog.impact.graph.rows import Level
from services.catalog.impact.queries import Asked, LiveMap
from services.catalog.impact.schemas import (
    DependencyCycles,
    Direction,
    ImpactChances,
    ImpactGraph,
)
from shared.app import service_router
from shared.history import AsOf
from shared.problems import ProblemError, responses
from shared.web import Caller

router: Final = APIRouter()
_impact: Final = service_router("/catalog/v1/impact", tags=["impact"])
_cycles: Final = service_router("/catalog/v1/dependency-cycles", tags=["impact"])

Nodes = Annotated[
    str,
    Query(
        min_length=1,
        max_length=2_000,
        description="Services or configuration items, by id or number; comma means and.",
        examples=["01970000-0000-7000-8000-000000005001"],
    ),
]
Harm = Annotated[
    str | None,
    Query(pattern="^(down|degraded)$", description="How they fail; down if absent."),
]
Shown = Annotated[
    int, Query(ge=1, le=queries.MOST_SHOWN, description="So many nodes are shown at most.")
]


@_impact.get(
    "",
    response_model=ImpactGraph,
    responses=responses(404, 422),
)
async def read_impact(
    call: Caller,
    *,
    node: Nodes,
    direction: Annotated[
        Direction, Query(description="Who rests on them, or what one of them rests on.")
    ] = "downstream",
    level: Harm = None,
    depth: Annotated[
        int | None,
        Query(ge=1, le=queries.MOST_DEPTH, description="So many dependencies far; all if absent."),
    ] = None,
    most: Shown = DRAWN,
    as_of: AsOf = None,
) -> Response:
    """Read who is hit if something fails, or what it rests on, as a graph with reasons."""
    live = call.edge.kept(LiveMap)
    asked = Asked(_refs(node), _level(level), as_of)
    if direction == "downstream":
        graph = await queries.read_impact(
            live, asked=asked, depth=depth, most=most, actor=call.actor, now=call.now
        )
        return call.answer(graph)
    if level is not None:
        raise _refused("level", "nothing fails when you look upstream")
    graph = await queries.read_foundations(
        live, asked=asked, depth=depth, most=most, actor=call.actor, now=call.now
    )
    return call.answer(graph)


@_impact.get(
    "/probability",
    response_model=ImpactChances,
    responses=responses(404, 422),
)
async def read_impact_probability(
    call: Caller,
    *,
    node: Nodes,
    level: Harm = None,
    seed: Annotated[
        int, Query(ge=0, le=2**63 - 1, description="The same seed gives the same answer.")
    ] = 0,
    draws: Annotated[int, Query(ge=1, le=queries.MOST_DRAWS)] = DRAWS,
    most: Shown = DRAWN,
    as_of: AsOf = None,
) -> Response:
    """Read how probable it is that each thing in reach is hit, with its standard error."""
    chances = await queries.read_chances(
        call.edge.kept(LiveMap),
        asked=Asked(_refs(node), _level(level), as_of),
        seed=seed,
        draws=draws,
        most=most,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(chances)


@_cycles.get("", response_model=DependencyCycles, responses=responses())
async def list_dependency_cycles(
    call: Caller,
    most: Annotated[
        int, Query(ge=1, le=200, description="So many cycles are listed at most.")
    ] = 50,
) -> Response:
    """List what rests on itself."""
    found = await queries.list_dependency_cycles(
        call.edge.kept(LiveMap), most=most, actor=call.actor, now=call.now
    )
    return call.answer(found)


router.include_router(_impact)
router.include_router(_cycles)


def _refs(text: str) -> list[UUID | str]:
    """Return what a list names: ids as such, anything else as a number.

    Raises:
        ProblemError: 400 for too many, an empty one, or what can be neither.
    """
    parts = text.split(",")
    if len(parts) > queries.MOST_ASKED:
        raise _refused("node", f"at most {queries.MOST_ASKED} nodes")
    found: list[UUID | str] = []
    for part in parts:
        try:
            found.append(UUID(part))
        except ValueError:
            if not (part.isascii() and part.isalnum() and len(part) <= 20):
                raise _refused("node", "each must be an id or a number") from None
            found.append(part.upper())
    return found


def _level(sent: str | None) -> Level:
    return Level.DEGRADED if sent == "degraded" else Level.DOWN


def _refused(parameter: str, detail: str) -> ProblemError:
    return ProblemError(
        400,
        f"The parameter {parameter} is not valid: {detail}.",
        errors=[{"pointer": parameter, "detail": detail}],
    )
