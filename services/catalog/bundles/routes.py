"""HTTP for bundles."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

from fastapi import Query
from starlette.responses import Response

from services.catalog.bundles.domain.faults import BundleRefusedError, Fault
from services.catalog.bundles.formats.bundle import read_bundle
from services.catalog.bundles.formats.yaml_text import MAX_BYTES
from services.catalog.bundles.queries.exporting import Wanted
from services.catalog.bundles.runs import MOST_BY_HTTP, Run, exported, require_exportable
from services.catalog.bundles.schemas import DOCUMENT_SCHEMA, EXAMPLE, ImportReport
from services.catalog.permissions import require_provider
from shared.app import service_router
from shared.problems import ProblemError, responses
from shared.strict import StrictRoute
from shared.web import Caller

YAML: Final = "application/yaml"
WAIT_SECONDS: Final = 10.0
"""How long a request waits for another import before it is told to come back."""


class BundleRoute(StrictRoute):
    """A strict route for large bodies."""

    max_body_bytes = MAX_BYTES


router = service_router("/catalog/v1/bundles", tags=["bundles"])
router.route_class = BundleRoute
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {YAML: {"schema": DOCUMENT_SCHEMA, "example": EXAMPLE}},
    }
}


@router.post(
    "",
    response_model=ImportReport,
    responses=responses(409, 413, 415, 422),
    openapi_extra=_BODY,
)
async def import_bundle(
    call: Caller,
    dry_run: Annotated[bool, Query(description="Say what would change, change nothing.")] = False,  # noqa: FBT002 - a query parameter
) -> Response:
    """Bring the catalogue to what a bundle says.

    The file is checked whole and refused whole, with the line of each fault. What it does not
    mention is left alone. Sent again, it finds nothing to do.
    """
    require_provider(call.actor)
    media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != YAML:
        raise ProblemError(415, f"Send the bundle as {YAML}.")
    data = await call.body()
    source = await asyncio.to_thread(read_bundle, data)
    if len(source.held) > MOST_BY_HTTP:
        detail = f"a request has at most {MOST_BY_HTTP} documents; use the command for more"
        raise BundleRefusedError([Fault(1, "", detail)])
    run = Run(call.edge.database, call.actor, wait_seconds=WAIT_SECONDS)
    plan = await (run.check(source) if dry_run else run.apply(source))
    return call.answer(ImportReport.of(plan, dry_run=dry_run))


@router.get(
    "",
    responses={
        **responses(409, 422),
        200: {
            "description": "The bundle.",
            "content": {YAML: {"schema": DOCUMENT_SCHEMA, "example": EXAMPLE}},
        },
    },
    response_class=Response,
)
async def export_bundle(
    call: Caller,
    kind: Annotated[
        str, Query(max_length=300, description="Kinds with commas between; all if absent.")
    ] = "",
) -> Response:
    """Return the catalogue as a bundle, always in the same order."""
    require_provider(call.actor)
    wanted = Wanted.of([name for name in kind.split(",") if name])
    await require_exportable(call.edge.database, wanted, now=call.now)
    parts = exported(call.edge.database, wanted=wanted, as_lines=False, now=call.now)
    return Response(b"".join([part async for part in parts]), media_type=YAML)
