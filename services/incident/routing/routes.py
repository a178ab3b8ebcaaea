"""HTTP for routing rules."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from services.incident.routing import commands
from services.incident.routing.domain import RoutingRuleId
from services.incident.routing.queries import records as queries
from services.incident.routing.schemas import (
    ChangeRoutingRule,
    MoveRoutingRule,
    RegisterRoutingRule,
    RoutingRuleRecord,
)
from shared import clock
from shared.app import service_router
from shared.history import AsOf, HistoryEntry
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import IfMatch, IfNoneMatch, Reading, Writing, json_answer, list_answer

PREFIX: Final = "/incident/v1/routing-rules"
router = service_router(PREFIX, tags=["routing rules"])
_CHANGED: Final = responses(404, 409, 412, 413, 415, 422, 428)


@router.post(
    "",
    status_code=201,
    response_model=RoutingRuleRecord,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(RoutingRuleRecord, "The new routing rule.", status=201),
    },
)
async def register_routing_rule(body: RegisterRoutingRule, call: Writing) -> Response:
    """Register a routing rule; it decides about incidents declared from now on."""
    rule = await commands.register_routing_rule(
        call.tx,
        rule_id=RoutingRuleId(clock.new_id()),
        fields=body.model_dump(),
        actor=call.actor,
        now=call.now,
    )
    return call.created(RoutingRuleRecord.of(rule), location=f"{PREFIX}/{rule.id}")


@router.get(
    "",
    response_model=Page[RoutingRuleRecord],
    responses={**responses(), **list_answer(Page[RoutingRuleRecord])},
)
async def list_routing_rules(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.ROUTING_RULES.parameters())]
) -> Response:
    """List routing rules, by default in the order in which they are asked."""
    return call.page(await queries.list_routing_rules(call.tx, asked=asked, actor=call.actor))


@router.get(
    "/{routing_rule_id}",
    response_model=RoutingRuleRecord,
    responses={**responses(404), **json_answer(RoutingRuleRecord, "The routing rule.")},
)
async def read_routing_rule(
    routing_rule_id: UUID, call: Reading, as_of: AsOf = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a routing rule as it is now, or as it was known at an instant."""
    record = await queries.read_routing_rule(
        call.tx, rule_id=RoutingRuleId(routing_rule_id), as_of=as_of, actor=call.actor
    )
    return call.answer(record, version=record.version)


@router.get(
    "/{routing_rule_id}/history",
    response_model=Page[HistoryEntry],
    responses={**responses(404), **list_answer(Page[HistoryEntry])},
)
async def read_routing_rule_history(
    routing_rule_id: UUID,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.HISTORY.parameters())],
) -> Response:
    """List what happened to a routing rule."""
    found = await queries.read_routing_rule_history(
        call.tx, rule_id=RoutingRuleId(routing_rule_id), asked=asked, actor=call.actor
    )
    return call.page(found)


@router.patch(
    "/{routing_rule_id}",
    response_model=RoutingRuleRecord,
    responses={**_CHANGED, **json_answer(RoutingRuleRecord, "The rule after the change.")},
)
async def change_routing_rule(
    routing_rule_id: UUID, body: ChangeRoutingRule, call: Writing, if_match: IfMatch = None
) -> Response:
    """Change a routing rule (JSON Merge Patch); incidents that have a team stay where they are."""
    rule = await commands.change_routing_rule(
        call.tx,
        rule_id=RoutingRuleId(routing_rule_id),
        expected_version=call.expected_version(),
        changes=body.model_dump(exclude_unset=True),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(RoutingRuleRecord.of(rule), version=rule.version)


@router.post(
    "/{routing_rule_id}/transitions",
    response_model=RoutingRuleRecord,
    responses={**_CHANGED, **json_answer(RoutingRuleRecord, "The rule after that.")},
)
async def move_routing_rule(
    routing_rule_id: UUID, body: MoveRoutingRule, call: Writing, if_match: IfMatch = None
) -> Response:
    """Retire a routing rule, or take it up again."""
    rule = await commands.move_routing_rule(
        call.tx,
        rule_id=RoutingRuleId(routing_rule_id),
        expected_version=call.expected_version(),
        to=body.to,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(RoutingRuleRecord.of(rule), version=rule.version)
