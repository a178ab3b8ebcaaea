"""The rules that the platform brings, each with the event that says so."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_default_rules"
down_revision = "0001_initial"

PEOPLE = {"channels": ["email"], "urgency": "high"}
WITHDRAWN = ["itsm.incident.cancelled.v1", "itsm.incident.merged.v1"]
RULES: tuple[dict[str, Any], ...] = (
    {
        "id": "0190a000-0000-7000-8000-000000000001",
        "name": "The team that gets an incident is told",
        "event_types": [
            "itsm.incident.declared.v1",
            "itsm.incident.assigned.v1",
            "itsm.incident.reassigned.v1",
        ],
        "condition": "team_changed",
        "audience": "technical",
        "recipients": "owner_team",
        "template": "incident_assigned",
        **PEOPLE,
    },
    {
        "id": "0190a000-0000-7000-8000-000000000002",
        "name": "Representatives of customers in reach are told",
        "event_types": ["itsm.incident.impact_assessed.v1"],
        "condition": "not_told",
        "audience": "business",
        "recipients": "representatives_in_reach",
        "template": "incident_impact",
        **PEOPLE,
    },
    {
        "id": "0190a000-0000-7000-8000-000000000003",
        "name": "Teams that were told hear that it is resolved",
        "event_types": ["itsm.incident.resolved.v1"],
        "condition": "always",
        "audience": "technical",
        "recipients": "told",
        "template": "incident_resolved",
        **PEOPLE,
    },
    {
        "id": "0190a000-0000-7000-8000-000000000004",
        "name": "Representatives who were told hear that it is over",
        "event_types": ["itsm.incident.resolved.v1"],
        "condition": "always",
        "audience": "business",
        "recipients": "told",
        "template": "incident_resolved",
        **PEOPLE,
    },
    {
        "id": "0190a000-0000-7000-8000-000000000005",
        "name": "Webhook endpoints get the events they ask for",
        "event_types": ["*"],
        "condition": "always",
        "audience": "system",
        "recipients": "webhook_endpoints",
        "template": "event_document",
        "channels": ["webhook"],
        "urgency": "low",
    },
    {
        "id": "0190a000-0000-7000-8000-000000000006",
        "name": "Teams that were told hear that it is back",
        "event_types": ["itsm.incident.reopened.v1"],
        "condition": "always",
        "audience": "technical",
        "recipients": "told",
        "template": "incident_reopened",
        **PEOPLE,
    },
    {
        "id": "0190a000-0000-7000-8000-000000000007",
        "name": "Representatives who were told hear that it is back",
        "event_types": ["itsm.incident.reopened.v1"],
        "condition": "always",
        "audience": "business",
        "recipients": "told",
        "template": "incident_reopened",
        **PEOPLE,
    },
    {
        "id": "0190a000-0000-7000-8000-000000000008",
        "name": "Teams that were told hear that it is withdrawn or goes on elsewhere",
        "event_types": WITHDRAWN,
        "condition": "always",
        "audience": "technical",
        "recipients": "told",
        "template": "incident_withdrawn",
        **PEOPLE,
    },
    {
        "id": "0190a000-0000-7000-8000-000000000009",
        "name": "Representatives who were told hear that it is withdrawn or goes on elsewhere",
        "event_types": WITHDRAWN,
        "condition": "always",
        "audience": "business",
        "recipients": "told",
        "template": "incident_withdrawn",
        **PEOPLE,
    },
)
RULE = sa.table(
    "rule",
    *(sa.column(name, sa.Text) for name in ("name", "status", "condition", "audience")),
    *(sa.column(name, sa.Text) for name in ("recipients", "template", "urgency")),
    *(sa.column(name, postgresql.ARRAY(sa.Text)) for name in ("event_types", "channels")),
    sa.column("id", sa.Uuid),
    sa.column("version", sa.BigInteger),
    *(sa.column(name, sa.DateTime(timezone=True)) for name in ("created_at", "updated_at")),
    schema="notify",
)
# In the order of the published payload.
FIELDS = ("name", "status", "event_types", "condition", "audience", "recipients", "template")


def upgrade() -> None:
    connection = op.get_bind()
    for number, values in enumerate(RULES, start=1):
        rule = {**values, "status": "enabled"}
        now = sa.func.now()
        connection.execute(
            sa.insert(RULE).values(**rule, version=1, created_at=now, updated_at=now)
        )
        payload = {"rule_id": rule["id"], **{name: rule[name] for name in FIELDS}}
        payload |= {"channels": rule["channels"], "urgency": rule["urgency"]}
        logged = {
            "event_id": f"0190a000-0000-7000-8000-0000000001{number:02d}",
            "key": rule["id"],
            "data": json.dumps(payload, separators=(",", ":")),
        }
        connection.execute(
            sa.text(
                "with logged as (insert into notify.event_log (event_id, key, sequence, type,"
                " recorded_at, occurred_at, actor, origin, data)"
                " values (cast(:event_id as uuid), cast(:key as uuid), 1, 'itsm.rule.changed.v1',"
                " now(), now(), 'itsm:notify', 'itsm', :data) on conflict do nothing returning id)"
                " insert into notify.outbox (log_id) select id from logged"
            ),
            logged,
        )


def downgrade() -> None:
    # What has gone out already stays in the log: it happened.
    for rule in RULES:
        key = {"key": rule["id"]}
        op.get_bind().execute(
            sa.text(
                "with gone as (delete from notify.event_log l where l.key = cast(:key as uuid)"
                " and exists (select from notify.outbox o where o.log_id = l.id) returning l.id)"
                " delete from notify.outbox where log_id in (select id from gone)"
            ),
            key,
        )
        op.get_bind().execute(sa.text("delete from notify.rule where id = cast(:key as uuid)"), key)
