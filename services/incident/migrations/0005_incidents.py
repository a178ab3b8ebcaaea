"""The work queue: open incidents by priority, those of a team, what changed; and links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005_incidents"
down_revision = "0004_outages"

_OPEN = "state in ('new', 'assigned', 'in_progress', 'on_hold')"


def upgrade() -> None:
    op.create_index(
        "ix_incident_queue",
        "incident",
        ["priority", "id"],
        unique=False,
        schema="incident",
        postgresql_where=sa.text(_OPEN),
    )
    op.create_index(
        "ix_incident_queue_of_team",
        "incident",
        ["assignment_team_id", "priority", "id"],
        unique=False,
        schema="incident",
        postgresql_where=sa.text(_OPEN),
    )
    op.create_index(
        op.f("ix_incident_updated_at_id"),
        "incident",
        ["updated_at", "id"],
        unique=False,
        schema="incident",
    )
    for name in ("parent_id", "problem_id", "caused_by_change_id"):
        op.add_column("incident", sa.Column(name, sa.Uuid(), nullable=True), schema="incident")
    op.add_column(
        "incident",
        sa.Column(
            "fixed_by_change_ids",
            postgresql.ARRAY(sa.Uuid()),
            nullable=False,
            server_default="{}",
        ),
        schema="incident",
    )
    op.create_foreign_key(
        op.f("fk_incident_parent_id_incident"),
        "incident",
        "incident",
        ["parent_id"],
        ["id"],
        source_schema="incident",
        referent_schema="incident",
    )
    op.create_index(
        op.f("ix_incident_parent_id"),
        "incident",
        ["parent_id"],
        unique=False,
        schema="incident",
        postgresql_where=sa.text("parent_id is not null"),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_incident_parent_id"), table_name="incident", schema="incident")
    op.drop_constraint(op.f("fk_incident_parent_id_incident"), "incident", schema="incident")
    for name in ("fixed_by_change_ids", "caused_by_change_id", "problem_id", "parent_id"):
        op.drop_column("incident", name, schema="incident")
    op.drop_index(op.f("ix_incident_updated_at_id"), table_name="incident", schema="incident")
    op.drop_index(
        "ix_incident_queue_of_team",
        table_name="incident",
        schema="incident",
        postgresql_where=sa.text(_OPEN),
    )
    op.drop_index(
        "ix_incident_queue",
        table_name="incident",
        schema="incident",
        postgresql_where=sa.text(_OPEN),
    )
