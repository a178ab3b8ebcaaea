"""Endpoints hear of other records than incidents too, if they ask for their events."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.component.notify.desk import Desk
from tests.support.webhook_sink import Sink

CLOCK = "itsm.sla_clock.at_risk.v1"


@pytest.mark.parametrize(
    ("service", "fact"),
    [
        ("incident", "sla_clock.started"),
        ("incident", "sla_clock.corrected"),
        ("incident", "outage.started"),
        ("incident", "outage.ended"),
        ("incident", "signal.linked"),
        ("change", "change.scheduled"),
        ("catalog", "service_health.changed"),
        ("catalog", "agreement.activated"),
    ],
)
async def test_an_event_goes_to_the_endpoints_that_ask_for_its_type(
    hooks: Desk, sink: Sink, service: str, fact: str
) -> None:
    await hooks.endpoint(sink.url("/asked"), event_types=[f"itsm.{fact}.v1", CLOCK])
    await hooks.endpoint(sink.url("/everything"))
    await hooks.endpoint(sink.url("/other"), event_types=["itsm.incident.declared.v1"])
    key = uuid4()
    await hooks.tell(hooks.news(service, fact, key, {"some": "thing"}))
    await hooks.send()
    assert {one.path for one in sink.requests} == {"/asked", "/everything"}
    assert {one.document["subject"] for one in sink.requests} == {str(key)}
    assert {one.document["type"] for one in sink.requests} == {f"itsm.{fact}.v1"}


@pytest.mark.parametrize(
    "fact", ["linked", "unlinked", "timestamps_corrected", "follow_up_due", "role_assigned"]
)
async def test_what_happens_to_an_incident_goes_out_in_its_place(
    hooks: Desk, sink: Sink, fact: str
) -> None:
    await hooks.endpoint(sink.url(), event_types=[f"itsm.incident.{fact}.v1"])
    incident = uuid4()
    await hooks.tell(hooks.incident("declared", incident), hooks.incident(fact, incident))
    await hooks.send()
    (request,) = sink.requests
    assert request.document["type"] == f"itsm.incident.{fact}.v1"
    assert int(request.document["sequence"]) == 2


async def test_addresses_of_people_are_not_passed_on(hooks: Desk, sink: Sink) -> None:
    await hooks.endpoint(sink.url())
    await hooks.tell(hooks.contact(uuid4(), email="person@example.com"))
    await hooks.send()
    assert sink.requests == []
