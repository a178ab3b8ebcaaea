"""The rule that tells a team of a missed target, with the event that says so."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_clock_rules"
down_revision = "0002_default_rules"

RULE: dict[str, Any] = {
    "id": "0190a000-0000-7000-8000-000000000010",
    "name": "The team that has an incident hears that a target of it is missed",
    "status": "enabled",
    "event_types": ["itsm.sla_clock.breached.v1"],
    "condition": "always",
    "audience": "technical",
    "recipients": "owner_team",
    "template": "incident_overdue",
    "channels": ["email"],
    "urgency": "high",
}
EVENT_ID = "0190a000-0000-7000-8000-000000000110"
TABLE = sa.table(
    "rule",
    *(sa.column(name, sa.Text) for name in ("name", "status", "condition", "audience")),
    *(sa.column(name, sa.Text) for name in ("recipients", "template", "urgency")),
    *(sa.column(name, postgresql.ARRAY(sa.Text)) for name in ("event_types", "channels")),
    sa.column("id", sa.Uuid),
    sa.column("version", sa.BigInteger),
    *(sa.column(name, sa.DateTime(timezone=True)) for name in ("created_at", "updated_at")),
    schema="notify",
)


def upgrade() -> None:
    connection, now = op.get_bind(), sa.func.now()
    connection.execute(sa.insert(TABLE).values(**RULE, version=1, created_at=now, updated_at=now))
    payload = {"rule_id" if name == "id" else name: value for name, value in RULE.items()}
    connection.execute(
        sa.text(
            "with logged as (insert into notify.event_log (event_id, key, sequence, type,"
            " recorded_at, occurred_at, actor, origin, data)"
            " values (cast(:event_id as uuid), cast(:key as uuid), 1, 'itsm.rule.changed.v1',"
            " now(), now(), 'itsm:notify', 'itsm', :data) on conflict do nothing returning id)"
            " insert into notify.outbox (log_id) select id from logged"
        ),
        {
            "event_id": EVENT_ID,
            "key": RULE["id"],
            "data": json.dumps(payload, separators=(",", ":")),
        },
    )


def downgrade() -> None:
    # What has gone out already stays in the log: it happened.
    key = {"key": RULE["id"]}
    op.get_bind().execute(
        sa.text(
            "with gone as (delete from notify.event_log l where l.key = cast(:key as uuid)"
            " and exists (select from notify.outbox o where o.log_id = l.id) returning l.id)"
            " delete from notify.outbox where log_id in (select id from gone)"
        ),
        key,
    )
    op.get_bind().execute(sa.text("delete from notify.rule where id = cast(:key as uuid)"), key)
