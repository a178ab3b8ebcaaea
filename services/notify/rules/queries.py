"""Reading rules."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from services.notify.rules.domain import Rule, RuleId, RuleNotFoundError
from services.notify.rules.schemas import RuleRecord
from services.notify.rules.tables import RULE, rule_of
from shared.db import ReadTx, statement
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page, of_row

RULES: Final = Listing(
    source=sa.select(RULE),
    key=RULE.c.id,
    filters={"status": RULE.c.status, "audience": RULE.c.audience},
    sorts={"name": RULE.c.name, "updated_at": RULE.c.updated_at, "id": RULE.c.id},
    default_sort="id",
)
_READ: Final = statement("select * from notify.rule where id = :id")
_ENABLED: Final = statement("select * from notify.rule where status = 'enabled' order by id")


async def read_rule(tx: ReadTx, *, rule_id: RuleId) -> RuleRecord:
    """Return one rule as it is now.

    Raises:
        RuleNotFoundError: there is none with this id.
    """
    row = await tx.first(_READ, id=rule_id)
    if row is None:
        raise RuleNotFoundError(f"There is no rule {rule_id}.")
    return RuleRecord.model_validate(dict(row))


async def list_rules(tx: ReadTx, *, asked: PageRequest) -> Page[RuleRecord]:
    """Return a page of rules.

    Raises:
        ProblemError: a parameter is not valid.
    """
    rows, following = await page(tx, RULES, asked)
    items = [of_row(RuleRecord, row) for row in rows]
    return Page[RuleRecord](items=items, next=following)


async def rules_for(tx: ReadTx, *, event_type: str) -> list[Rule]:
    """Return the enabled rules that want to hear of events of a type; rules are few."""
    found = [rule_of(row) for row in await tx.all(_ENABLED)]
    return [rule for rule in found if rule.matches(event_type)]
