"""Services meet in events alone: what each reader expects, the publisher promises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from pydantic import BaseModel

from shared import contracts
from shared.inbox import Subscription
from shared.outbox import topic_of
from tests.contract.schemas import unmet
from tests.support.app import NAMES, service

PUBLISHERS: dict[str, tuple[str, type[BaseModel]]] = {
    contracts.golden(model)["type"]: (name, model)
    for name in NAMES
    for model in service(name).published
}
SUBSCRIPTIONS = [one for name in NAMES for one in service(name).subscriptions]


def readings() -> Iterator[tuple[str, str, type[BaseModel]]]:
    """Yield each subscription's name, a type that it reads, and the model it reads it with."""
    for subscription in SUBSCRIPTIONS:
        for reaction in subscription.reactions:
            for type_ in reaction.types:
                yield subscription.name, type_, reaction.model


EACH_READING = pytest.mark.parametrize(
    ("reader", "type_", "view"),
    [pytest.param(*one, id=f"{one[0]}-{one[1]}") for one in readings()],
)
EACH_SUBSCRIPTION = pytest.mark.parametrize(
    "subscription", [pytest.param(one, id=one.name) for one in SUBSCRIPTIONS]
)


@EACH_SUBSCRIPTION
def test_what_is_read_is_published(subscription: Subscription) -> None:
    assert set(subscription.by_type) - set(PUBLISHERS) == set()


@EACH_READING
def test_a_view_reads_its_publishers_example(
    reader: str, type_: str, view: type[BaseModel]
) -> None:
    del reader
    owner, _ = PUBLISHERS[type_]
    golden = orjson.loads((service(owner).folder / "contracts" / f"{type_}.json").read_bytes())
    read = view.model_validate_json(orjson.dumps(golden["example"]))
    shown = read.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert _within(shown, golden["example"]), (shown, golden["example"])


@EACH_READING
def test_whatever_a_view_needs_its_publisher_promises(
    reader: str, type_: str, view: type[BaseModel]
) -> None:
    del reader
    _, payload = PUBLISHERS[type_]
    assert unmet(view.model_json_schema(), payload.model_json_schema()) == []


@EACH_SUBSCRIPTION
def test_a_view_takes_fields_that_it_does_not_know(subscription: Subscription) -> None:
    for type_, reaction in subscription.by_type.items():
        example = contracts.golden(PUBLISHERS[type_][1])["example"]
        later = {**example, "added_in_a_later_release": [1]}
        reaction.model.model_validate_json(orjson.dumps(later))


@EACH_SUBSCRIPTION
def test_a_subscription_follows_the_topics_it_reads_and_no_others(
    subscription: Subscription,
) -> None:
    read = {topic_of(PUBLISHERS[type_][0]) for type_ in subscription.by_type}
    assert set(subscription.topics) == read


@EACH_SUBSCRIPTION
def test_a_type_is_read_in_one_way_by_a_subscription(subscription: Subscription) -> None:
    types = [type_ for reaction in subscription.reactions for type_ in reaction.types]
    assert len(types) == len(set(types))


def test_subscriptions_have_names_of_their_own() -> None:
    names = [one.name for one in SUBSCRIPTIONS]
    assert len(names) == len(set(names))
    assert {name.partition(".")[0] for name in names} <= set(NAMES)


def _within(part: Any, whole: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Tell whether everything in a value is the same in a larger one."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and _within(one, whole[name]) for name, one in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(map(_within, part, whole))
    return bool(part == whole)


class _View(BaseModel):
    size: int
    state: str


class _Payload(BaseModel):
    size: int | None
    note: str


def test_an_expectation_that_nobody_promises_is_named() -> None:
    found = unmet(_View.model_json_schema(), _Payload.model_json_schema())
    assert found == [
        "payload.state is not promised",
        "payload.size can be null, which its reader does not take",
    ]
