"""HTTP for rules."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from services.notify.rules import commands, queries
from services.notify.rules.domain import RuleId
from services.notify.rules.schemas import ChangeRule, MoveRule, RuleRecord
from shared.app import service_router
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import IfMatch, IfNoneMatch, Reading, Writing, json_answer, list_answer

router = service_router("/notify/v1/rules", tags=["rules"])


@router.get(
    "", response_model=Page[RuleRecord], responses={**responses(), **list_answer(Page[RuleRecord])}
)
async def list_rules(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.RULES.parameters())]
) -> Response:
    """List rules."""
    return call.page(await queries.list_rules(call.tx, asked=asked))


@router.get(
    "/{rule_id}",
    response_model=RuleRecord,
    responses={**responses(404), **json_answer(RuleRecord, "The rule.")},
)
async def read_rule(rule_id: UUID, call: Reading, if_none_match: IfNoneMatch = None) -> Response:
    """Read a rule."""
    record = await queries.read_rule(call.tx, rule_id=RuleId(rule_id))
    return call.answer(record, version=record.version)


@router.patch(
    "/{rule_id}",
    response_model=RuleRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(RuleRecord, "The rule after the change."),
    },
)
async def change_rule(
    rule_id: UUID, body: ChangeRule, call: Writing, if_match: IfMatch = None
) -> Response:
    """Change a rule (JSON Merge Patch)."""
    rule = await commands.change_rule(
        call.tx,
        rule_id=RuleId(rule_id),
        expected_version=call.expected_version(),
        changes=body.model_dump(exclude_unset=True),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(RuleRecord.of(rule), version=rule.version)


@router.post(
    "/{rule_id}/transitions",
    response_model=RuleRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(RuleRecord, "The rule after the transition."),
    },
)
async def move_rule(
    rule_id: UUID, body: MoveRule, call: Writing, if_match: IfMatch = None
) -> Response:
    """Enable or disable a rule."""
    rule = await commands.move_rule(
        call.tx,
        rule_id=RuleId(rule_id),
        expected_version=call.expected_version(),
        to=body.to,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(RuleRecord.of(rule), version=rule.version)
