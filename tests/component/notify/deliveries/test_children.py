"""Whoever is told of a root is not told of each of its effects."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.component.notify.desk import Desk, Shop


async def test_a_child_linked_later_tells_nobody_anything_more(desk: Desk) -> None:
    shop, root, child = Shop(), uuid4(), uuid4()
    await desk.tell(*shop.news(desk))
    for incident in (root, child):
        await desk.tell(
            shop.declared(desk, incident), desk.impact(incident, shop.service, shop.customer)
        )
    before = await desk.listed()
    linked = {"parent_id": root, "relation": "parent", "target_id": root, "target_number": "INC1"}
    await desk.tell(desk.incident("linked", child, service_id=shop.service, **linked))
    assert await desk.listed() == before
    await desk.tell(desk.incident("resolved", child, service_id=shop.service, parent_id=root))
    over = await desk.listed(event_type="itsm.incident.resolved.v1")
    assert {one["recipient_id"] for one in over} == {str(shop.engineer), str(shop.representative)}


@pytest.mark.parametrize("told_of_root", [True, False])
async def test_a_customer_in_reach_of_the_root_is_not_told_of_its_effect(
    desk: Desk, *, told_of_root: bool
) -> None:
    shop, other, root, child = Shop(), uuid4(), uuid4(), uuid4()
    speaker = desk.contact(uuid4(), customer=other, roles=["representative"])
    await desk.tell(*shop.news(desk), desk.customer(other), speaker)
    if told_of_root:
        await desk.tell(desk.impact(root, shop.service, shop.customer))
    told = desk.impact(child, shop.service, shop.customer, other, parent_id=root)
    await desk.tell(told)
    found = await desk.listed(record_id=str(child), audience="business")
    expected = {str(other)} if told_of_root else {str(other), str(shop.customer)}
    assert {one["customer_id"] for one in found} == expected


async def test_where_the_root_reaches_all_of_them_nobody_is_told(desk: Desk) -> None:
    shop, root, child = Shop(), uuid4(), uuid4()
    await desk.tell(*shop.news(desk))
    await desk.tell(desk.impact(root, shop.service, shop.customer))
    await desk.tell(desk.impact(child, shop.service, shop.customer, parent_id=root))
    assert await desk.listed(record_id=str(child), audience="business") == []
