"""Questions that are refused, and by whom they may be asked."""

from __future__ import annotations

import pytest

from tests.component.catalog.desk import NOBODY, Desk, pointers, refusal
from tests.component.catalog.impact.ground import CHANCES, CYCLES, IMPACT, new_ground

SOMETHING = str(NOBODY)


@pytest.mark.parametrize("path", [IMPACT, CHANCES])
@pytest.mark.parametrize("node", [SOMETHING, "SVC9999999", f"{SOMETHING},{SOMETHING}"])
async def test_what_is_not_on_the_map_is_not_found(desk: Desk, path: str, node: str) -> None:
    answer = await desk.keeper.get(path, params={"node": node})
    assert refusal(answer) == (404, "asked-unknown")


@pytest.mark.parametrize(
    ("path", "parameters", "pointer"),
    [
        (IMPACT, {}, "node"),
        (IMPACT, {"node": ""}, "node"),
        (IMPACT, {"node": "shop storage"}, "node"),
        (IMPACT, {"node": f"{SOMETHING},"}, "node"),
        (IMPACT, {"node": ",".join([SOMETHING] * 51)}, "node"),
        (IMPACT, {"node": "x" * 3_000}, "node"),
        (IMPACT, {"node": SOMETHING, "depth": "0"}, "depth"),
        (IMPACT, {"node": SOMETHING, "depth": "1001"}, "depth"),
        (IMPACT, {"node": SOMETHING, "most": "0"}, "most"),
        (IMPACT, {"node": SOMETHING, "most": "5001"}, "most"),
        (IMPACT, {"node": SOMETHING, "direction": "sideways"}, "direction"),
        (IMPACT, {"node": SOMETHING, "direction": "upstream", "level": "down"}, "level"),
        (IMPACT, {"node": SOMETHING, "level": "operational"}, "level"),
        (IMPACT, {"node": SOMETHING, "as_of": "2026-03-02T09:00:00"}, "as_of"),
        (IMPACT, {"node": SOMETHING, "as_of": "1772442000"}, "as_of"),
        (IMPACT, {"node": SOMETHING, "as_of": "0001-01-01T00:00:00Z"}, "as_of"),
        (IMPACT, {"node": SOMETHING, "colour": "red"}, "colour"),
        (CHANCES, {"node": SOMETHING, "draws": "0"}, "draws"),
        (CHANCES, {"node": SOMETHING, "draws": "100001"}, "draws"),
        (CHANCES, {"node": SOMETHING, "seed": "-1"}, "seed"),
        (CHANCES, {"node": SOMETHING, "seed": str(2**63)}, "seed"),
        (CYCLES, {"most": "201"}, "most"),
    ],
)
async def test_a_parameter_that_makes_no_sense_is_named(
    desk: Desk, path: str, parameters: dict[str, str], pointer: str
) -> None:
    answer = await desk.keeper.get(path, params=parameters)
    assert answer.status_code == 400, answer.text
    assert pointers(answer) == {pointer}


async def test_one_thing_at_a_time_is_looked_at_upstream(desk: Desk) -> None:
    ground = await new_ground(desk)
    await ground.rests("shop", "storage")
    answer = await ground.try_asking("shop", "storage", direction="upstream")
    assert refusal(answer) == (422, "map-question-invalid")


@pytest.mark.parametrize("path", [IMPACT, CHANCES, CYCLES])
async def test_the_map_is_the_providers_own_matter(desk: Desk, path: str) -> None:
    customer = await desk.customer()
    parameters = {} if path == CYCLES else {"node": SOMETHING}
    bound = await desk.bound_keeper(customer).get(path, params=parameters)
    assert refusal(bound) == (403, "provider-only")
    user = await desk.user_of(customer).get(path, params=parameters)
    assert refusal(user) == (403, "forbidden")
    nobody = await desk.stage.http().get(path, params=parameters)
    assert nobody.status_code == 401
