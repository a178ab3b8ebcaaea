"""HTTP for links of incidents and corrections of their times."""

from __future__ import annotations

from starlette.responses import Response

from services.incident.incidents.commands import correcting
from services.incident.incidents.commands import relating as commands
from services.incident.incidents.routes.incidents import MOVED, PREFIX, InPath, record_of
from services.incident.incidents.schemas.records import IncidentRecord
from services.incident.incidents.schemas.relations import (
    CorrectMilestones,
    CorrectTime,
    LinkIncident,
)
from shared.app import service_router
from shared.web import IfMatch, Writing

relations = service_router(PREFIX, tags=["incidents"])


@relations.post("/{reference}/links", response_model=IncidentRecord, responses=MOVED)
async def link_incident(
    reference: InPath, body: LinkIncident, call: Writing, if_match: IfMatch = None
) -> Response:
    """Link an incident to its parent, its problem, or a change that caused or fixes it."""
    incident = await commands.link_incident(
        call.tx,
        reference=reference,
        expected_version=call.expected_version(),
        relation=body.relation,
        target_id=body.target_id,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(record_of(call, incident), version=incident.version)


@relations.post("/{reference}/link-removals", response_model=IncidentRecord, responses=MOVED)
async def unlink_incident(
    reference: InPath, body: LinkIncident, call: Writing, if_match: IfMatch = None
) -> Response:
    """Take a link of an incident away."""
    incident = await commands.unlink_incident(
        call.tx,
        reference=reference,
        expected_version=call.expected_version(),
        relation=body.relation,
        target_id=body.target_id,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(record_of(call, incident), version=incident.version)


@relations.post(
    "/{reference}/milestone-corrections", response_model=IncidentRecord, responses=MOVED
)
async def correct_milestones(
    reference: InPath, body: CorrectMilestones, call: Writing, if_match: IfMatch = None
) -> Response:
    """Say when milestones really were; the incident's clocks count anew."""
    incident = await correcting.correct_milestones(
        call.tx,
        reference=reference,
        expected_version=call.expected_version(),
        moments=body.moments(),
        reason=body.reason,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(record_of(call, incident), version=incident.version)


@relations.post("/{reference}/time-corrections", response_model=IncidentRecord, responses=MOVED)
async def correct_time(
    reference: InPath, body: CorrectTime, call: Writing, if_match: IfMatch = None
) -> Response:
    """Say when a hold, an assignment or another entry of the timeline really happened.

    The entry gets that time, a new entry keeps the old one, and the incident's clocks count anew.
    What is a milestone is corrected by milestone-corrections.
    """
    incident = await correcting.correct_time(
        call.tx,
        reference=reference,
        expected_version=call.expected_version(),
        sequence=body.sequence,
        occurred_at=body.occurred_at,
        reason=body.reason,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(record_of(call, incident), version=incident.version)
