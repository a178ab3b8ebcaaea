"""Which incidents can be effects, where they stand, and what rests on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from services.incident.incidents.domain.declaration import Declaration
from services.incident.incidents.domain.incident import Incident, IncidentId
from services.incident.incidents.domain.rooting import may_be_effect, place_of, resting_on
from services.incident.views.graph import Edge, ServiceMap

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def node(number: int) -> UUID:
    return UUID(int=number)


def opened(
    *, service: UUID | None = None, items: tuple[UUID, ...] = (), by_monitoring: bool = True
) -> Incident:
    said = Declaration(
        title="Orders fail",
        description_technical="",
        description_business="",
        channel="monitoring",
        caller=None,
        customer_ids=(),
        affected_service_ids=(),
        impact=2,
        urgency=2,
        started_at=None,
        detected_at=None,
        reported_at=None,
        dedup_key="orders" if by_monitoring else None,
        ci_ids=items,
    )
    incident, _ = Incident.declare(
        said,
        incident_id=IncidentId(node(1000)),
        number="INC0000001",
        service_id=service,
        team_id=None,
        cells=None,
        now=NOW,
    )
    return incident


def test_an_incident_stands_at_its_first_item_and_without_any_at_its_service() -> None:
    assert place_of(opened(service=node(1), items=(node(3), node(2)))) == node(3)
    assert place_of(opened(service=node(1))) == node(1)
    assert place_of(opened()) is None


def test_what_monitoring_opened_may_be_an_effect() -> None:
    assert may_be_effect(opened())
    assert may_be_effect(replace(opened(), state="on_hold", major_state="proposed"))


@pytest.mark.parametrize(
    "changes",
    [
        {"dedup_key": None},
        {"channel": "phone"},
        {"parent_id": node(7)},
        {"major_state": "accepted"},
        {"state": "resolved"},
        {"state": "merged"},
    ],
)
def test_what_is_a_persons_or_over_may_not(changes: dict[str, Any]) -> None:
    assert not may_be_effect(replace(opened(), **changes))


def test_what_rests_on_any_node_of_an_incident_may_be_its_effect_within_the_hops() -> None:
    chain = [Edge(node(each + 1), node(each)) for each in range(1, 6)]
    aside = [Edge(node(21), node(20)), Edge(node(20), node(21))]
    known = ServiceMap(1, {}, frozenset({node(5)}), (*chain, *aside), ())
    root = opened(service=node(20), items=(node(1),))
    assert set(resting_on(root, known, most_hops=2)) == {node(2), node(3), node(21)}
    assert set(resting_on(root, known, most_hops=9)) == {node(2), node(3), node(4), node(21)}
    assert list(resting_on(opened(), known, most_hops=9)) == []


def test_redundancy_does_not_hide_an_effect_that_was_seen() -> None:
    edges = (Edge(node(2), node(1), node(9)), Edge(node(2), node(3), node(9)))
    known = ServiceMap(1, {}, frozenset(), edges, (), frozenset({node(1)}), {node(9): 1})
    assert list(resting_on(opened(items=(node(1),)), known, most_hops=3)) == [node(2)]
