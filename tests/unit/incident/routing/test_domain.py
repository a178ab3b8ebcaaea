"""What routing rules ask for, and which of several decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.routing.domain import (
    Case,
    Conditions,
    Route,
    RoutingRule,
    RoutingRuleId,
    RoutingRuleTransitionError,
    categories_above,
    decide,
    is_within,
)
from services.incident.routing.events import Channel, RoutingRuleRetired

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
IDS = st.integers(0, 3).map(lambda number: UUID(int=number))
CATEGORIES = st.sampled_from(["network", "network/lan", "networking", "database", "database/locks"])
CHANNELS = st.sampled_from(get_args(Channel))
TITLES = st.sampled_from(["Mail is slow", "ORDERS FAIL", "Straße gesperrt", "VPN"])
CASES = st.builds(
    Case,
    title=TITLES,
    service_id=st.none() | IDS,
    category=st.none() | CATEGORIES,
    channel=CHANNELS,
    lineage=st.frozensets(IDS),
    priority=st.integers(1, 5),
)
CONDITIONS = st.builds(
    Conditions,
    service_ids=st.lists(IDS, max_size=2).map(tuple),
    category=st.none() | CATEGORIES,
    channels=st.lists(CHANNELS, max_size=3).map(tuple),
    customer_ids=st.lists(IDS, max_size=2).map(tuple),
    priorities=st.lists(st.integers(1, 5), max_size=3).map(tuple),
    title_words=st.lists(st.sampled_from(["mail", "Fail", "STRASSE", "vpn"]), max_size=2).map(
        tuple
    ),
)
ROUTES = st.lists(st.tuples(st.integers(0, 3), CONDITIONS), max_size=8).map(
    lambda found: [
        Route(UUID(int=age), position, UUID(int=100 + age), conditions)
        for age, (position, conditions) in enumerate(found)
    ]
)
CASE = Case("Orders fail", UUID(int=1), "network/lan", "phone", frozenset({UUID(int=2)}), 2)


def holds_naively(asked: Conditions, case: Case) -> bool:
    """Say the same another way: no condition may be named and missed."""
    category = [] if case.category is None else case.category.split("/")
    wanted = [] if asked.category is None else asked.category.split("/")
    missed = [
        bool(asked.service_ids) and case.service_id not in set(asked.service_ids),
        category[: len(wanted)] != wanted,
        bool(asked.channels) and not {case.channel} & set(asked.channels),
        bool(asked.customer_ids) and not case.lineage & set(asked.customer_ids),
        bool(asked.priorities) and not {case.priority} & set(asked.priorities),
        bool(asked.title_words)
        and not [one for one in asked.title_words if one.casefold() in case.title.casefold()],
    ]
    return not any(missed)


@given(CONDITIONS, CASES)
def test_conditions_hold_if_none_that_is_named_is_missed(asked: Conditions, case: Case) -> None:
    assert asked.hold(case) == holds_naively(asked, case)


@given(ROUTES, CASES, st.randoms())
def test_the_lowest_position_then_the_oldest_rule_decides_in_any_order_of_the_rules(
    routes: list[Route], case: Case, random: Random
) -> None:
    fitting = [one for one in routes if holds_naively(one.conditions, case)]
    fitting.sort(key=lambda one: one.rule_id)
    fitting.sort(key=lambda one: one.position)
    random.shuffle(routes)
    assert decide(routes, case) == (fitting[0] if fitting else None)


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        (Conditions(), True),
        (Conditions(service_ids=(UUID(int=1), UUID(int=9))), True),
        (Conditions(service_ids=(UUID(int=9),)), False),
        (Conditions(category="network"), True),
        (Conditions(category="net"), False),
        (Conditions(category="network/lan/wifi"), False),
        (Conditions(channels=("phone", "mail")), True),
        (Conditions(channels=("monitoring",)), False),
        (Conditions(customer_ids=(UUID(int=2),)), True),
        (Conditions(customer_ids=(UUID(int=3),)), False),
        (Conditions(priorities=(1, 2)), True),
        (Conditions(priorities=(3,)), False),
        (Conditions(title_words=("mail", "FAIL")), True),
        (Conditions(title_words=("mail",)), False),
        (Conditions(category="network", priorities=(3,)), False),
    ],
)
def test_every_condition_that_is_named_must_hold(asked: Conditions, *, holds: bool) -> None:
    assert asked.hold(CASE) is holds


def test_what_an_incident_does_not_say_meets_no_condition_about_it() -> None:
    bare = Case("Orders fail", None, None, "phone", frozenset(), 2)
    assert Conditions().hold(bare)
    assert not Conditions(service_ids=(UUID(int=1),)).hold(bare)
    assert not Conditions(category="network").hold(bare)
    assert not Conditions(customer_ids=(UUID(int=2),)).hold(bare)
    assert not is_within(None, "network")


@given(st.none() | CATEGORIES, CATEGORIES)
def test_a_category_is_within_those_above_it_alone(category: str | None, wanted: str) -> None:
    assert (wanted in categories_above(category)) == is_within(category, wanted)


def rule() -> RoutingRule:
    made, _ = RoutingRule.register(
        rule_id=RoutingRuleId(UUID(int=7)),
        now=NOW,
        name="Databases",
        position=10,
        enabled=True,
        service_ids=(),
        category="database",
        channels=(),
        customer_ids=(),
        priorities=(),
        title_words=(),
        team_id=UUID(int=8),
    )
    return made


def test_a_change_that_changes_nothing_is_told_to_nobody() -> None:
    before = rule()
    assert before.revise({"name": "Databases", "position": 10}, now=NOW) == (before, [])
    later = NOW + timedelta(hours=1)
    after, (told,) = before.revise({"position": 5}, now=later)
    assert (after.position, after.version, after.updated_at) == (5, 2, later)
    assert (told.position, told.name, told.category) == (5, "Databases", "database")


def test_a_rule_is_retired_once_and_comes_back_once() -> None:
    retired, (told,) = rule().move("retired", now=NOW)
    assert isinstance(told, RoutingRuleRetired)
    with pytest.raises(RoutingRuleTransitionError) as refused:
        retired.move("retired", now=NOW)
    assert refused.value.extras == {"allowed": ["active"]}
    back, _ = retired.move("active", now=NOW)
    assert (back.status, back.version) == ("active", 3)
