"""Where rules are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.notify.rules.domain import Rule, RuleId, RuleNotFoundError
from services.notify.schema import METADATA
from shared.db import Tx, columns, statement

RULE: Final = sa.Table(
    "rule",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("event_types", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("condition", sa.Text, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("recipients", sa.Text, nullable=False),
    sa.Column("template", sa.Text, nullable=False),
    sa.Column("channels", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("urgency", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status in ('enabled', 'disabled')", name="status"),
    sa.CheckConstraint("condition in ('always', 'team_changed', 'not_told')", name="condition"),
    sa.CheckConstraint("audience in ('business', 'technical', 'system')", name="audience"),
    sa.CheckConstraint(
        "recipients in ('owner_team', 'representatives_in_reach', 'told', 'webhook_endpoints')",
        name="recipients",
    ),
    sa.CheckConstraint("urgency in ('high', 'low')", name="urgency"),
)

_LOAD: Final = statement("select * from notify.rule where id = :id for update")
_SAVE: Final = statement(
    "update notify.rule set name = :name, status = :status, channels = :channels,"
    " urgency = :urgency, version = :version, updated_at = :updated_at where id = :id"
)


def rule_of(row: Mapping[str, Any]) -> Rule:
    values = {name: row[name] for name in Rule.__slots__}
    values["event_types"] = tuple(values["event_types"])
    values["channels"] = tuple(values["channels"])
    return Rule(**values)


async def load_rule(tx: Tx, rule_id: RuleId) -> Rule:
    row = await tx.first(_LOAD, id=rule_id)
    if row is None:
        raise RuleNotFoundError(f"There is no rule {rule_id}.")
    return rule_of(row)


async def save_rule(tx: Tx, rule: Rule) -> None:
    await tx.run(_SAVE, **columns(rule))
