"""Outages with their segments and customers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004_outages"
down_revision = "0003_clocks"


def upgrade() -> None:
    op.create_table(
        "outage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="of the last segment"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("change_id", sa.Uuid(), nullable=True),
        sa.Column("cause_ci_id", sa.Uuid(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("others_share", sa.Numeric(precision=5, scale=4), nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('outage', 'degradation', 'planned')", name=op.f("ck_outage_kind")
        ),
        sa.CheckConstraint("state in ('open', 'ended', 'merged')", name=op.f("ck_outage_state")),
        sa.CheckConstraint(
            "(ended_at is null) = (state = 'open')", name=op.f("ck_outage_ended_at")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.incident.id"], name=op.f("fk_outage_incident_id_incident")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["incident.outage.id"], name=op.f("fk_outage_merged_into_outage")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outage")),
        schema="incident",
    )
    op.create_index(
        op.f("ix_outage_service_id_started_at"),
        "outage",
        ["service_id", "started_at"],
        unique=False,
        schema="incident",
    )
    op.create_index(
        op.f("ix_outage_incident_id"),
        "outage",
        ["incident_id"],
        unique=False,
        schema="incident",
        postgresql_where=sa.text("incident_id is not null"),
    )
    op.create_table(
        "outage_segment",
        sa.Column("outage_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("severity_factor", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.CheckConstraint(
            "severity_factor between 0 and 1", name=op.f("ck_outage_segment_severity_factor")
        ),
        sa.ForeignKeyConstraint(
            ["outage_id"], ["incident.outage.id"], name=op.f("fk_outage_segment_outage_id_outage")
        ),
        sa.PrimaryKeyConstraint("outage_id", "place", name=op.f("pk_outage_segment")),
        schema="incident",
    )
    op.create_table(
        "outage_customer",
        sa.Column("outage_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("share", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.CheckConstraint("share between 0 and 1", name=op.f("ck_outage_customer_share")),
        sa.ForeignKeyConstraint(
            ["outage_id"], ["incident.outage.id"], name=op.f("fk_outage_customer_outage_id_outage")
        ),
        sa.PrimaryKeyConstraint("outage_id", "customer_id", name=op.f("pk_outage_customer")),
        schema="incident",
    )
    op.create_index(
        op.f("ix_outage_customer_customer_id"),
        "outage_customer",
        ["customer_id"],
        unique=False,
        schema="incident",
    )


def downgrade() -> None:
    op.drop_table("outage_customer", schema="incident")
    op.drop_table("outage_segment", schema="incident")
    op.drop_table("outage", schema="incident")
