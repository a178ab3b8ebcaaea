"""Where routing rules are kept."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.incident.routing.domain import (
    RoutingRule,
    RoutingRuleId,
    RoutingRuleNameTakenError,
    RoutingRuleNotFoundError,
)
from services.incident.schema import METADATA
from shared.db import ReadTx, Row, Tx, statement, violations

_IDS: Final = postgresql.ARRAY(sa.Uuid)
_TEXTS: Final = postgresql.ARRAY(sa.Text)
_ACTIVE: Final = sa.text("status = 'active'")
ROUTING_RULE: Final = sa.Table(
    "routing_rule",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("service_ids", _IDS, nullable=False),
    sa.Column("category", sa.Text),
    sa.Column("channels", _TEXTS, nullable=False),
    sa.Column("customer_ids", _IDS, nullable=False),
    sa.Column("priorities", postgresql.ARRAY(sa.Integer), nullable=False),
    sa.Column("title_words", _TEXTS, nullable=False),
    sa.Column("title_patterns", _TEXTS, nullable=False, comment="title_words, for like"),
    sa.Column("team_id", sa.Uuid, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status in ('active', 'retired')", name="status"),
    sa.Index(
        "uq_routing_rule_active_name",
        sa.text("lower(name)"),
        unique=True,
        postgresql_where=_ACTIVE,
    ),
    # What declarations read: with no rule in force that is an empty index, however many there were.
    sa.Index(
        "ix_routing_rule_in_force",
        "position",
        "id",
        postgresql_where=sa.text("enabled and status = 'active'"),
    ),
)

_COLUMNS: Final = tuple(ROUTING_RULE.c.keys())
_FIELDS: Final = tuple(name for name in _COLUMNS if name != "title_patterns")
_ESCAPED: Final = str.maketrans({sign: f"\\{sign}" for sign in "\\%_"})
_LISTS: Final = ("service_ids", "channels", "customer_ids", "priorities", "title_words")
_INSERT: Final = statement(
    f"insert into incident.routing_rule ({', '.join(_COLUMNS)})"  # noqa: S608 - our own names
    f" values ({', '.join(f':{name}' for name in _COLUMNS)})"
)
_LOAD: Final = statement("select * from incident.routing_rule where id = :id for update")
_FIND: Final = statement("select * from incident.routing_rule where id = :id")
_SAVE: Final = statement(
    "update incident.routing_rule set "  # noqa: S608 - our own names
    + ", ".join(f"{name} = :{name}" for name in _COLUMNS if name not in ("id", "created_at"))
    + " where id = :id"
)
_LOCK: Final = statement("select pg_advisory_xact_lock(hashtextextended('routing_rule', 0))")
_ACTIVE_ONES: Final = statement(
    "select count(*) as active from incident.routing_rule where status = 'active'"
)


async def count_active(tx: Tx) -> int:
    """Return how many rules are active, and keep others from adding one before the commit."""
    await tx.all(_LOCK)
    active: int = await tx.value(_ACTIVE_ONES)
    return active


async def insert_rule(tx: Tx, rule: RoutingRule) -> None:
    """Write a new rule.

    Raises:
        RoutingRuleNameTakenError: another active one has the name.
    """
    with violations(_name_taken(rule)):
        await tx.run(_INSERT, **_values(rule))


async def load_rule(tx: Tx, rule_id: RoutingRuleId) -> RoutingRule:
    """Return a rule and lock its row until the transaction ends.

    Raises:
        RoutingRuleNotFoundError: there is none with this id.
    """
    row = await tx.first(_LOAD, id=rule_id)
    if row is None:
        raise RoutingRuleNotFoundError(f"There is no routing rule {rule_id}.")
    return rule_of(row)


async def find_rule(tx: ReadTx, rule_id: RoutingRuleId) -> RoutingRule | None:
    """Return a rule, if there is one with this id."""
    row = await tx.first(_FIND, id=rule_id)
    return None if row is None else rule_of(row)


async def save_rule(tx: Tx, rule: RoutingRule) -> None:
    """Write a rule that this transaction has locked.

    Raises:
        RoutingRuleNameTakenError: another active one has the name.
    """
    with violations(_name_taken(rule)):
        await tx.run(_SAVE, **_values(rule))


def rule_of(row: Row) -> RoutingRule:
    """Return the rule that a row holds."""
    values: dict[str, Any] = {name: row[name] for name in _FIELDS}
    return RoutingRule(**values | {name: tuple(values[name]) for name in _LISTS})


def _values(rule: RoutingRule) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(rule, name) for name in _FIELDS}
    words = (word.casefold().translate(_ESCAPED) for word in rule.title_words)
    return {**values, "title_patterns": [f"%{word}%" for word in words]}


def _name_taken(rule: RoutingRule) -> dict[str, Exception]:
    message = f"An active routing rule is called {rule.name} already."
    return {"uq_routing_rule_active_name": RoutingRuleNameTakenError(message, pointer="/name")}
