"""Impact on a large map, as real ones are: 100,000 nodes in layers, 400,000 dependencies.

The map lies in sites that share nothing. In each a core carries everything, cabinets carry a few
hundred nodes each, and every other node rests on neighbours one layer below. So half of all nodes
reach about 200 others, and the core of a site all of it: 20,000.

What is kept between two questions is the adjacency alone, no answer; a changed dependency
replaces its own slot and is seen by the next question. Timed are the answer and its graph
document together, since a page needs both.
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

import psutil
from rich.console import Console
from rich.progress import Progress

from services.catalog.components.domain import DependencyId, NodeId
from services.catalog.components.graph.adjacency import ServiceMap
from services.catalog.components.graph.circles import circles
from services.catalog.components.graph.drawing import Drawing, draw_impact
from services.catalog.components.graph.impact import downstream
from services.catalog.components.graph.probability import probability
from services.catalog.components.graph.rows import (
    GroupId,
    Level,
    MapDependency,
    MapGroup,
    MapNode,
)
from tests.performance.report import Report

SITES, LAYERS, WIDTH = 5, 10, 2_000
CORE_CONSUMERS_EVERY = 2
CABINET_NODES = 100
AT: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MEDIAN_GOAL_MS, LARGEST_GOAL_MS, REFRESH_GOAL_MS = 20.0, 500.0, 1000.0
SAMPLED, ROUNDS = 401, 7


class MapRows(NamedTuple):
    """Rows of a whole map."""

    nodes: list[MapNode]
    groups: list[MapGroup]
    dependencies: list[MapDependency]
