"""The work queue: open incidents by priority, those of a team, what changed; and links."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005_incidents"
down_revision = "0004_outages"

_OPEN = "state in ('new', 'assigned', 'in_progress', 'on_hold')"
_LINKS = ("parent_id", "problem_id", "caused_by_change_id")
_INDEXES: tuple[tuple[str, list[str], dict[str, Any]], ...] = (
    ("ix_incident_queue", ["priority", "id"], {"postgresql_where": sa.text(_OPEN)}),
    (
        "ix_incident_queue_of_team",
        ["assignment_team_id", "priority", "id"],
        {"postgresql_where": sa.text(_OPEN)},
    ),
    ("ix_incident_updated_at_id", ["updated_at", "id"], {}),
    (
        "ix_incident_parent_id",
        ["parent_id"],
        {"postgresql_where": sa.text("parent_id is not null")},
    ),
)


def upgrade() -> None:
    # It commits half-way, so that nobody waits while rows are looked at; begun again, it goes on.
    for name in _LINKS:
        op.add_column(
            "incident",
            sa.Column(name, sa.Uuid(), nullable=True),
            schema="incident",
            if_not_exists=True,
        )
    op.add_column(
        "incident",
        sa.Column(
            "fixed_by_change_ids",
            postgresql.ARRAY(sa.Uuid()),
            nullable=False,
            server_default="{}",
        ),
        schema="incident",
        if_not_exists=True,
    )
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        "alter table incident.incident drop constraint if exists fk_incident_parent_id_incident"
    )
    op.execute(
        "alter table incident.incident add constraint fk_incident_parent_id_incident"
        " foreign key (parent_id) references incident.incident (id) not valid"
    )
    with op.get_context().autocommit_block():
        # Doing it twice does nothing the second time.
        op.execute(
            "-- squawk-ignore prefer-robust-stmts\n"
            "alter table incident.incident validate constraint fk_incident_parent_id_incident"
        )
        for name, columns, more in _INDEXES:
            # What an attempt that was stopped left behind is of no use.
            op.execute(f"drop index concurrently if exists incident.{name}")
            op.create_index(
                name,
                "incident",
                columns,
                unique=False,
                schema="incident",
                postgresql_concurrently=True,
                if_not_exists=True,
                **more,
            )


def downgrade() -> None:
    for name, _, _ in reversed(_INDEXES):
        op.drop_index(name, table_name="incident", schema="incident")
    op.drop_constraint(op.f("fk_incident_parent_id_incident"), "incident", schema="incident")
    for name in ("fixed_by_change_ids", *reversed(_LINKS)):
        op.drop_column("incident", name, schema="incident")
