"""Lists and figures that take as long after years as in the first month."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012_lists"
down_revision = "0011_hot_path"

_TIMES = ("breached_at", "stopped_at", "deadline", "started_at")
_SUMMARISED: dict[str, Any] = {
    "postgresql_using": "brin",
    "postgresql_with": {"autosummarize": "on"},
}
_OPEN = sa.text("state in ('new', 'assigned', 'in_progress', 'on_hold')")
_INDEXES: tuple[tuple[str, str, list[Any], dict[str, Any]], ...] = (
    # What a new incident has not is left out, so that declaring one writes none of these.
    (
        "ix_incident_assignee_created_at_id",
        "incident",
        ["assignee", "created_at", "id"],
        {"postgresql_where": sa.text("assignee is not null")},
    ),
    (
        "ix_incident_major_state_created_at_id",
        "incident",
        ["major_state", "created_at", "id"],
        {"postgresql_where": sa.text("major_state <> 'none'")},
    ),
    ("ix_incident_service_id_created_at_id", "incident", ["service_id", "created_at", "id"], {}),
    ("ix_incident_open_of_service", "incident", ["service_id", "id"], {"postgresql_where": _OPEN}),
    (
        "ix_sla_clock_running",
        "sla_clock",
        ["deadline", "id"],
        {"postgresql_where": sa.text("running")},
    ),
    (
        "ix_sla_clock_supplier_id_id",
        "sla_clock",
        ["supplier_id", "id"],
        {"postgresql_where": sa.text("supplier_id is not null")},
    ),
    (
        "ix_sla_clock_times",
        "sla_clock",
        [*_TIMES],
        {**_SUMMARISED, "postgresql_ops": dict.fromkeys(_TIMES, "timestamptz_minmax_multi_ops")},
    ),
    (
        "ix_sla_clock_names",
        "sla_clock",
        ["record_number", "agreement_id"],
        {
            **_SUMMARISED,
            "postgresql_ops": {
                "record_number": "text_bloom_ops(n_distinct_per_range = 700)",
                "agreement_id": "uuid_bloom_ops(n_distinct_per_range = 200)",
            },
        },
    ),
    ("ix_signal_started_at_id", "signal", ["started_at", "id"], {}),
    (
        "ix_signal_service_id_last_seen_at_id",
        "signal",
        ["service_id", "last_seen_at", "id"],
        {},
    ),
    (
        "ix_signal_held",
        "signal",
        ["standing", "last_seen_at", "id"],
        {"postgresql_where": sa.text("standing <> 'open'")},
    ),
    (
        "ix_signal_ever_suppressed",
        "signal",
        ["suppressed_by", "last_seen_at", "id"],
        {"postgresql_where": sa.text("suppressed_by is not null")},
    ),
    ("ix_outage_started_at_id", "outage", ["started_at", "id"], {}),
    ("ix_outage_ended_at", "outage", ["ended_at"], {}),
    (
        "ix_outage_not_ended",
        "outage",
        ["state", "id"],
        {"postgresql_where": sa.text("state <> 'ended'")},
    ),
    (
        "ix_outage_change_id",
        "outage",
        ["change_id"],
        {"postgresql_where": sa.text("change_id is not null")},
    ),
    (
        "ix_outage_segment_until",
        "outage_segment",
        [sa.text("coalesce(ended_at, cast('infinity' as timestamptz))")],
        {},
    ),
)
# Each has its rows in another one, which has more of them or knows their order.
_REPLACED: tuple[tuple[str, str, list[str], dict[str, Any]], ...] = (
    (
        "ix_sla_clock_due",
        "sla_clock",
        ["deadline", "id"],
        {"postgresql_where": sa.text("running and deadline is not null")},
    ),
    ("ix_incident_service_id", "incident", ["service_id"], {}),
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # Nobody waits for an index while it is made, however many rows there are.
        op.execute("set statement_timeout = '1h'")
        for name, table, columns, more in _INDEXES:
            # What an attempt that was stopped left behind is of no use.
            op.execute(f"drop index concurrently if exists incident.{name}")
            op.create_index(
                name,
                table,
                columns,
                unique=False,
                schema="incident",
                postgresql_concurrently=True,
                if_not_exists=True,
                **more,
            )
        for name, table, _, _ in _REPLACED:
            op.drop_index(
                name,
                table_name=table,
                schema="incident",
                postgresql_concurrently=True,
                if_exists=True,
            )
        op.execute("reset statement_timeout")


def downgrade() -> None:
    for name, table, columns, more in _REPLACED:
        op.create_index(name, table, columns, unique=False, schema="incident", **more)
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(name, table_name=table, schema="incident")
