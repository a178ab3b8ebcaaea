"""How probable a hit is: exact where it can be, within four standard errors where it is drawn."""

from __future__ import annotations

from datetime import datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.components.domain import NodeId
from services.catalog.impact.graph.draws import Estimate, bernoulli, more_than
from services.catalog.impact.graph.probability import DRAWS, Likelihood, probability
from services.catalog.impact.graph.rows import Level, MapGroup, MapQuestionError
from tests.unit.catalog.impact.naive_graph import (
    World,
    chances,
    day,
    edge,
    group,
    node,
    world,
    worlds,
    worst_case,
)

UNCERTAIN = (0.0, 0.05, 0.5, 0.9, 1.0, 1.0, 1.0)
FAILURES = st.dictionaries(
    st.integers(0, 1).map(node),
    st.sampled_from([Level.DEGRADED, Level.DOWN, Level.DOWN]),
    min_size=1,
)
DOWN = {node(0): Level.DOWN}


def few_uncertain(here: World) -> bool:
    return sum(0 < one.strength < 1 for one in here.dependencies) <= 8


SMALL_WORLDS = worlds(edges=18, strengths=UNCERTAIN).filter(few_uncertain)


def hits(likelihood: Likelihood) -> dict[int, Estimate]:
    return {one.node.int: one.hit for one in likelihood.chances}


def within(found: Estimate, expected: float) -> bool:
    if found.exact:
        return found.standard_error == 0 and found.value == pytest.approx(expected, abs=1e-12)
    return abs(found.value - expected) <= 4 * found.standard_error


@settings(max_examples=150)
@given(here=SMALL_WORLDS, failed=FAILURES, at=st.integers(0, 3).map(day))
def test_few_uncertain_dependencies_give_what_trying_all_combinations_gives(
    here: World, failed: dict[NodeId, Level], at: datetime
) -> None:
    found = probability(here.build(), failed, as_of=at, seed=1)
    expected = chances(here, failed, at)
    assert found.method == ("enumerated" if found.uncertain else "certain")
    worst, _ = worst_case(here, failed, at)
    assert [one.node for one in found.chances] == sorted(id_ for id_ in worst if worst[id_])
    for one in found.chances:
        assert one.hit.exact
        assert one.down.exact
        assert within(one.hit, expected[one.node][0])
        assert within(one.down, expected[one.node][1])
    rest = expected.keys() - {one.node for one in found.chances}
    assert all(expected[id_] == (0, 0) for id_ in rest)


@settings(max_examples=100)
@given(here=SMALL_WORLDS, failed=FAILURES, at=st.integers(0, 3).map(day), seed=st.integers(0, 9))
def test_draws_come_within_four_standard_errors_of_all_combinations(
    here: World, failed: dict[NodeId, Level], at: datetime, seed: int
) -> None:
    found = probability(here.build(), failed, as_of=at, seed=seed, enumerate_up_to=0)
    expected = chances(here, failed, at)
    assert found.method == ("sampled" if found.uncertain else "certain")
    for one in found.chances:
        assert within(one.hit, expected[one.node][0])
        assert within(one.down, expected[one.node][1])
        assert one.hit.standard_error <= 0.0051


DIAMOND = world(
    5, edge(1, 1, 0, strength=0.5), edge(2, 2, 1), edge(3, 3, 1), edge(4, 4, 2), edge(5, 4, 3)
)


def test_a_diamond_below_one_dependency_of_a_half_is_hit_in_half_of_the_cases() -> None:
    exact = hits(probability(DIAMOND.build(), DOWN, as_of=day(0), seed=1))
    assert exact[4] == Estimate(0.5, 0.0, exact=True)
    drawn = hits(probability(DIAMOND.build(), DOWN, as_of=day(0), seed=1, enumerate_up_to=0))
    assert drawn[4] == drawn[1]
    assert drawn[4].value == pytest.approx(0.5, abs=0.02)
    assert drawn[4].standard_error == pytest.approx(0.005, abs=1e-5)


def test_two_separate_ways_of_a_half_hit_in_three_of_four_cases() -> None:
    edges = [edge(1, 1, 0, strength=0.5), edge(2, 2, 0, strength=0.5), edge(3, 3, 1), edge(4, 3, 2)]
    either = probability(world(4, *edges).build(), DOWN, as_of=day(0), seed=1)
    assert hits(either)[3].value == 0.75
    pair = MapGroup(group(0), node(3), 1)
    grouped = [*edges[:2], edge(3, 3, 1, of=group(0)), edge(4, 3, 2, of=group(0))]
    both = probability(world(4, *grouped, groups=[pair]).build(), DOWN, as_of=day(0), seed=1)
    assert hits(both)[3].value == 0.25


def test_members_out_of_reach_keep_a_group_whole() -> None:
    pair = MapGroup(group(0), node(3), 1)
    members = [edge(1, 1, 0), edge(2, 3, 1, of=group(0)), edge(3, 3, 2, of=group(0))]
    here = world(4, *members, edge(4, 3, 0, strength=0.5), groups=[pair])
    found = probability(here.build(), DOWN, as_of=day(0), seed=1)
    assert hits(found)[3].value == 0.5


def test_a_circle_of_uncertain_dependencies_holds_nothing_up_by_itself() -> None:
    edges = [edge(1, 1, 0, strength=0.5), edge(2, 2, 1, strength=0.8), edge(3, 1, 2, strength=0.9)]
    found = probability(world(3, *edges).build(), DOWN, as_of=day(0), seed=1)
    assert hits(found)[1].value == 0.5
    assert hits(found)[2].value == pytest.approx(0.4)


def test_what_only_degrades_is_hit_and_never_down() -> None:
    here = world(3, edge(1, 1, 0, strength=0.5, degrade=True), edge(2, 2, 1))
    found = probability(here.build(), DOWN, as_of=day(0), seed=1, enumerate_up_to=0)
    last = found.chances[-1]
    assert last.hit.value == pytest.approx(0.5, abs=0.02)
    assert last.down == Estimate(0.0, 0.0, exact=True)


def test_what_is_hit_for_certain_stays_exact_among_draws() -> None:
    many = [edge(number, number + 1, 0, strength=0.999) for number in range(1, 14)]
    here = world(15, edge(0, 1, 0), *many)
    found = probability(here.build(), DOWN, as_of=day(0), seed=1, draws=50)
    assert (found.method, found.uncertain, found.draws) == ("sampled", 13, 50)
    chances_ = hits(found)
    assert chances_[1] == Estimate(1.0, 0.0, exact=True)
    # Seen in every draw is not yet certain.
    assert chances_[2].value == 1.0
    assert not chances_[2].exact
    assert chances_[2].standard_error > 0


def test_the_same_seed_gives_the_same_answer_whatever_else_is_on_the_map() -> None:
    edges = [edge(number, number, 0, strength=0.3) for number in range(1, 14)]
    first = probability(world(20, *edges).build(), DOWN, as_of=day(0), seed=7)
    more = [edge(99, 19, 0, strength=0.4), *reversed(edges)]
    again = hits(probability(world(20, *more).build(), DOWN, as_of=day(0), seed=7))
    assert hits(first).items() <= again.items()
    other = probability(world(20, *edges).build(), DOWN, as_of=day(0), seed=8)
    assert hits(other) != hits(first)
    # Each dependency has draws of its own.
    assert len({one.hit.value for one in first.chances}) > 8


@pytest.mark.parametrize("chance", [0.5, 0.1, 0.75, 1 / 3, 1e-9, 1 - 2**-53])
def test_each_draw_has_its_probability_and_none_leans_on_another(chance: float) -> None:
    found = bernoulli(b"key", chance, 100_000)
    assert found.bit_length() <= 100_000
    four_errors = 4 * max(chance * (1 - chance), 1e-5) ** 0.5 / 100_000**0.5
    assert abs(found.bit_count() / 100_000 - chance) <= four_errors
    neighbours = (found & found >> 1).bit_count() / 100_000
    assert abs(neighbours - chance**2) <= 2 * four_errors


def test_members_are_counted_in_all_draws_at_once() -> None:
    chance = Random(5)
    for size in range(1, 20):
        members = [chance.getrandbits(200) for _ in range(size)]
        for spare in range(size + 2):
            expected = sum(
                1 << place
                for place in range(200)
                if sum(one >> place & 1 for one in members) > spare
            )
            assert more_than(spare, members) == expected


def test_there_is_at_least_one_draw() -> None:
    assert DRAWS == 10_000
    with pytest.raises(MapQuestionError) as refused:
        probability(DIAMOND.build(), DOWN, as_of=day(0), seed=1, draws=0)
    assert refused.value.pointer == "draws"


def test_a_far_reach_allows_fewer_draws_and_says_how_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    edges = [edge(number, number, 0, strength=0.3) for number in range(1, 14)]
    here = world(14, *edges).build()
    monkeypatch.setattr("services.catalog.impact.graph.probability.WORK", 2_700)
    assert probability(here, DOWN, as_of=day(0), seed=1, draws=100).draws == 100
    with pytest.raises(MapQuestionError) as refused:
        probability(here, DOWN, as_of=day(0), seed=1, draws=101)
    assert (refused.value.pointer, refused.value.extras) == ("draws", {"most": 100})
