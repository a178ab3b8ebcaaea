"""Which clocks a record has, of all that agreements promise."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from services.incident.clocks.domain import Clock, ClockId, Fact, Record, Target
from services.incident.clocks.engine.settling import (
    Case,
    Offer,
    Settled,
    outdated,
    priorities,
    settle,
    supplier_of,
    wanted,
)

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
ONE, OTHER, SHOP, NET, GOLD, SILVER, SUPPLIER = (UUID(int=number) for number in range(1, 8))


def record(*facts: Fact, reached: dict[UUID, tuple[UUID, ...]] | None = None) -> Record:
    return Record(
        id=UUID(int=100),
        type="incident",
        number="INC0000001",
        service_id=SHOP,
        supplier_id=None,
        is_open=True,
        facts=(Fact(1, "started", START, priority=2), *facts),
        customer_ids=(ONE,),
        reached=reached or {},
        created_at=START,
        updated_at=START,
    )


def offer(seconds: int, *, priority: int | None = None, agreement: UUID = GOLD) -> Offer:
    return Offer(
        agreement_id=agreement,
        agreement_type="sla",
        agreement_sequence=1,
        metric="resolution",
        service_id=SHOP,
        customer_id=ONE,
        team_id=None,
        supplier_id=None,
        priority=priority,
        for_offering=False,
        target=Target(UUID(int=1000 + seconds), 1, seconds),
    )


def lengths(of: Record, *offers: Offer) -> dict[UUID, dict[int, int | None]]:
    """Return the seconds for each priority, by the service of the clock."""
    return {
        one.service_id: {
            level: None if target is None else target.seconds for level, target in terms.items()
        }
        for one, terms in wanted(of, offers).values()
    }


def settled(of: Record, clocks: list[Clock], *offers: Offer, hours: float = 0) -> list[Settled]:
    now = START + timedelta(hours=hours)
    ids = (ClockId(UUID(int=number)) for number in count(500))
    return settle(Case(of, {}, at=now, now=now), clocks, offers, new_ids=ids)


def test_a_line_for_the_priority_goes_before_one_for_any() -> None:
    assert lengths(record(), offer(60), offer(30, priority=2)) == {SHOP: {2: 30}}
    assert lengths(record(), offer(30, priority=1)) == {}


def test_each_priority_that_the_record_had_has_its_target() -> None:
    changed = record(Fact(2, "weighed", START, priority=4))
    assert priorities(changed) == {2, 4}
    assert lengths(changed, offer(60), offer(30, priority=4)) == {SHOP: {2: 60, 4: 30}}
    assert lengths(changed, offer(30, priority=4)) == {SHOP: {2: None, 4: 30}}


def test_an_offering_goes_before_the_service_also_of_another_agreement() -> None:
    bought = replace(offer(30, agreement=SILVER), for_offering=True)
    found = wanted(record(), [offer(60), bought])
    assert [one.agreement_id for one, _ in found.values()] == [SILVER]


def test_of_the_services_in_reach_the_nearest_that_is_covered_has_the_clock() -> None:
    reached = record(reached={ONE: (NET, SHOP), OTHER: (NET,)})
    mail = replace(offer(45), service_id=NET)
    # The record's own service comes first for those it was declared for.
    assert lengths(reached, offer(60), mail) == {SHOP: {2: 60}}
    assert lengths(reached, mail) == {NET: {2: 45}}
    others = replace(mail, customer_id=OTHER)
    stranger = replace(offer(9), customer_id=OTHER)
    assert lengths(reached, stranger, others) == {NET: {2: 45}}


def test_other_records_promises_are_left_out() -> None:
    assert wanted(record(), [replace(offer(60), metric="fulfilment")]) == {}


def test_the_contract_of_the_own_service_names_the_supplier() -> None:
    contract = replace(offer(60), customer_id=None, supplier_id=SUPPLIER)
    assert supplier_of([contract], record()) == SUPPLIER
    assert supplier_of([replace(contract, service_id=NET)], record()) is None


def test_settling_twice_tells_nothing_twice() -> None:
    (first,) = settled(record(), [], offer(3600))
    assert [one.event.TYPE for one in first.changes] == ["itsm.sla_clock.started.v1"]
    assert settled(record(), [first.clock], offer(3600), hours=0.1) == []
    assert not outdated(first.clock, {})


def test_a_promise_that_is_gone_is_withdrawn_and_comes_back() -> None:
    (first,) = settled(record(), [], offer(3600))
    (gone,) = settled(record(), [first.clock], hours=0.2)
    assert gone.clock.reading.state == "cancelled"
    assert settled(record(), [gone.clock], hours=0.3) == []
    (back,) = settled(record(), [gone.clock], offer(3600), hours=0.5)
    assert (back.clock.reading.state, back.clock.version) == ("running", 4)
    assert back.clock.reading.deadline == START + timedelta(hours=1)
    names = [one.event.TYPE.split(".")[2] for one in back.changes]
    assert names == ["at_risk", "resumed"]


def test_a_clock_that_by_a_correction_never_began_counts_for_nothing() -> None:
    team = UUID(int=77)
    promise = replace(offer(3600), customer_id=None, team_id=team)
    given = record(Fact(2, "assigned", START + timedelta(minutes=5), team_id=team))
    (first,) = settled(given, [], promise, hours=0.1)
    moved = replace(
        given, facts=(*given.facts, Fact(3, "corrected", START, corrects=2, team_id=UUID(int=78)))
    )
    (void,) = settled(moved, [first.clock], promise, hours=0.2)
    assert (void.clock.reading.state, void.clock.reading.wake_at) == ("cancelled", None)
    assert void.clock.rules == first.clock.rules
