"""Webhook endpoints can ask for whatever happens in the platform, save what is said not to be."""

from __future__ import annotations

import pytest

from services.notify.deliveries.domain.heard import LEFT_OUT
from shared import contracts
from tests.support.app import service

SIBLINGS = ("catalog", "incident", "change")
HEARD = {
    type_
    for one in service("notify").subscriptions
    if one.name == "notify.rules"
    for type_ in one.by_type
}


@pytest.mark.parametrize("name", SIBLINGS)
def test_what_a_service_publishes_is_passed_on_or_left_out_on_purpose(name: str) -> None:
    published = {contracts.golden(model)["type"] for model in service(name).published}
    assert published - HEARD - set(LEFT_OUT) == set()


def test_what_is_left_out_is_not_passed_on_and_exists() -> None:
    published = {
        contracts.golden(model)["type"] for name in SIBLINGS for model in service(name).published
    }
    assert set(LEFT_OUT) <= published - HEARD
