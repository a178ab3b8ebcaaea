"""HTTP for incidents."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Path, Query
from starlette.responses import Response

from services.incident.incidents import queries
from services.incident.incidents.commands import declaring
from services.incident.incidents.commands import handling as commands
from services.incident.incidents.commands import major as major_commands
from services.incident.incidents.commands import matrix as matrix_commands
from services.incident.incidents.domain.incident import Incident, IncidentId
from services.incident.incidents.schemas.moves import MoveIncident, MoveMajorIncident
from services.incident.incidents.schemas.records import (
    ImpactRecord,
    IncidentRecord,
    MatrixRecord,
    TimelineRecord,
)
from services.incident.incidents.schemas.requests import (
    ChangeIncident,
    CommentIncident,
    DeclareIncident,
    RecordMilestone,
    ReplaceMatrix,
)
from services.incident.settings import settings
from shared import clock
from shared.app import service_router
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import (
    IfMatch,
    IfNoneMatch,
    Reading,
    WriteCall,
    Writing,
    json_answer,
    list_answer,
)

PREFIX: Final = "/incident/v1/incidents"
InPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,40}$", description="Id or number.")]
incidents = service_router(PREFIX, tags=["incidents"])
matrix = service_router("/incident/v1/priority-matrix", tags=["priority matrix"])
MOVED: Final = {
    **responses(404, 409, 412, 413, 415, 422, 428),
    **json_answer(IncidentRecord, "The incident after that."),
}


def record_of(call: WriteCall, incident: Incident) -> IncidentRecord:
    """Return what the caller may see; customers' users change only what is theirs alone."""
    record = IncidentRecord.of(incident)
    staff = call.actor.customer_id is None
    return record if staff else record.for_customers(frozenset(incident.customer_ids))


@incidents.post(
    "",
    status_code=201,
    response_model=IncidentRecord,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(IncidentRecord, "The new incident.", status=201),
    },
)
async def declare_incident(body: DeclareIncident, call: Writing) -> Response:
    """Declare an incident; a routing rule, or else its service's owner, says who gets it."""
    incident = await declaring.declare_incident(
        call.tx,
        incident_id=IncidentId(clock.new_id()),
        said=body.declaration(),
        service=body.service_id,
        actor=call.actor,
        now=call.now,
        at_the_end=True,
    )
    record = record_of(call, incident)
    return call.created(record, location=f"{PREFIX}/{incident.id}", version=incident.version)


@incidents.get(
    "",
    response_model=Page[IncidentRecord],
    responses={**responses(), **list_answer(Page[IncidentRecord])},
)
async def list_incidents(
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.INCIDENTS.parameters())],
    customer_id: Annotated[
        UUID | None, Query(description="Declared for this customer, or reaching it.")
    ] = None,
    ci_id: Annotated[
        UUID | None, Query(description="Naming this configuration item; nothing for customers.")
    ] = None,
) -> Response:
    """List incidents."""
    found = await queries.list_incidents(
        call.tx, asked=asked, customer_id=customer_id, ci_id=ci_id, actor=call.actor
    )
    return call.page(found)


@incidents.get(
    "/{reference}",
    response_model=IncidentRecord,
    responses={**responses(404), **json_answer(IncidentRecord, "The incident.")},
)
async def read_incident(
    reference: InPath, call: Reading, if_none_match: IfNoneMatch = None
) -> Response:
    """Read an incident by id or number."""
    record = await queries.read_incident(call.tx, reference=reference, actor=call.actor)
    return call.answer(record, version=record.version)


@incidents.patch("/{reference}", response_model=IncidentRecord, responses=MOVED)
async def change_incident(
    reference: InPath, body: ChangeIncident, call: Writing, if_match: IfMatch = None
) -> Response:
    """Change what is said of an incident (JSON Merge Patch)."""
    incident = await commands.change_incident(
        call.tx,
        reference=reference,
        expected_version=call.expected_version(),
        changes=body.changes(),
        weight=body.weight(),
        roles=body.wanted_roles(),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(record_of(call, incident), version=incident.version)


@incidents.post("/{reference}/transitions", response_model=IncidentRecord, responses=MOVED)
async def move_incident(
    reference: InPath, body: MoveIncident, call: Writing, if_match: IfMatch = None
) -> Response:
    """Take an incident to another state; what each asks for depends on ``to``."""
    incident = await commands.move_incident(
        call.tx,
        reference=reference,
        expected_version=call.expected_version(),
        move=body.root.move(),
        occurred_at=body.root.occurred_at,
        settings=settings(),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(record_of(call, incident), version=incident.version)


@incidents.post("/{reference}/major-transitions", response_model=IncidentRecord, responses=MOVED)
async def move_major_incident(
    reference: InPath, body: MoveMajorIncident, call: Writing, if_match: IfMatch = None
) -> Response:
    """Propose, accept, reject or stand down a major incident."""
    incident = await major_commands.move_major_incident(
        call.tx,
        reference=reference,
        expected_version=call.expected_version(),
        step=body.root.step(),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(record_of(call, incident), version=incident.version)


@incidents.post("/{reference}/milestones", response_model=IncidentRecord, responses=MOVED)
async def record_milestone(
    reference: InPath, body: RecordMilestone, call: Writing, if_match: IfMatch = None
) -> Response:
    """Note when the cause was identified, or the effect on users mitigated."""
    incident = await commands.record_milestone(
        call.tx,
        reference=reference,
        expected_version=call.expected_version(),
        milestone=body.milestone,
        occurred_at=body.occurred_at,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(record_of(call, incident), version=incident.version)


@incidents.get(
    "/{reference}/timeline",
    response_model=Page[TimelineRecord],
    responses={**responses(404), **list_answer(Page[TimelineRecord])},
)
async def list_timeline(
    reference: InPath,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.ENTRIES.parameters())],
) -> Response:
    """List what happened, with what happened to incidents merged into this one."""
    found = await queries.list_timeline(call.tx, reference=reference, asked=asked, actor=call.actor)
    return call.page(found)


@incidents.post(
    "/{reference}/timeline",
    status_code=201,
    response_model=TimelineRecord,
    responses={
        **responses(404, 409, 413, 415, 422),
        **json_answer(TimelineRecord, "The new entry.", status=201),
    },
)
async def comment_incident(reference: InPath, body: CommentIncident, call: Writing) -> Response:
    """Add an entry to the timeline; its ``sequence`` is the incident's new version."""
    entry = await commands.comment_incident(
        call.tx,
        reference=reference,
        text=body.text,
        visibility=body.visibility,
        actor=call.actor,
        now=call.now,
    )
    location = f"{PREFIX}/{entry.incident_id}/timeline"
    return call.created(TimelineRecord.of(entry), location=location, version=entry.sequence)


@incidents.get(
    "/{reference}/impact",
    response_model=ImpactRecord,
    responses={**responses(404), **json_answer(ImpactRecord, "Whom it reaches.")},
)
async def read_incident_impact(reference: InPath, call: Reading) -> Response:
    """Read which services and customers an incident reaches."""
    return call.answer(await queries.read_impact(call.tx, reference=reference, actor=call.actor))


@matrix.get(
    "",
    response_model=MatrixRecord,
    responses={**responses(), **json_answer(MatrixRecord, "The matrix in force.")},
)
async def read_priority_matrix(call: Reading, if_none_match: IfNoneMatch = None) -> Response:
    """Read the priority matrix."""
    record = await queries.read_matrix(call.tx)
    return call.answer(record, version=record.version)


@matrix.post(
    "",
    response_model=MatrixRecord,
    responses={
        **responses(409, 412, 413, 415, 422, 428),
        **json_answer(MatrixRecord, "The matrix now in force."),
    },
)
async def replace_priority_matrix(
    body: ReplaceMatrix, call: Writing, if_match: IfMatch = None
) -> Response:
    """Put another priority matrix in force; incidents keep theirs until they change."""
    version = await matrix_commands.replace_matrix(
        call.tx,
        rows=body.cells,
        expected_version=call.expected_version(),
        actor=call.actor,
        now=call.now,
    )
    record = MatrixRecord(cells=[list(row) for row in body.cells], version=version)
    return call.answer(record, version=version)
